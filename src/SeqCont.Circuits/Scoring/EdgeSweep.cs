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
    private readonly ILookup<(int Layer, NodeId Sender), int> _headsUnder;
    private readonly HashSet<int> _layersWithHeads;
    private (int Layer, NodeId Sender)? _prepared;

    // Twice the layer where the run stands, plus one behind its heads.
    private int _place;

    /// <summary>Enters the first layer.</summary>
    /// <param name="context">The circuit and its prompts.</param>
    /// <param name="asked">Edges that may be asked for.</param>
    public EdgeSweep(EdgeContext context, IEnumerable<Edge> asked)
    {
        _context = context;
        _patch = context.NewPatch();
        _inputs = context.NewInputs(_patch);
        (_resid, _residMid, _z) = (context.NewResidual(), context.NewResidual(), context.NewResidual());
        _patchedZ = [.. NodeSpace.Sites(NodeKind.Head).Select(_ => context.NewResidual())];
        _kv = [.. NodeSpace.Sites(NodeKind.Head)
            .Select(_ => context.Model.Ops.Allocate(2L * context.Rows.Forest.Count * context.Model.Config.DModel))];
        _headsUnder = asked.Where(edge => edge.Receiver.Kind == NodeKind.Head)
            .ToLookup(edge => (edge.Receiver.Layer, edge.Sender), edge => edge.Receiver.Index);
        _layersWithHeads = [.. _headsUnder.Select(group => group.Key.Layer)];
        _context.Pass.Embed(_context.Rows.All, _resid);
        _inputs.Start(_resid);
        Enter(0);
    }

    /// <summary>The metric on each prompt with one edge patched, in file order.</summary>
    /// <param name="edge">Not into a node below those of the last edge, and under its sender once.</param>
    public double[] Score(Edge edge)
    {
        var (kind, layer) = (edge.Receiver.Kind, edge.Receiver.Layer);
        GoTo(kind == NodeKind.Logits ? 2 * _context.Live.Mlps.Length : 2 * layer + (kind == NodeKind.Mlp ? 1 : 0));
        if (kind == NodeKind.Logits) return _context.Measure(_inputs.Of(edge, _resid, _context.Rows.Ends));
        var outputs = _context.Demand.Outputs(layer);
        if (kind == NodeKind.Mlp)
        {
            _context.Pass.AddMlp(layer, _inputs.Of(edge, _residMid, outputs), _residMid, outputs, _context.Scratch);
            return _context.FromPost(layer, _context.Scratch);
        }

        if (_prepared != (layer, edge.Sender)) Prepare(layer, edge);
        var z = Of(_patchedZ, edge.Receiver.Site);
        _context.Pass.ReplaceHead(layer, _residMid, _z, edge.Receiver.Index, outputs, z, _context.Places(outputs), _context.Scratch);
        return _context.FromMid(layer, _context.Scratch);
    }

    /// <summary>Whether an edge lies behind the run already.</summary>
    public bool HasPassed(Edge edge) =>
        edge.Receiver.Kind != NodeKind.Logits && 2 * edge.Receiver.Layer + (edge.Receiver.IsMlp ? 1 : 0) < _place;

    public void Dispose()
    {
        _inputs.Dispose();
        _patch.Dispose();
        foreach (var buffer in (DeviceBuffer[])[_resid, _residMid, _z, .. _patchedZ, .. _kv]) buffer.Dispose();
    }

    private void GoTo(int place)
    {
        for (; _place < place; _place++)
        {
            var (layer, behindHeads) = (_place / 2, _place % 2 == 1);
            if (!behindHeads)
            {
                _patch.EnterHeads(layer);
                _inputs.PassHeads(layer, _z, _residMid);
                continue;
            }

            _patch.EnterMlp(layer);
            _inputs.PassMlp(layer, _residMid, _resid);
            if (layer + 1 < _context.Live.Mlps.Length) Enter(layer + 1);
        }
    }

    /// <summary>A layer's heads with nothing patched; keys and values three times where patches will write over a half.</summary>
    private void Enter(int layer)
    {
        var (heads, keys, outputs) = (_context.Live.Heads[layer], _context.Demand.Keys(layer), _context.Demand.Outputs(layer));
        if (heads.Length > 0)
        {
            var own = Of(_kv, Site.Q);
            _context.Pass.ProjectKv(layer, _resid, heads, keys, own, own);
            if (_layersWithHeads.Contains(layer))
                _context.Pass.ProjectKv(layer, _resid, heads, keys, Of(_kv, Site.V), Of(_kv, Site.K));
            _context.Pass.Attend(layer, _resid, heads, outputs, new AttendTarget(own, _z));
        }

        _context.Pass.AddHeads(layer, _resid, _z, heads, outputs, _context.AblatedConstants.OfClean(layer), _residMid);
    }

    /// <summary>What all heads of a layer share under one patched sender.</summary>
    private void Prepare(int layer, Edge edge)
    {
        var (pass, demand) = (_context.Pass, _context.Demand);
        int[] heads = [.. _headsUnder[(layer, edge.Sender)].Distinct().Order()];
        var (keys, outputs) = (demand.Keys(layer), demand.Outputs(layer));
        var patched = _inputs.Of(edge, _resid, demand.Inputs(layer));
        AttendTarget Target(Site site) => new(Of(_kv, site), Of(_patchedZ, site));
        pass.ProjectKv(layer, patched, heads, keys, Of(_kv, Site.K), Of(_kv, Site.V));
        pass.Attend(layer, patched, heads, outputs, Target(Site.Q));
        pass.Attend(layer, _resid, heads, outputs, Target(Site.K), Target(Site.V));
        _prepared = (layer, edge.Sender);
    }

    private static DeviceBuffer Of(DeviceBuffer[] buffers, Site site) => buffers[(int)site - 1];
}
