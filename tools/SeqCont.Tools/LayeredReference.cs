using SeqCont.Engine;
using SeqCont.Engine.Reference;
using SeqCont.Model;

namespace SeqCont.Tools;

/// <summary>
/// The reference engine's forward pass with one layer's weights in memory at a time: GPT-2 XL in double
/// precision would take 12 GB at once.
/// </summary>
internal static class LayeredReference
{
    /// <summary>Logits at some positions of one prompt, [position asked for][dVocab].</summary>
    /// <param name="weights">The model.</param>
    /// <param name="tokens">The prompt.</param>
    /// <param name="positions">Ascending.</param>
    public static double[][] Logits(Gpt2Weights weights, int[] tokens, int[] positions)
    {
        var config = weights.Config;
        if (config.Variant().Any(part => part.What == "attention"))
            throw new NotSupportedException("Layers are computed as if each were the first: attention scores must be scaled as in GPT-2.");
        using var ops = new ReferenceOps();
        using var rows = new DeviceRows(ops, RowForest.Build([tokens]));
        using var work = new Workspace(ops, config, tokens.Length);
        using var resid = ops.Allocate((long)tokens.Length * config.DModel);
        Embed(weights, tokens, ops, resid);
        for (var layer = 0; layer < config.NLayers; layer++)
        {
            using var one = OneLayer(weights, layer, weights.WPos);
            using var model = new Gpt2Model(ops, one);
            var live = LiveNodes.All(one.Config);
            new ForwardPass(model, rows, work).Layer(0, resid, live, Demand.Of(rows, live, rows.All),
                new LayerConstants(model.OutputBias(0), null, null), resid);
        }

        using var last = OneLayer(weights, config.NLayers - 1, weights.WE);
        using var reader = new Gpt2Model(ops, last);
        var logits = new List<double[]>();
        new ForwardPass(reader, rows, work).Logits(resid, rows.Set(positions), (_, values) => logits.Add([.. values]));
        return [.. logits];
    }

    private static void Embed(Gpt2Weights weights, int[] tokens, IOps ops, DeviceBuffer resid)
    {
        var dModel = weights.Config.DModel;
        var (token, position) = (new double[dModel], new double[dModel]);
        for (var p = 0; p < tokens.Length; p++)
        {
            weights.WE.Read((long)tokens[p] * dModel, token);
            weights.WPos.Read((long)p * dModel, position);
            for (var i = 0; i < dModel; i++) token[i] += position[i];
            ops.Upload(token, resid, (long)p * dModel);
        }
    }

    /// <summary>A model of one layer; any table of the right width may stand where the embedding is not read.</summary>
    private static Gpt2Weights OneLayer(Gpt2Weights weights, int layer, Tensor embedding)
    {
        var isWhole = embedding == weights.WE;
        var config = weights.Config with { NLayers = 1, DVocab = embedding.Shape[0], BosTokenId = null };
        var tensors = weights.Tensors with
        {
            Layers = [weights.Layers[layer]],
            WE = embedding,
            WU = isWhole ? weights.WU : null,
            BU = isWhole ? weights.BU : null,
        };
        return new Gpt2Weights(weights.Name, config, tensors, () => "");
    }
}
