using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Runs a circuit of which some edges are missing, as <see cref="EdgeSetScore"/> words it. A receiver's input is this run's
/// stream plus (patched - own) of the senders whose edge to it is missing, which is what <see cref="SenderDeltas"/> holds.
/// A run goes on from the first layer that changes: the current set's stream and deltas below it stand.
/// </summary>
internal sealed class EdgeSetRun : IDisposable
{
    private readonly EdgeContext _context;
    private readonly PatchValues _patch;
    private readonly SenderDeltas _deltas;
    private readonly DeviceBuffer _resid;
    private readonly DeviceBuffer _residMid;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer _kv;
    private readonly DeviceBuffer _marked;

    // The layer before which the current set's stream is marked; -1 for none.
    private int _mark = -1;

    /// <summary>Makes room; nothing is computed yet.</summary>
    public EdgeSetRun(EdgeContext context)
    {
        _context = context;
        _patch = context.NewPatch();
        _deltas = new SenderDeltas(context, _patch);
        (_resid, _residMid, _z, _marked) = (context.NewResidual(), context.NewResidual(), context.NewResidual(), context.NewResidual());
        _kv = context.Model.Ops.Allocate(2L * context.Rows.Forest.Count * context.Model.Config.DModel);
    }

    /// <summary>The edges into a node and from it changed.</summary>
    /// <param name="layer">The first receiver's.</param>
    public void Changed(int layer)
    {
        if (_mark > layer) _mark = -1;
    }

    /// <summary>What the logits read at the end; holds until the context's scratch is used.</summary>
    /// <param name="current">Missing edges of the current set, by receiver.</param>
    /// <param name="candidate">The same of the set that is run: it differs from the current one at no receiver below the layer.</param>
    /// <param name="layer">From which layer on they may differ.</param>
    public DeviceBuffer Run(ILookup<NodeId, NodeId> current, ILookup<NodeId, NodeId> candidate, int layer)
    {
        GoTo(Math.Min(layer, _context.Live.Mlps.Length), current);
        Layers(_mark, _context.Live.Mlps.Length, candidate);
        return Input(candidate, NodeId.Logits, _resid, _context.Rows.Ends);
    }

    public void Dispose()
    {
        _deltas.Dispose();
        _patch.Dispose();
        foreach (var buffer in (DeviceBuffer[])[_resid, _residMid, _z, _kv, _marked]) buffer.Dispose();
    }

    /// <summary>Stands before a layer of the current set's run, from where it is marked, and marks it there.</summary>
    private void GoTo(int layer, ILookup<NodeId, NodeId> missing)
    {
        if (_mark >= 0 && _mark <= layer)
        {
            _context.Model.Ops.Copy(_marked, _resid);
            _patch.Return();
        }
        else
        {
            _mark = 0;
            _patch.Restart();
            _context.Pass.Embed(_context.Rows.All, _resid);
            if (_context.Edges.Any(edge => edge.Sender == NodeId.Input)) _deltas.AddInput(_resid);
        }

        Layers(_mark, layer, missing);
        _mark = layer;
        _context.Model.Ops.Copy(_resid, _marked);
        _patch.Mark();
    }

    private void Layers(int from, int to, ILookup<NodeId, NodeId> missing)
    {
        var (pass, demand) = (_context.Pass, _context.Demand);
        for (var layer = from; layer < to; layer++)
        {
            var (keys, outputs, constants) = (demand.Keys(layer), demand.Outputs(layer), _context.AblatedConstants.OfClean(layer));
            DeviceBuffer Of(int head, Site site) =>
                Input(missing, new NodeId(layer, head).At(site), _resid, site == Site.Q ? outputs : keys);
            foreach (var head in _context.Live.Heads[layer])
            {
                pass.ProjectKv(layer, Of(head, Site.K), [head], keys, _kv, null);
                pass.ProjectKv(layer, Of(head, Site.V), [head], keys, null, _kv);
                pass.Attend(layer, Of(head, Site.Q), [head], outputs, new AttendTarget(_kv, _z));
            }

            _context.Pass.AddHeads(layer, _resid, _z, _context.Live.Heads[layer], outputs, constants, _residMid);
            _patch.EnterHeads(layer);
            _deltas.AddHeads(layer, _z);
            _deltas.Require(_context.Live.Heads[layer].Select(head => new NodeId(layer, head)), _residMid, layer);
            _patch.EnterMlp(layer);
            if (_context.Live.Mlps[layer])
            {
                _deltas.AddMlp(layer, Input(missing, NodeId.Mlp(layer), _residMid, outputs), _residMid, _resid);
                _deltas.Require([NodeId.Mlp(layer)], _resid, layer);
            }
            else _context.Pass.AddMlp(layer, _residMid, false, outputs, constants, _resid);
        }
    }

    private DeviceBuffer Input(ILookup<NodeId, NodeId> missing, NodeId receiver, DeviceBuffer stream, RowSet rows) =>
        _deltas.Replaced(missing[receiver], stream, rows, _context.Scratch);
}
