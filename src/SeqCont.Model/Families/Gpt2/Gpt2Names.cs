using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Hugging Face's names and shapes of GPT-2's tensors, said once.</summary>
internal static class Gpt2Names
{
    internal const string Prefix = "transformer.";
    internal const string Unembedding = "lm_head.weight";
    internal const string UnembeddingBias = "lm_head.bias";

    /// <summary>Makes all tensors by name and shape, in their order; the unembedding's stay null.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="open">Gives the tensor of a name (without the prefix) and a shape.</param>
    internal static Gpt2Tensors Build(ModelConfig config, Func<string, int[], Tensor> open)
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

    /// <summary>Every tensor with its name (without the prefix) and the shape the config asks for.</summary>
    internal static List<(string Name, int[] Shape, Tensor? Tensor)> All(ModelConfig config, Gpt2Tensors tensors)
    {
        // The order in which Build opens.
        var given = new Queue<Tensor>(
            [tensors.WE, tensors.WPos, .. tensors.Layers.SelectMany(layer => layer.InOrder), tensors.LnFGain, tensors.LnFBias]);
        var all = new List<(string, int[], Tensor?)>();
        _ = Build(config, (name, shape) =>
        {
            all.Add((name, shape, given.Peek()));
            return given.Dequeue();
        });
        return [.. all, (Unembedding, [config.DVocab, config.DModel], tensors.WU), (UnembeddingBias, [config.DVocab], tensors.BU)];
    }
}
