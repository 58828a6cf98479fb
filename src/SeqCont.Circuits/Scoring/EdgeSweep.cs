using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Scores edges one at a time, in the order of their graph, going up through the layers once. What a layer's receivers
/// share under one sender (the input with its delta, LN1, the patched q, k and v of all heads, z three times) is
/// computed once; an edge then costs its head's rank-dHead share of the stream and what lies downstream of the receiver.
/// </summary>
internal sealed class EdgeSweep : IDisposable
{
    private readonly EdgeContext _context;
    private readonly IReceiverInputs _inputs;
    private readonly PatchValues _patch;
    private readonly DeviceBuffer _resid;
    private readonly DeviceBuffer _residMid;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer[] _patchedZ;
    private readonly DeviceBuffer[] _kv;

    /// <summary>Stands before the first layer.</summary>
    public EdgeSweep(EdgeContext context, EdgePruningConfig search)
    {
        _context = context;
        _patch = context.NewPatch();
        _inputs = search.Paths == EdgePaths.Strict
            ? new DirectInputs(context, _patch, search.InputSends)
            : new RecordedInputs(context, _patch, search);
        (_resid, _residMid, _z) = (context.NewResidual(), context.NewResidual(), context.NewResidual());
        _patchedZ = [.. NodeSpace.Sites(NodeKind.Head).Select(_ => context.NewResidual())];
        _kv = [.. NodeSpace.Sites(NodeKind.Head)
            .Select(_ => context.Model.Ops.Allocate(2L * context.Rows.Forest.Count * context.Model.Config.DModel))];
    }

    /// <summary>Scores edges.</summary>
    /// <param name="edges">Edges of the graph, in its order, some left out; of <see cref="EdgePruningConfig.Only"/> where that is
    /// given.</param>
    /// <param name="take">Told of every edge and its logit differences, before the next one starts.</param>
    public void Run(IEnumerable<Edge> edges, Action<Edge, double[]> take)
    {
        var stages = edges.ToLookup(edge => (edge.Receiver.Layer, edge.Receiver.Kind));
        _context.Pass.Embed(_context.Rows.All, _resid);
        _inputs.Start(_resid);
        for (var layer = 0; layer < _context.Model.Config.NLayers; layer++)
        {
            Enter(layer, stages.Contains((layer, NodeKind.Head)));
            foreach (var sender in stages[(layer, NodeKind.Head)].GroupBy(edge => edge.Sender)) ScoreHeads(layer, [.. sender], take);
            _patch.EnterHeads(layer);
            _inputs.PassHeads(layer, _z, _residMid);
            foreach (var edge in stages[(layer, NodeKind.Mlp)]) ScoreMlp(layer, edge, take);
            _patch.EnterMlp(layer);
            _inputs.PassMlp(layer, _residMid, _resid);
        }

        foreach (var edge in stages[(NodeId.Logits.Layer, NodeKind.Logits)])
            take(edge, _context.Measure(_inputs.Of(edge, _resid, _context.Rows.Ends)));
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _patch.Dispose();
        foreach (var buffer in (DeviceBuffer[])[_resid, _residMid, _z, .. _patchedZ, .. _kv]) buffer.Dispose();
    }

    private static DeviceBuffer Of(DeviceBuffer[] buffers, Site site) => buffers[(int)site - 1];

    /// <summary>A layer's heads with nothing patched; keys and values three times where patches will write over a half.</summary>
    private void Enter(int layer, bool patches)
    {
        var (heads, keys, outputs) = (_context.Live.Heads[layer], _context.Demand.Keys(layer), _context.Demand.Outputs(layer));
        if (heads.Length > 0)
        {
            var own = Of(_kv, Site.Q);
            _context.Receivers.ProjectKv(layer, _resid, heads, keys, own, own);
            if (patches) _context.Receivers.ProjectKv(layer, _resid, heads, keys, Of(_kv, Site.V), Of(_kv, Site.K));
            _context.Receivers.Attend(layer, _resid, heads, outputs, new AttendTarget(own, _z));
        }

        _context.Pass.AddHeads(layer, _resid, _z, heads, outputs, _context.AblatedConstants.OfClean(layer), _residMid);
    }

    /// <summary>Edges from one sender into the heads of a layer.</summary>
    private void ScoreHeads(int layer, Edge[] edges, Action<Edge, double[]> take)
    {
        var (receivers, demand) = (_context.Receivers, _context.Demand);
        int[] heads = [.. edges.Select(edge => edge.Receiver.Index).Distinct().Order()];
        var (keys, outputs) = (demand.Keys(layer), demand.Outputs(layer));
        var patched = _inputs.Of(edges[0], _resid, demand.Inputs(layer));
        AttendTarget Target(Site site) => new(Of(_kv, site), Of(_patchedZ, site));
        receivers.ProjectKv(layer, patched, heads, keys, Of(_kv, Site.K), Of(_kv, Site.V));
        receivers.Attend(layer, patched, heads, outputs, Target(Site.Q));
        receivers.Attend(layer, _resid, heads, outputs, Target(Site.K), Target(Site.V));
        foreach (var edge in edges)
        {
            var z = Of(_patchedZ, edge.Receiver.Site);
            _context.Pass.ReplaceHead(layer, _residMid, _z, edge.Receiver.Index, outputs, z, _context.Places(outputs), _context.Scratch);
            take(edge, _context.FromMid(layer, _context.Scratch));
        }
    }

    private void ScoreMlp(int layer, Edge edge, Action<Edge, double[]> take)
    {
        var outputs = _context.Demand.Outputs(layer);
        _context.Receivers.AddMlp(layer, _inputs.Of(edge, _residMid, outputs), _residMid, outputs, _context.Scratch);
        take(edge, _context.FromPost(layer, _context.Scratch));
    }
}
