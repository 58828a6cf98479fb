using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Answers, for one circuit of which some edges carry patched values, what is left of the model's answer, and what when one edge
/// more does. As long as all edges stand, edges in the order of their graph share a sweep up the layers.
/// </summary>
internal sealed class EdgeScorer : ICircuitScorer<Edge>
{
    private readonly EdgeContext _context;
    private readonly EdgePruningConfig _search;
    private readonly ScoreCheck _check;
    private readonly HashSet<Edge> _missing = [];
    private EdgeSweep? _sweep;
    private EdgeSetRun? _set;

    /// <summary>Measures what stands for the rest, and stands ready with every edge.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that patches and ablated nodes take their values from.</param>
    /// <param name="search">Circuit, ablation, patch and paths.</param>
    /// <exception cref="ArgumentException">The budget is below what the run needs.</exception>
    /// <exception cref="InvalidDataException">Prompts do not fit patch or ablation.</exception>
    public EdgeScorer(Gpt2Model model, PromptSet clean, PromptSet corrupted, EdgePruningConfig search)
    {
        (_context, _search) = (new EdgeContext(model, clean, corrupted, search), search);
        _check = new ScoreCheck(model, search.Metric, clean, corrupted);
    }

    /// <summary>What the run was predicted to need, in bytes.</summary>
    public long PredictedBytes => _context.PredictedBytes;

    /// <summary>Rows that the prompts are computed on.</summary>
    public int Rows => _context.Rows.Forest.Count;

    /// <inheritdoc/>
    public double[] ScoreCurrent() => _check.Require(_context.Measure(Current()));

    /// <summary>What the current set answers.</summary>
    public CircuitAnswers Answers()
    {
        var final = Current();
        return new CircuitAnswers(_check.Require(_context.Measure(final)), _context.TopPredictions(final));
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Edges are missing, and patches may take other ways than the edge itself: such
    /// patches are not made for more than one edge.</exception>
    public double[] ScoreWithout(Edge part)
    {
        if (_missing.Count > 0)
        {
            if (_search.Paths != EdgePaths.Strict)
                throw new InvalidOperationException("edges add up only where a patch takes the edge alone (strict paths).");
            var layer = part.Receiver.Layer;
            return _check.Require(_context.Measure(Set().Run(Missing(_missing), Missing([.. _missing, part]), layer)), part);
        }

        Release(ref _set);
        if (_sweep?.HasPassed(part) == true) Release(ref _sweep);
        return _check.Require((_sweep ??= new EdgeSweep(_context, _search.Only ?? _context.Edges)).Score(part), part);
    }

    /// <inheritdoc/>
    public void Commit(Edge part)
    {
        if (_missing.Add(part)) _set?.Changed(part.Receiver.Layer);
    }

    /// <summary>Goes to any other set of edges.</summary>
    /// <param name="kept">Kept edges; all others of the graph carry patched values.</param>
    public void MoveTo(IReadOnlySet<Edge> kept)
    {
        HashSet<Edge> missing = [.. _context.Edges.Where(edge => !kept.Contains(edge))];
        foreach (var edge in missing.Except(_missing).Concat(_missing.Except(missing))) _set?.Changed(edge.Receiver.Layer);
        _missing.Clear();
        _missing.UnionWith(missing);
    }

    /// <summary>About what patching one edge costs, in multiply-adds.</summary>
    public double Cost(NodeId receiver) => _context.Cost(receiver);

    /// <inheritdoc/>
    public void Dispose()
    {
        Release(ref _sweep);
        Release(ref _set);
        _context.Dispose();
    }

    /// <summary>The current set's final residual; holds until the scratch is used.</summary>
    private DeviceBuffer Current()
    {
        if (_missing.Count == 0) return _context.Unpatched();
        var missing = Missing(_missing);
        return Set().Run(missing, missing, int.MaxValue);
    }

    /// <summary>A sweep and a set's run are never in memory together.</summary>
    private EdgeSetRun Set()
    {
        Release(ref _sweep);
        return _set ??= new EdgeSetRun(_context);
    }

    /// <summary>Senders by receiver, in the graph's order.</summary>
    private ILookup<NodeId, NodeId> Missing(HashSet<Edge> missing) =>
        _context.Edges.Where(missing.Contains).ToLookup(edge => edge.Receiver, edge => edge.Sender);

    private static void Release<T>(ref T? run)
        where T : class, IDisposable
    {
        run?.Dispose();
        run = null;
    }
}
