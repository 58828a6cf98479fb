using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Answers, for one current circuit and its neighbours, what is left of the model's answer: the logit
/// difference of every prompt when everything outside the circuit is ablated. Keeps what candidates share
/// (means, stored prefixes, a layer's z), so that a candidate costs what changes.
/// </summary>
internal sealed class NodeScorer : ICircuitScorer<NodeId>
{
    private readonly RunContext _context;
    private readonly IReadOnlyList<int[]> _batches;
    private readonly CleanRun[] _runs;
    private readonly AblationValues _ablationValues;
    private readonly CircuitMlpMeans? _mlpMeans;
    private readonly ScoreCheck _check;

    /// <summary>Measures what ablated nodes are replaced by, and stands ready at <paramref name="start"/>.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that ablated nodes take their values from.</param>
    /// <param name="ablation">How nodes are ablated.</param>
    /// <param name="start">The circuit to start from.</param>
    /// <param name="memory">Bytes to stay below, as predicted by <see cref="MemoryPlan"/>; null for all that is useful.</param>
    /// <param name="batches">Prompt numbers of parts that can be scored one by one, each prompt in one; null: one
    /// part of all. A prompt's result does not depend on it.</param>
    /// <param name="metric">What is asked of the answers; null for the logit difference.</param>
    /// <exception cref="ArgumentException">The budget is below the least that the run needs.</exception>
    /// <exception cref="InvalidDataException">Prompts do not fit the ablation: pairs are missing or of unequal
    /// length, or a prompt is longer than every corrupted prompt.</exception>
    public NodeScorer(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, AblationConfig ablation, Circuit start, long? memory = null,
        IReadOnlyList<int[]>? batches = null, IMetric? metric = null)
    {
        _batches = batches ?? [[.. Enumerable.Range(0, clean.Count)]];
        Current = start;
        _check = new ScoreCheck(model, metric ?? LogitDifference.Instance, clean, corrupted);
        Memory = MemoryPlan.For(model.Config, model.Ops, clean, corrupted, ablation, memory, batches);
        var forests = Memory.Clean;
        CleanRows = forests.Sum(forest => forest.Count);
        _context = new RunContext(
            model, forests.Max(forest => forest.Count), Memory.Corrupted, metric ?? LogitDifference.Instance, Memory.BlockRows);
        DeviceRows[] rows = [.. forests.Select(forest => new DeviceRows(model.Ops, forest))];
        (DeviceRows, Demand)[] whole = [.. rows.Select(part => (part, Demand.Of(part, LiveNodes.All(model.Config), part.Ends)))];
        _ablationValues = AblationValues.Measure(_context, ablation.Kind, layer => _context.ReadAt(layer, whole));
        _runs = [.. _batches.Select((batch, i) => new CleanRun(
            _context, _ablationValues,
            new ScoredPrompts(clean.Select(batch), rows[i], _ablationValues.SlotsOf(forests[i], Memory.Corrupted, batch)),
            MlpTables, Memory.CleanPrefixes, start.Live))];
        if (Memory.Corrupted is not null && ablation.MeansFollowCircuit)
            _mlpMeans = new CircuitMlpMeans(_context, _ablationValues,
                layer => _context.ReadAt(layer, _runs.Select(run => (run.Rows, run.Demand))), Memory.CorruptedPrefixes, start);
    }

    /// <summary>The circuit whose neighbours are scored.</summary>
    public Circuit Current { get; private set; }

    /// <summary>What the run was predicted to need.</summary>
    public MemoryPlan Memory { get; }

    /// <summary>Rows of the clean prompts.</summary>
    public int CleanRows { get; }

    /// <inheritdoc/>
    /// <remarks>By the canonical route: the same sums in the same order as a run from the embedding.</remarks>
    public double[] ScoreCurrent() => _check.Require(InFileOrder(run => run.ScoreCurrent()));

    /// <summary>The token with the largest logit after each prompt under the current circuit, in file order.</summary>
    public int[] TopPredictions()
    {
        // The unembedding takes as much room as some prefixes; neither is needed while the other is used.
        _mlpMeans?.ReleasePrefixes();
        var top = InFileOrder(run => run.TopPredictions());
        _context.Model.ReleaseUnembedding();
        return top;
    }

    /// <summary>What the current circuit answers.</summary>
    public CircuitAnswers Answers() => new(ScoreCurrent(), TopPredictions());

    /// <inheritdoc/>
    public double[] ScoreWithout(NodeId part)
    {
        var parts = BatchesWithout(part).ToArray();
        var batch = 0;
        return InFileOrder(_ => parts[batch++]);
    }

    /// <summary>The same, batch by batch and only as far as it is asked for; a batch's prompts in its order.</summary>
    /// <param name="node">A node of the current circuit.</param>
    public IEnumerable<double[]> BatchesWithout(NodeId node)
    {
        var candidate = Current.Without(node).Live;
        var mlpTables = node.IsMlp
            || _mlpMeans is null ? MlpTables(layer => layer >= node.Layer && !candidate.Mlps[layer]) : _mlpMeans.MeansWithoutHead(node);
        foreach (var (run, batch) in _runs.Zip(_batches))
            yield return _check.Require(run.ScoreWithout(node, candidate, mlpTables), node, batch);
    }

    /// <inheritdoc/>
    public void Commit(NodeId part)
    {
        Current = Current.Without(part);
        var live = Current.Live;
        foreach (var run in _runs) run.Removed(part, live);
        _mlpMeans?.Removed(part, Current);
    }

    /// <summary>Goes to any other circuit; what was measured in the unablated model stays.</summary>
    public void MoveTo(Circuit circuit)
    {
        Current = circuit;
        var live = Current.Live;
        foreach (var run in _runs) run.Moved(live);
        _mlpMeans?.Moved(circuit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var run in _runs) run.Dispose();
        _mlpMeans?.Dispose();
        _ablationValues.Dispose();
        _context.Dispose();
    }

    private T[] InFileOrder<T>(Func<CleanRun, T[]> score)
    {
        var all = new T[_batches.Sum(batch => batch.Length)];
        for (var part = 0; part < _runs.Length; part++)
        {
            var values = score(_runs[part]);
            for (var i = 0; i < values.Length; i++) all[_batches[part][i]] = values[i];
        }

        return all;
    }

    /// <summary>What stands for ablated MLPs under the current circuit's heads, [layer], where wanted.</summary>
    private DeviceBuffer?[] MlpTables(Func<int, bool> wanted) =>
        _mlpMeans is not null ? _mlpMeans.OfCurrent(wanted) : _context.ByLayer(DeviceBuffer? (layer) => _ablationValues.MlpOut(layer));
}
