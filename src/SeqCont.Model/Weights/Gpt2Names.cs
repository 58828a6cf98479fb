using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Hugging Face's names and shapes of GPT-2's tensors, said once.</summary>
internal static class Gpt2Names
{
    internal const string Prefix = "transformer.";
    internal const string Unembedding = "lm_head.weight";
    internal const string UnembeddingBias = "lm_head.bias";

    /// <summary>Makes all tensors by name and shape; the unembedding's stay null.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="open">Gives the tensor of a name (without the prefix) and a shape.</param>
    internal static Gpt2Tensors Build(ModelConfig config, Func<string, int[], Tensor> open)
    {
        int dModel = config.DModel, dMlp = config.DMlp;
        var layers = new LayerWeights[config.NLayers];
        var wE = open("wte.weight", [config.DVocab, dModel]);
        var wPos = open("wpe.weight", [config.NCtx, dModel]);
        for (var layer = 0; layer < layers.Length; layer++)
        {
            var block = $"h.{layer}.";
            layers[layer] = new LayerWeights
            {
                Ln1Gain = open(block + "ln_1.weight", [dModel]),
                Ln1Bias = open(block + "ln_1.bias", [dModel]),
                WQkv = open(block + "attn.c_attn.weight", [dModel, 3 * dModel]),
                BQkv = open(block + "attn.c_attn.bias", [3 * dModel]),
                WO = open(block + "attn.c_proj.weight", [dModel, dModel]),
                BO = open(block + "attn.c_proj.bias", [dModel]),
                Ln2Gain = open(block + "ln_2.weight", [dModel]),
                Ln2Bias = open(block + "ln_2.bias", [dModel]),
                WIn = open(block + "mlp.c_fc.weight", [dModel, dMlp]),
                BIn = open(block + "mlp.c_fc.bias", [dMlp]),
                WOut = open(block + "mlp.c_proj.weight", [dMlp, dModel]),
                BOut = open(block + "mlp.c_proj.bias", [dModel]),
            };
        }
        return new Gpt2Tensors
        {
            WE = wE,
            WPos = wPos,
            Layers = layers,
            LnFGain = open("ln_f.weight", [dModel]),
            LnFBias = open("ln_f.bias", [dModel]),
        };
    }

    /// <summary>Every tensor with its name (without the prefix) and the shape the config asks for.</summary>
    internal static List<(string Name, int[] Shape, Tensor? Tensor)> All(ModelConfig config, Gpt2Tensors tensors)
    {
        var given = new Queue<Tensor>(InOrder(tensors));
        var all = new List<(string, int[], Tensor?)>();
        _ = Build(config, (name, shape) =>
        {
            var tensor = given.Dequeue();
            all.Add((name, shape, tensor));
            return tensor;
        });
        all.Add((Unembedding, [config.DVocab, config.DModel], tensors.WU));
        all.Add((UnembeddingBias, [config.DVocab], tensors.BU));
        return all;
    }

    // The order in which Build opens.
    private static IEnumerable<Tensor> InOrder(Gpt2Tensors tensors)
    {
        yield return tensors.WE;
        yield return tensors.WPos;
        foreach (var layer in tensors.Layers)
        {
            Tensor[] block =
                [layer.Ln1Gain, layer.Ln1Bias, layer.WQkv, layer.BQkv, layer.WO, layer.BO,
                 layer.Ln2Gain, layer.Ln2Bias, layer.WIn, layer.BIn, layer.WOut, layer.BOut];
            foreach (var tensor in block) yield return tensor;
        }
        yield return tensors.LnFGain;
        yield return tensors.LnFBias;
    }
}
