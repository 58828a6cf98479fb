using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What replacing a sender's value changes in the residual stream: (patched - own) value, for a head times its W_O.
/// A direct edge is this added to the receiver's input, and nothing else. Kept per layer in z's own
/// width, never as [row, node, dModel]: a head's share of the stream is a rank-dHead product when it is asked for.
/// </summary>
internal sealed class SenderDeltas : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly DeviceRows _rows;
    private readonly ForwardPass _receivers;
    private readonly LiveNodes _live;
    private readonly Demand _demand;
    private readonly PatchValues _patch;
    private readonly DeviceBuffer?[] _z;
    private readonly DeviceBuffer?[] _mlpOut;
    private DeviceBuffer? _input;

    /// <summary>Stands before the first layer.</summary>
    public SenderDeltas(Gpt2Model model, DeviceRows rows, ForwardPass receivers, LiveNodes live, Demand demand, PatchValues patch)
    {
        (_model, _rows, _receivers, _live, _demand, _patch) = (model, rows, receivers, live, demand, patch);
        (_z, _mlpOut) = (new DeviceBuffer?[model.Config.NLayers], new DeviceBuffer?[model.Config.NLayers]);
    }

    /// <summary>Takes up the input as a sender.</summary>
    /// <param name="resid">Its own values, [row, dModel].</param>
    public void AddInput(DeviceBuffer resid) => _receivers.Replace(resid, _rows.All, By(_input = Zeros()), null);

    /// <summary>Takes up a layer's heads; the patch stands at its z.</summary>
    /// <param name="layer">Layer.</param>
    /// <param name="z">Their own values, [output, head, dHead].</param>
    public void AddHeads(int layer, DeviceBuffer z)
    {
        if (_live.Heads[layer].Length > 0)
            _receivers.Replace(z, _demand.Outputs(layer), By(_z[layer] = Zeros()), _live.Heads[layer]);
    }

    /// <summary>
    /// Takes up a layer's MLP, which is computed here: residPost = source + MLP(LN2(input)). The patch stands at its output.
    /// </summary>
    public void AddMlp(int layer, DeviceBuffer input, DeviceBuffer source, DeviceBuffer residPost) =>
        _receivers.AddMlp(layer, input, source, _demand.Outputs(layer), residPost, null, By(_mlpOut[layer] = Zeros()));

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
                _receivers.AddHeadsByRow(layer.Key, stream, _z[layer.Key]!, heads, rows, scratch);
                stream = scratch;
            }

            if (heads.Length == layer.Count()) continue;
            _model.Ops.AddTable(stream, rows.Device, layer.Key < 0
                ? _input! : _mlpOut[layer.Key]!, _rows.All.Device.Ids, _model.Config.DModel, scratch);
            stream = scratch;
        }

        return stream;
    }

    public void Dispose()
    {
        foreach (var table in _z.Concat(_mlpOut)) table?.Dispose();
        _input?.Dispose();
    }

    private Replacement By(DeviceBuffer difference) => new(_patch.Table, _patch.Slots, difference);

    private DeviceBuffer Zeros() => _model.Ops.Allocate((long)_rows.Forest.Count * _model.Config.DModel);
}
