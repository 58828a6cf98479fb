using System.Text.Json.Nodes;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Hugging Face's GPT-2: its config.json, and the names and shapes of its tensors, said once.</summary>
internal static class Gpt2Family
{
    private const string ActivationKey = "activation_function", ScaleKey = "scale_attn_weights",
        ScaleByLayerKey = "scale_attn_by_inverse_layer_idx";

    // The buffers are the causal mask and its fill value, which older checkpoints saved along with the weights.
    // The heads are those of transformers' GPT-2 classes (classification of texts and tokens, questions, multiple choice) and of trl.
    internal static ModelFamily Family { get; } = new(
        "GPT-2", "gpt2", "wte.weight", "h.", [".attn.bias", ".attn.masked_bias"],
        ["score.", "classifier.", "qa_outputs.", "multiple_choice_head.", "summary.", "v_head."], Read, Write, Build);

    private static ModelConfig Read(ConfigJson json)
    {
        json.Expect("add_cross_attention", false);
        // Says in which number format scores are computed; here that is always float32 at least.
        _ = json.Flag("reorder_and_upcast_attn");
        var dModel = json.Required("n_embd", "hidden_size");
        var (bos, bosFault) = json.OptionalOrFault("bos_token_id");
        return new ModelConfig
        {
            NLayers = json.Required("n_layer", "num_hidden_layers"),
            NHeads = json.Required("n_head", "num_attention_heads"),
            DModel = dModel,
            DMlp = json.Optional("n_inner") ?? (int)Math.Min(4L * dModel, int.MaxValue),
            // GPT2Config writes every size, and knows n_positions alone: n_ctx beside it may be stale.
            NCtx = json.Optional("n_positions", "max_position_embeddings") ?? json.Optional("n_ctx") ?? json.Required("n_positions"),
            DVocab = json.Required("vocab_size"),
            LayerNormEpsilon = json.Number("layer_norm_epsilon") ?? 1e-5,
            BosTokenId = bos,
            BosFault = bosFault,
            Layout = new BlockLayout
            {
                Activation = HubActivations.Read(json, ActivationKey, Activation.GeluNew),
                ScalesScores = json.Flag(ScaleKey) ?? true,
                ScalesScoresByLayer = json.Flag(ScaleByLayerKey) ?? false,
            },
        };
    }

    private static void Write(ModelConfig config, JsonObject json)
    {
        json["n_layer"] = config.NLayers;
        json["n_head"] = config.NHeads;
        json["n_embd"] = config.DModel;
        json["n_inner"] = config.DMlp;
        json["n_ctx"] = config.NCtx;
        json["n_positions"] = config.NCtx;
        json["vocab_size"] = config.DVocab;
        json["layer_norm_epsilon"] = config.LayerNormEpsilon;
        json[ActivationKey] = HubActivations.NameOf(config.Layout.Activation);
        if (!config.Layout.ScalesScores) json[ScaleKey] = false;
        if (config.Layout.ScalesScoresByLayer) json[ScaleByLayerKey] = true;
        if (config.BosTokenId is { } bos) json["bos_token_id"] = bos;
    }

    private static Gpt2Tensors Build(ModelConfig config, Func<string, int[], Tensor> open)
    {
        int dModel = config.DModel, dMlp = config.DMlp;
        Tensor Open(string name, params int[] shape) => open(name, shape);
        LayerWeights Block(string block) => new(
            Open(block + "ln_1.weight", dModel), Open(block + "ln_1.bias", dModel),
            Open(block + "attn.c_attn.weight", dModel, 3 * dModel), Open(block + "attn.c_attn.bias", 3 * dModel),
            Open(block + "attn.c_proj.weight", dModel, dModel), Open(block + "attn.c_proj.bias", dModel),
            Open(block + "ln_2.weight", dModel), Open(block + "ln_2.bias", dModel),
            Open(block + "mlp.c_fc.weight", dModel, dMlp), Open(block + "mlp.c_fc.bias", dMlp),
            Open(block + "mlp.c_proj.weight", dMlp, dModel), Open(block + "mlp.c_proj.bias", dModel));
        return new Gpt2Tensors(
            Open("wte.weight", config.DVocab, dModel), Open("wpe.weight", config.NCtx, dModel),
            [.. Enumerable.Range(0, config.NLayers).Select(layer => Block($"h.{layer}."))],
            Open("ln_f.weight", dModel), Open("ln_f.bias", dModel));
    }
}
