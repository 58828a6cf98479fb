using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Ways beside the direct edge count: one run per sender, from the sender up, in which it stands at its patched value
/// and MLPs (through MLPs) or all nodes (as published, for MLP senders) recompute. Its residual is what receivers read.
/// </summary>
internal sealed class RecordedInputs(EdgeContext context, PatchValues patch, EdgePruningConfig search) : IReceiverInputs
{
    private readonly List<Recording> _recordings = [];
    private readonly bool _asPublished = search.Paths == EdgePaths.AsPublished;
    private readonly DeviceBuffer? _liveZ = search.Paths == EdgePaths.AsPublished ? context.NewResidual() : null;
    private Recording? _cumulativePatchRun;

    private enum Readers
    {
        All,
        Heads,
        Mlps,
        Logits,
    }

    public void Start(DeviceBuffer residPre)
    {
        if (search.InputSends && IsRead(NodeId.Input, Readers.All))
            Values(Begin(NodeId.Input, Readers.All, headsFrozen: true), null, context.Rows.All);
        if (_asPublished && context.Live.Mlps.Select((live, layer) => live && IsRead(NodeId.Mlp(layer), Readers.Logits)).Any(read => read))
            _cumulativePatchRun = Copy(residPre, new Recording(NodeId.Input, Readers.Logits, false, context.NewResidual()),
                context.Rows.All);
    }

    public void PassHeads(int layer, DeviceBuffer z, DeviceBuffer residMid)
    {
        var (heads, outputs) = (context.Live.Heads[layer], context.Demand.Outputs(layer));
        foreach (var recording in _recordings) AddHeads(recording, layer, z);
        foreach (var head in heads.Where(head => IsRead(new NodeId(layer, head), Readers.All)))
            ReplaceHead(Begin(new NodeId(layer, head), Readers.All, headsFrozen: true), residMid, layer, head, z);
        if (!_asPublished) return;
        if (_cumulativePatchRun is not null) AddHeads(_cumulativePatchRun, layer, z);
        if (!context.Live.Mlps[layer]) return;
        foreach (var head in _cumulativePatchRun is null ? [] : heads)
            ReplaceHead(_cumulativePatchRun!, _cumulativePatchRun!.Resid, layer, head, z);
        if (!IsRead(NodeId.Mlp(layer), Readers.Heads)) return;
        // Published for MLP to head: all heads of the layer in place of its MLP.
        var instead = Copy(residMid, Begin(NodeId.Mlp(layer), Readers.Heads, headsFrozen: false), outputs);
        foreach (var head in heads) ReplaceHead(instead, instead.Resid, layer, head, z);
    }

    public void PassMlp(int layer, DeviceBuffer residMid, DeviceBuffer residPost)
    {
        var (live, outputs) = (context.Live.Mlps[layer], context.Demand.Outputs(layer));
        foreach (var recording in _recordings) AddMlp(recording.Resid, layer, recording.Resid);
        var readers = _asPublished ? Readers.Mlps : Readers.All;
        if (live && IsRead(NodeId.Mlp(layer), readers))
            Values(Begin(NodeId.Mlp(layer), readers, headsFrozen: !_asPublished), residMid, outputs);
        if (_cumulativePatchRun is not null && live)
        {
            // Published for MLP to logits: every sender's layer up to this one stays replaced.
            Values(_cumulativePatchRun, _cumulativePatchRun.Resid, outputs);
            Copy(_cumulativePatchRun.Resid, Begin(NodeId.Mlp(layer), Readers.Logits, headsFrozen: false), outputs);
        }
        else if (_cumulativePatchRun is not null) AddMlp(_cumulativePatchRun.Resid, layer, _cumulativePatchRun.Resid);

        AddMlp(residMid, layer, residPost);
    }

    public DeviceBuffer Of(Edge edge, DeviceBuffer source, RowSet rows)
    {
        var readers = ReadersOf(edge);
        return _recordings.Single(recording => recording.Sender == edge.Sender
            && (recording.Readers == Readers.All || recording.Readers == readers)).Resid;
    }

    public void Dispose()
    {
        foreach (var recording in _recordings) recording.Resid.Dispose();
        _cumulativePatchRun?.Resid.Dispose();
        _liveZ?.Dispose();
    }

    private static Readers ReadersOf(Edge edge) =>
        edge.Receiver.Kind switch { NodeKind.Logits => Readers.Logits, NodeKind.Mlp => Readers.Mlps, _ => Readers.Heads };

    /// <summary>Whether an edge that is scored reads this recording.</summary>
    private bool IsRead(NodeId sender, Readers readers) =>
        search.Only is null || search.Only.Any(edge => edge.Sender == sender && (readers == Readers.All || ReadersOf(edge) == readers));

    private Recording Begin(NodeId sender, Readers readers, bool headsFrozen)
    {
        _recordings.Add(new Recording(sender, readers, headsFrozen, context.NewResidual()));
        return _recordings[^1];
    }

    private void AddHeads(Recording recording, int layer, DeviceBuffer ownZ)
    {
        var (heads, outputs) = (context.Live.Heads[layer], context.Demand.Outputs(layer));
        // The forced run's heads are replaced one by one from the circuit's own where its layer's MLP sends.
        var stands = recording.HeadsFrozen || (recording == _cumulativePatchRun && context.Live.Mlps[layer]);
        if (!stands) context.Pass.Attend(layer, recording.Resid, heads, context.Demand.Keys(layer), outputs, _liveZ!);
        context.Pass.AddHeads(layer, recording.Resid, stands
            ? ownZ : _liveZ!, heads, outputs, context.AblatedConstants.OfClean(layer), recording.Resid);
    }

    private void ReplaceHead(Recording recording, DeviceBuffer residMid, int layer, int head, DeviceBuffer z)
    {
        var outputs = context.Demand.Outputs(layer);
        context.Pass.ReplaceHead(layer, residMid, z, head, outputs, patch.Table, patch.Slots, recording.Resid);
        if (residMid != recording.Resid) context.RequireLeft(new NodeId(layer, head), residMid, recording.Resid, outputs);
    }

    private void AddMlp(DeviceBuffer residMid, int layer, DeviceBuffer residPost) =>
        context.Pass.AddMlp(layer, residMid, context.Live.Mlps[layer], context.Demand.Outputs(layer),
            context.AblatedConstants.OfClean(layer), residPost);

    private void Values(Recording recording, DeviceBuffer? source, RowSet rows) =>
        context.Model.Ops.AddTable(source, rows.Device, patch.Table, patch.Slots, context.Model.Config.DModel, recording.Resid);

    private Recording Copy(DeviceBuffer source, Recording recording, RowSet rows)
    {
        context.Model.Ops.AddTable(null, rows.Device, source, context.Rows.All.Device.Ids, context.Model.Config.DModel, recording.Resid);
        return recording;
    }

    /// <summary>A run with one sender patched.</summary>
    /// <param name="Sender">The sender.</param>
    /// <param name="Readers">Which receivers read it.</param>
    /// <param name="HeadsFrozen">Whether heads stand at the circuit's own values.</param>
    /// <param name="Resid">[row, dModel].</param>
    private sealed record Recording(NodeId Sender, Readers Readers, bool HeadsFrozen, DeviceBuffer Resid);
}
