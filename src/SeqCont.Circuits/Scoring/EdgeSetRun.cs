using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Scores a set of edges as a whole, as <see cref="EdgeSetScore"/> words it. A receiver's input is this run's
/// stream plus (patched - own) of the senders whose edge to it is not kept, which is what <see cref="SenderDeltas"/> holds.
/// </summary>
internal static class EdgeSetRun
{
    /// <summary>What the set answers.</summary>
    /// <param name="context">The circuit and prompts.</param>
    /// <param name="kept">Kept ones.</param>
    public static CircuitAnswers Answers(EdgeContext context, IReadOnlySet<Edge> kept) =>
        Run(context, kept, final => new CircuitAnswers(context.Measure(final), context.TopPredictions(final)));

    /// <summary>Its logit difference on each prompt, in file order: the answers without the unembedding of whole rows.</summary>
    public static double[] LogitDiffs(EdgeContext context, IReadOnlySet<Edge> kept) => Run(context, kept, context.Measure);

    private static T Run<T>(EdgeContext context, IReadOnlySet<Edge> kept, Func<DeviceBuffer, T> read)
    {
        var (ops, config, demand) = (context.Model.Ops, context.Model.Config, context.Demand);
        var missing = context.Edges.Where(edge => !kept.Contains(edge)).ToLookup(edge => edge.Receiver, edge => edge.Sender);
        using var patch = context.NewPatch();
        using var deltas = new SenderDeltas(context.Model, context.Rows, context.Receivers, context.Live, demand, patch);
        using DeviceBuffer resid = context.NewResidual(), residMid = context.NewResidual(), z = context.NewResidual();
        using var kv = ops.Allocate(2L * context.Rows.Forest.Count * config.DModel);
        DeviceBuffer Input(NodeId receiver, DeviceBuffer stream, RowSet rows) =>
            deltas.Replaced(missing[receiver], stream, rows, context.Scratch);

        context.Pass.Embed(context.Rows.All, resid);
        if (context.Edges.Any(edge => edge.Sender == NodeId.Input)) deltas.AddInput(resid);
        for (var layer = 0; layer < config.NLayers; layer++)
        {
            var (heads, outputs, constants) = (context.Live.Heads[layer], demand.Outputs(layer), context.AblatedConstants.OfClean(layer));
            foreach (var head in heads)
            {
                NodeId Of(Site site) => new NodeId(layer, head).At(site);
                context.Receivers.ProjectKv(layer, Input(Of(Site.K), resid, demand.Keys(layer)), [head], demand.Keys(layer), kv, null);
                context.Receivers.ProjectKv(layer, Input(Of(Site.V), resid, demand.Keys(layer)), [head], demand.Keys(layer), null, kv);
                context.Receivers.Attend(layer, Input(Of(Site.Q), resid, outputs), [head], outputs, new AttendTarget(kv, z));
            }

            context.Pass.AddHeads(layer, resid, z, heads, outputs, constants, residMid);
            patch.EnterHeads(layer);
            deltas.AddHeads(layer, z);
            patch.EnterMlp(layer);
            if (context.Live.Mlps[layer]) deltas.AddMlp(layer, Input(NodeId.Mlp(layer), residMid, outputs), residMid, resid);
            else context.Pass.AddMlp(layer, residMid, false, outputs, constants, resid);
        }

        return read(Input(NodeId.Logits, resid, context.Rows.Ends));
    }
}
