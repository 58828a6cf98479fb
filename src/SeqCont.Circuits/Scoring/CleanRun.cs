using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The clean run of some prompts under a current circuit, ready to be resumed: stored prefixes, and for one
/// layer what its candidates share.
/// </summary>
internal sealed class CleanRun : IDisposable
{
    private readonly RunContext _context;
    private readonly ForwardPass _pass;
    private readonly AblationValues _ablationValues;
    private readonly Func<Func<int, bool>, DeviceBuffer?[]> _mlpTables;
    private readonly IndexBuffer _slots;
    private readonly IPromptMetric _metric;
    private readonly PrefixStore _store;
    private readonly DeviceBuffer _z;
    private readonly DeviceBuffer _residMid;
    private LayerSession? _session;
    private int _lastLayer;
    private LiveNodes _live;

    /// <summary>Prepares, with nothing computed yet.</summary>
    /// <param name="context">What all runs share.</param>
    /// <param name="ablationValues">What ablated nodes are replaced by.</param>
    /// <param name="scored">Prompts and their rows, which are owned from here on.</param>
    /// <param name="mlpTables">What ablated MLPs of the current circuit are replaced by, where wanted, [layer].</param>
    /// <param name="storedLayers">How many prefixes may be held.</param>
    /// <param name="start">What the starting circuit computes.</param>
    public CleanRun(
        RunContext context, AblationValues ablationValues, ScoredPrompts scored, Func<Func<int, bool>, DeviceBuffer?[]> mlpTables,
        int storedLayers, LiveNodes start)
    {
        (_context, _ablationValues, _mlpTables, _live, Rows) = (context, ablationValues, mlpTables, start, scored.Rows);
        _pass = new ForwardPass(context.Model, Rows, context.Work);
        _slots = context.Model.Ops.Upload(scored.Slots);
        _metric = context.Metric.For(context.Model, _pass, Rows, scored.Prompts);
        _z = context.Residual(Rows.Forest.Count);
        _residMid = context.Residual(Rows.Forest.Count);
        _store = new PrefixStore(context.Model.Ops, _z.Length, storedLayers, resid => _pass.Embed(Rows.All, resid), Advance);
        Demand = Demand.Of(Rows, start, Rows.Ends);
    }

    /// <summary>Rows of the prompts.</summary>
    public DeviceRows Rows { get; }

    /// <summary>Which rows the current circuit computes.</summary>
    public Demand Demand { get; private set; }

    /// <summary>The metric under the current circuit, by the canonical route.</summary>
    public double[] ScoreCurrent() => _metric.Measure(_store.Get(_live.Mlps.Length));

    /// <summary>Top predictions of the current circuit.</summary>
    public int[] TopPredictions() => _pass.TopPredictions(_store.Get(_live.Mlps.Length));

    /// <summary>The metric under the current circuit less one node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="candidate">What is computed without it.</param>
    /// <param name="mlpTables">What the candidate's ablated MLPs from the node's layer on are replaced by, [layer].</param>
    public double[] ScoreWithout(NodeId node, LiveNodes candidate, DeviceBuffer?[] mlpTables)
    {
        if (_session?.Layer != node.Layer) Enter(node.Layer);
        var demand = Demand.Of(Rows, candidate, Rows.Ends);
        var (heads, constants) = (_live.Heads[node.Layer], Constants(node.Layer, candidate, mlpTables));
        var residMid = _context.Scratch;
        if (node.IsMlp) residMid = _session!.ResidMid(heads, constants);
        else
            _session!.Without(
                node.Index, heads, kept => new LayerConstants(_ablationValues.Heads(node.Layer, kept), null, _slots),
                _ablationValues.Z(node.Layer), _slots, residMid);
        _pass.AddMlp(node.Layer, residMid, candidate.Mlps[node.Layer], _session!.Outputs, constants, _context.Scratch);
        for (var layer = node.Layer + 1; layer < _live.Mlps.Length; layer++)
            _pass.Layer(layer, _context.Scratch, candidate, demand, Constants(layer, candidate, mlpTables), _context.Scratch);
        return _metric.Measure(_context.Scratch);
    }

    /// <summary>The current circuit lost a node.</summary>
    public void Removed(NodeId node, LiveNodes live)
    {
        _live = live;
        Demand = Demand.Of(Rows, live, Rows.Ends);
        if (_session?.Layer != node.Layer) _session = null;
        _store.Changed(node.Layer);
    }

    /// <summary>The current circuit is another one altogether: only the embedding stays.</summary>
    public void Moved(LiveNodes live)
    {
        (_live, _session) = (live, null);
        Demand = Demand.Of(Rows, live, Rows.Ends);
        _store.Changed(0);
    }

    public void Dispose()
    {
        _store.Dispose();
        _metric.Dispose();
        _slots.Dispose();
        _z.Dispose();
        _residMid.Dispose();
        Rows.Dispose();
    }

    private void Enter(int layer)
    {
        // On the way back down, entries above were passed: what their removals freed is not needed until the next way up.
        if (layer < _lastLayer) _store.ReleaseFree();
        _lastLayer = layer;
        _session = new LayerSession(_pass, layer, () => _store.Get(layer), _live, Demand, _z, _residMid);
    }

    private void Advance(int layer, DeviceBuffer residPre, DeviceBuffer residPost)
    {
        var mlpTables = _mlpTables(wanted => wanted == layer && !_live.Mlps[layer]);
        _pass.Layer(layer, residPre, _live, Demand, Constants(layer, _live, mlpTables), residPost);
    }

    /// <summary>A layer's heads are the current circuit's: a candidate's own head goes by the rank-dHead update.</summary>
    private LayerConstants Constants(int layer, LiveNodes live, DeviceBuffer?[] mlpTables) =>
        new(_ablationValues.Heads(layer, _live.Heads[layer]), live.Mlps[layer] ? null : mlpTables[layer], _slots);
}

/// <summary>Prompts that one run scores.</summary>
/// <param name="Prompts">The prompts.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Slots">A row's slot in the tables of ablated nodes, [row].</param>
internal sealed record ScoredPrompts(PromptSet Prompts, DeviceRows Rows, int[] Slots);
