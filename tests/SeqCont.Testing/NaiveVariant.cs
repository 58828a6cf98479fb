using System.Text;
using System.Text.Json.Nodes;
using SeqCont.Model;

namespace SeqCont.Testing;

/// <summary>
/// Where a model departs from GPT-2: the lines of config.json that say so, and what they mean as Hugging Face's modeling_gpt2.py
/// computes it, in double precision. Shares no code with the engine.
/// </summary>
/// <param name="Json">Fields of config.json.</param>
/// <param name="Activation">The MLPs' function.</param>
/// <param name="ScalesScores">Whether scores are divided by sqrt(d_head).</param>
/// <param name="ScalesByLayer">Whether they are divided by layer_idx + 1.</param>
public sealed record NaiveVariant(
    string Json, Func<double, double> Activation, bool ScalesScores = true, bool ScalesByLayer = false)
{
    // Points and weights of Gauss and Legendre's rule of five points on [-1, 1].
    private static readonly double[] Points = [0, -0.538469310105683091, 0.538469310105683091, -0.906179845938663993, 0.906179845938663993];
    private static readonly double[] Weights =
        [0.568888888888888889, 0.478628670499366468, 0.478628670499366468, 0.236926885056189088, 0.236926885056189088];

    /// <summary>None.</summary>
    public static NaiveVariant Gpt2 { get; } = new("{}", GeluNew);

    /// <summary>One of every kind, and all at once.</summary>
    public static IReadOnlyList<NaiveVariant> All { get; } =
    [
        new("""{"activation_function": "gelu"}""", Gelu),
        new("""{"activation_function": "gelu_pytorch_tanh"}""", GeluNew),
        new("""{"activation_function": "relu"}""", Relu),
        new("""{"activation_function": "swish"}""", Silu),
        new("""{"scale_attn_weights": false}""", GeluNew, ScalesScores: false),
        new("""{"scale_attn_by_inverse_layer_idx": true, "reorder_and_upcast_attn": true}""", GeluNew, ScalesByLayer: true),
        new("""{"activation_function": "silu", "scale_attn_weights": false, "scale_attn_by_inverse_layer_idx": true}""", Silu, false, true),
    ];

    /// <summary>A score from the product of a query and a key.</summary>
    public double Score(double product, int dHead, int layer)
    {
        if (ScalesScores) product /= Math.Sqrt(dHead);
        return ScalesByLayer ? product / (layer + 1) : product;
    }

    /// <summary>Sizes as a config.json with these fields gives them.</summary>
    public ModelConfig Config(ModelConfig sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        var json = new JsonObject
        {
            ["n_layer"] = sizes.NLayers,
            ["n_head"] = sizes.NHeads,
            ["n_embd"] = sizes.DModel,
            ["n_inner"] = sizes.DMlp,
            ["n_positions"] = sizes.NCtx,
            ["vocab_size"] = sizes.DVocab,
        };
        AddTo(json);
        return ModelConfig.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "config.json");
    }

    /// <summary>Writes the fields into a config.json.</summary>
    public void WriteTo(string path)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        AddTo(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    /// <inheritdoc/>
    public override string ToString() => Json;

    private void AddTo(JsonObject json)
    {
        foreach (var (name, value) in JsonNode.Parse(Json)!.AsObject()) json[name] = value?.DeepClone();
    }

    private static double GeluNew(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * Math.Pow(x, 3))));

    /// <summary>x times the normal distribution function, which is integrated.</summary>
    private static double Gelu(double x)
    {
        const double Step = 0.25;
        var (sum, end) = (0.0, Math.Min(Math.Abs(x), 12));
        for (var start = 0.0; start < end; start += Step)
        {
            var half = Math.Min(Step, end - start) / 2;
            for (var i = 0; i < Points.Length; i++) sum += half * Weights[i] * Math.Exp(-Math.Pow(start + half + half * Points[i], 2) / 2);
        }

        return x * (0.5 + Math.Sign(x) * sum / Math.Sqrt(2 * Math.PI));
    }

    private static double Relu(double x) => x > 0 ? x : 0;

    private static double Silu(double x) => x / (1 + Math.Exp(-x));
}
