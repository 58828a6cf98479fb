using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Answers, for one current circuit and its neighbours, what is left of the model's answer: the logit
/// difference of every prompt when everything outside the circuit is ablated. Keeps what candidates share
/// (means, stored prefixes, a layer's z), so that a candidate costs what changes.
/// </summary>
public sealed class CircuitScorer : IDisposable
{
    private readonly Gpt2Model _model;
    private readonly IReadOnlyList<int[]> _batches;
    private readonly CleanRun[] _runs;
    private readonly DeviceRows? _corrupted;
    private readonly Workspace _work;
    private readonly AblationValues _ablationValues;
    private readonly HeadTables _headTables;
    private readonly CircuitMlpMeans? _mlpMeans;
    private readonly DeviceBuffer _scratch;
    private LiveNodes _live;

    /// <summary>Measures what ablated nodes are replaced by, and stands ready at <paramref name="start"/>.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that ablated nodes take their values from.</param>
    /// <param name="ablation">How nodes are ablated.</param>
    /// <param name="start">The circuit to start from.</param>
    /// <param name="memory">Bytes to stay below, as predicted by <see cref="MemoryPlan"/>; null for all that is useful.</param>
    /// <param name="batches">Prompt numbers of parts that can be scored one by one, each prompt in one; null: one
    /// part of all. A prompt's result does not depend on it.</param>
    /// <exception cref="ArgumentException">The budget is below the least that the run needs.</exception>
    /// <exception cref="InvalidDataException">Prompts do not fit the ablation: pairs are missing or of unequal
    /// length, or a prompt is longer than every corrupted prompt.</exception>
    public CircuitScorer(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, AblationConfig ablation, Circuit start, long? memory = null,
        IReadOnlyList<int[]>? batches = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(corrupted);
        ArgumentNullException.ThrowIfNull(ablation);
        ArgumentNullException.ThrowIfNull(start);
        RequirePairs(clean, corrupted, ablation.Kind);
        _model = model;
        _batches = batches ?? [[.. Enumerable.Range(0, clean.Count)]];
        Current = start;
        _live = start.Live;
        var (ops, config, resample) = (model.Ops, model.Config, ablation.Kind == AblationKind.Resample);
        var parts = _batches.Select(clean.Select).ToArray();
        var forests = parts.Select((part, i) => RowForest.Build(part.Tokens, resample ? corrupted.Select(_batches[i]).Tokens : null))
            .ToArray();
        var corruptedForest = ablation.Kind == AblationKind.Zero ? null : RowForest.Build(corrupted.Tokens);
        Memory = MemoryPlan.For(config, ops, forests, corruptedForest, ablation, memory);
        CleanRows = forests.Sum(forest => forest.Count);
        var largest = Math.Max(forests.Max(forest => forest.Count), corruptedForest?.Count ?? 0);
        _work = new Workspace(ops, config, largest, Memory.BlockRows);
        _scratch = ops.Allocate((long)largest * config.DModel);
        var rows = forests.Select(forest => new DeviceRows(ops, forest)).ToArray();
        var corruptedPass = (ForwardPass?)null;
        if (corruptedForest is null) _ablationValues = AblationValues.Zero(model);
        else
        {
            _corrupted = new DeviceRows(ops, corruptedForest);
            corruptedPass = new ForwardPass(model, _corrupted, _work);
            Demand[] demands = [.. rows.Select(part => Demand.Of(part, LiveNodes.All(config), part.Ends))];
            _ablationValues = AblationValues.Measure(model, layer => ReadOf(rows, demands, layer), _corrupted, corruptedPass, _scratch,
                ablation.Kind);
        }

        _headTables = new HeadTables(model, _ablationValues);
        _runs = [.. parts.Select(
            (part, i) => new CleanRun(model, rows[i], part, _work, _scratch, _ablationValues,
                _ablationValues.SlotsOf(forests[i], corruptedForest, _batches[i]), _headTables, MlpTables, Memory.CleanPrefixes, _live))];
        if (corruptedPass is null || !ablation.MeansFollowCircuit) return;
        _mlpMeans = new CircuitMlpMeans(model, ReadAt, _corrupted!, corruptedPass, _headTables, _ablationValues, _scratch,
            Memory.CorruptedPrefixes, start);
        _mlpMeans.SeedFromUnablated();
    }

    /// <summary>The circuit whose neighbours are scored.</summary>
    public Circuit Current { get; private set; }

    /// <summary>What the run was predicted to need.</summary>
    public MemoryPlan Memory { get; }

    /// <summary>Rows of the clean prompts.</summary>
    public int CleanRows { get; }

    /// <summary>The current circuit's logit difference on each prompt, in file order, by the canonical route.</summary>
    public double[] ScoreCurrent() => InFileOrder(run => run.ScoreCurrent());

    /// <summary>The token with the largest logit after each prompt under the current circuit, in file order.</summary>
    public int[] TopPredictions()
    {
        // The unembedding takes as much room as some prefixes; neither is needed while the other is used.
        _mlpMeans?.ReleasePrefixes();
        var top = InFileOrder(run => run.TopPredictions());
        _model.ReleaseUnembedding();
        return top;
    }

    /// <summary>The logit difference on each prompt when the current circuit loses one node, in file order.</summary>
    /// <param name="node">A node of the current circuit.</param>
    public double[] ScoreWithout(NodeId node)
    {
        var parts = BatchesWithout(node).ToArray();
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
        foreach (var run in _runs) yield return run.ScoreWithout(node, candidate, mlpTables);
    }

    /// <summary>Takes a node out of the current circuit.</summary>
    public void Remove(NodeId node)
    {
        Current = Current.Without(node);
        _live = Current.Live;
        foreach (var run in _runs) run.Removed(node, _live);
        _mlpMeans?.Removed(node, Current);
    }

    /// <summary>Goes to any other circuit; what was measured in the unablated model stays.</summary>
    internal void MoveTo(Circuit circuit)
    {
        Current = circuit;
        _live = circuit.Live;
        foreach (var run in _runs) run.Moved(_live);
        _mlpMeans?.Moved(circuit);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var run in _runs) run.Dispose();
        _mlpMeans?.Dispose();
        _headTables.Dispose();
        _ablationValues.Dispose();
        _scratch.Dispose();
        _work.Dispose();
        _corrupted?.Dispose();
    }

    internal static void RequirePairs(PromptSet clean, PromptSet corrupted, AblationKind kind, string pairing = "resample ablation")
    {
        if (kind == AblationKind.Resample && clean.Count != corrupted.Count)
            throw new InvalidDataException(
                $"{pairing} pairs prompts, but there are {clean.Count} clean and {corrupted.Count} corrupted ones.");
        var longest = corrupted.Tokens.Max(tokens => tokens.Length);
        for (var i = 0; i < clean.Count; i++)
        {
            var length = clean.Tokens[i].Length;
            if (kind == AblationKind.Mean && length > longest)
                throw new InvalidDataException(
                    $"{clean.Source}: prompt {i + 1} has {length} tokens, but no corrupted prompt has more than {longest}, so there is "
                        + $"no mean at its last positions.");
            if (kind == AblationKind.Resample && length != corrupted.Tokens[i].Length)
                throw new InvalidDataException(
                    $"{clean.Source}: prompt {i + 1} has {length} tokens and its corrupted partner {corrupted.Tokens[i].Length}; "
                        + $"{pairing} pairs them token by token.");
        }
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
        _mlpMeans is not null ? _mlpMeans.OfCurrent(wanted) : [.. Enumerable.Range(0, _model.Config.NLayers)
            .Select(_ablationValues.MlpOut)];

    private RowSet ReadAt(int layer) => ReadOf([.. _runs.Select(run => run.Rows)], [.. _runs.Select(run => run.Demand)], layer);

    /// <summary>Corrupted rows at the positions that clean runs read of a layer.</summary>
    private RowSet ReadOf(DeviceRows[] clean, Demand[] demands, int layer) =>
        clean.Zip(demands).Aggregate(_corrupted!.None, (read, part) =>
            _corrupted.Union(read, _corrupted.AtPositionsOf(part.First, part.Second.Outputs(layer))));
}
