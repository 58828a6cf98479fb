using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What replacing a sender's value changes in the residual stream: (patched - own) value, for a head times its W_O.
/// A direct edge is this added to the receiver's input, and nothing else. Kept per layer in z's own
/// width, never as [row, node, dModel]: a head's share of the stream is a rank-dHead product when it is asked for.
/// </summary>
internal sealed class SenderDeltas(EdgeContext context, PatchValues patch) : IDisposable
{
    private readonly DeviceBuffer?[] _z = new DeviceBuffer?[context.Live.Mlps.Length];
    private readonly DeviceBuffer?[] _mlpOut = new DeviceBuffer?[context.Live.Mlps.Length];
    private DeviceBuffer? _input;
    private DeviceBuffer? _zero;

    /// <summary>Takes up the input as a sender.</summary>
    /// <param name="resid">Its own values, [row, dModel].</param>
    public void AddInput(DeviceBuffer resid) => context.Pass.Replace(resid, context.Rows.All, By(ref _input, context.Rows.All), null);

    /// <summary>Refuses senders of a layer without which only rounding is left of the stream: asked once a sender.</summary>
    /// <param name="senders">Senders taken up already.</param>
    /// <param name="stream">The stream behind them, [row, dModel].</param>
    /// <param name="layer">Its layer.</param>
    public void Require(IEnumerable<NodeId> senders, DeviceBuffer stream, int layer)
    {
        var rows = context.Demand.Outputs(layer);
        foreach (var sender in context.PatchesZero ? senders : [])
            context.RequireLeft(sender, stream, Replaced([sender], stream, rows, context.Scratch), rows);
    }

    /// <summary>Takes up a layer's heads; the patch stands at its z.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="z">Their own values, [output, head, dHead].</param>
    public void AddHeads(int layer, DeviceBuffer z)
    {
        var (heads, outputs) = (context.Live.Heads[layer], context.Demand.Outputs(layer));
        if (heads.Length > 0) context.Pass.Replace(z, outputs, By(ref _z[layer], outputs), heads);
    }

    /// <summary>
    /// Takes up a layer's MLP, which is computed here: residPost = source + MLP(LN2(input)). The patch stands at its output.
    /// </summary>
    public void AddMlp(int layer, DeviceBuffer input, DeviceBuffer source, DeviceBuffer residPost)
    {
        var outputs = context.Demand.Outputs(layer);
        context.Pass.AddMlp(layer, input, source, outputs, residPost, null, By(ref _mlpOut[layer], outputs));
    }

    /// <summary>The stream with some senders replaced: source + their deltas. Without senders that is the source itself.</summary>
    /// <param name="senders">Senders below the place of the stream.</param>
    /// <param name="source">[row, dModel].</param>
    /// <param name="rows">Rows that are read.</param>
    /// <param name="scratch">Where the sum goes, [row, dModel].</param>
    public DeviceBuffer Replaced(IEnumerable<NodeId> senders, DeviceBuffer source, RowSet rows, DeviceBuffer scratch)
    {
        var stream = source;
        foreach (var layer in senders.GroupBy(sender => sender.Layer))
        {
            int[] heads = [.. layer.Where(sender => sender.Kind == NodeKind.Head).Select(sender => sender.Index).Order()];
            if (heads.Length > 0)
            {
                context.Pass.AddHeadsByRow(layer.Key, stream, _z[layer.Key]!, heads, rows, scratch);
                stream = scratch;
            }

            if (heads.Length == layer.Count()) continue;
            context.Model.Ops.AddTable(stream, rows.Device, layer.Key < 0
                ? _input! : _mlpOut[layer.Key]!, context.Rows.All.Device.Ids, context.Model.Config.DModel, scratch);
            stream = scratch;
        }

        return stream;
    }

    public void Dispose()
    {
        foreach (var table in _z.Concat(_mlpOut)) table?.Dispose();
        _input?.Dispose();
        _zero?.Dispose();
    }

    /// <summary>Where a sender's difference goes: zeros in the rows that it has, in a new array or that of the run before.</summary>
    private Replacement By(ref DeviceBuffer? delta, RowSet rows)
    {
        var (ops, dModel) = (context.Model.Ops, context.Model.Config.DModel);
        if (delta is null) delta = context.NewResidual();
        else ops.AddTable(null, rows.Device, _zero ??= ops.Allocate(dModel), null, dModel, delta);
        return new Replacement(patch.Table, patch.Slots, delta);
    }
}
