using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Scores circuits on tasks, every circuit on every task, as the study's cross-task tables do (Lan, Torr, Barez,
/// arXiv 2311.04131), with random circuits and random edge sets of the same size as a control. A task's full model is measured once,
/// and what ablated nodes are replaced by once for every kind of ablation.
/// </summary>
public static class CircuitComparison
{
    /// <summary>Predicted peak memory, in bytes, over all that will be scored.</summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="ops">Backend.</param>
    /// <param name="circuits">Circuits.</param>
    /// <param name="tasks">Tasks.</param>
    /// <param name="memory">Bytes to stay below; null for a share of the machine's.</param>
    /// <exception cref="ArgumentException">The budget is below what a part needs.</exception>
    /// <exception cref="InvalidDataException">A task's prompts do not fit an ablation or a patch.</exception>
    public static long PredictBytes(
        ModelConfig config, IOps ops, IReadOnlyList<ComparedCircuit> circuits, IReadOnlyList<ComparedTask> tasks, long? memory = null)
    {
        ArgumentNullException.ThrowIfNull(circuits);
        ArgumentNullException.ThrowIfNull(tasks);
        return tasks.SelectMany(task => circuits.Select(circuit => circuit.Ablation).Distinct()
            .Select(ablation => MemoryPlan.For(config, ops, task.Clean, task.Corrupted, ablation, memory).PredictedBytes)
            .Concat(circuits.Select(circuit => circuit.Edges?.Config).OfType<EdgePruningConfig>().Select(search =>
                EdgeMemory.For(config, ops, task.Clean, task.Corrupted, search with { Memory = memory }).PredictedBytes)))
            .DefaultIfEmpty().Max();
    }

    /// <summary>Scores every circuit on every task.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="circuits">Circuits.</param>
    /// <param name="tasks">Tasks.</param>
    /// <param name="random">
    /// Random circuits for each size, and random edge sets for each circuit with edges; 0 for none. Circuits of one size share their random
    /// circuits.
    /// </param>
    /// <param name="seed">Draws them.</param>
    /// <param name="memory">Bytes to stay below; null for a share of the machine's.</param>
    /// <param name="progress">Told of every score.</param>
    /// <param name="cancellationToken">Checked between scores.</param>
    /// <exception cref="ArgumentException">The memory budget is below what the run needs.</exception>
    /// <exception cref="InvalidDataException">The full model's mean metric on a task is not positive, or prompts do not
    /// fit.</exception>
    public static CircuitComparisonResult Run(
        Gpt2Model model, IReadOnlyList<ComparedCircuit> circuits, IReadOnlyList<ComparedTask> tasks, int random, long seed,
        long? memory = null, IProgress<ComparisonProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(circuits);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentOutOfRangeException.ThrowIfNegative(random);
        var controls = circuits.Select(Size.Of)
            .Distinct().ToDictionary(size => size, size => RandomCircuits.Draw(model.Config, size.Heads, size.Mlps, random, seed));
        IReadOnlyList<Edge>[][] edgeSets = [.. circuits.Select(circuit => circuit.Edges is { } edges
            ? (IReadOnlyList<Edge>[])[edges.Kept, .. RandomEdges.Draw(edges.Config.Edges, edges.Kept.Count, random, seed)]
            : [])];
        var full = new List<PromptMean>();
        var scores = circuits.Select(_ => new ComparisonScore[tasks.Count]).ToArray();
        for (var column = 0; column < tasks.Count; column++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var run = new TaskRun(model, tasks[column], circuits, edgeSets, controls, memory, progress, cancellationToken);
            var ofTask = run.Score();
            full.Add(run.Full.Mean);
            for (var row = 0; row < circuits.Count; row++) scores[row][column] = ofTask[row];
        }

        return new CircuitComparisonResult(circuits, tasks, full, scores);
    }

    /// <summary>What random circuits have in common with a circuit.</summary>
    private readonly record struct Size(int Heads, int Mlps, AblationConfig Ablation)
    {
        public static Size Of(ComparedCircuit circuit) =>
            new(circuit.Circuit.Heads.Count(), circuit.Circuit.Mlps.Count(), circuit.Ablation);
    }

    /// <summary>One task's column. Edge sets come first: they and a scorer are never in memory together.</summary>
    private sealed class TaskRun(
        Gpt2Model model, ComparedTask task, IReadOnlyList<ComparedCircuit> circuits, IReadOnlyList<Edge>[][] edgeSets,
        IReadOnlyDictionary<Size, IReadOnlyList<Circuit>> controls, long? memory, IProgress<ComparisonProgress>? progress,
        CancellationToken cancellationToken)
    {
        private readonly Circuits.Faithfulness _faithfulness =
            Circuits.Faithfulness.Measure(model, task.Clean, LogitDifference.Instance);

        private int _left = circuits.Count + edgeSets.Sum(sets => sets.Length) + controls.Values.Sum(control => control.Count);

        public CircuitAnswers Full => _faithfulness.Full;

        public ComparisonScore[] Score()
        {
            PromptMean[][] edges = [
                .. circuits.Select((circuit, row) => circuit.Edges is { } set
                    ? ScoreEdges(circuit.Name, set.Config, edgeSets[row]) : [])];
            var (nodes, random) = (new PromptMean[circuits.Count], new Dictionary<Size, RandomControl>());
            foreach (var ablation in circuits.Select(circuit => circuit.Ablation).Distinct())
            {
                var rows = Enumerable.Range(0, circuits.Count).Where(row => circuits[row].Ablation == ablation).ToArray();
                using var scorer = new NodeScorer(model, task.Clean, task.Corrupted, ablation, circuits[rows[0]].Circuit, memory);
                foreach (var row in rows) nodes[row] = Score(scorer, circuits[row].Circuit, circuits[row].Name);
                foreach (var (size, control) in controls.Where(entry => entry.Key.Ablation == ablation && entry.Value.Count > 0))
                    random[size] = new RandomControl([.. control.Select(circuit => Faithfulness(Score(scorer, circuit, null)))]);
            }

            return [.. circuits.Select((circuit, row) =>
            {
                var whole = edges[row] is [var kept, ..] ? kept : nodes[row];
                return new ComparisonScore(
                    whole, Faithfulness(whole), Faithfulness(nodes[row]), random.GetValueOrDefault(Size.Of(circuit)),
                    edges[row] is [_, _, ..] ? new RandomControl([.. edges[row].Skip(1).Select(Faithfulness)]) : null);
            })];
        }

        private double Faithfulness(PromptMean mean) => _faithfulness.Of(mean);

        /// <summary>The kept edges' score, then the random sets'.</summary>
        private PromptMean[] ScoreEdges(string name, EdgePruningConfig config, IReadOnlyList<Edge>[] sets)
        {
            using var scorer = new EdgeScorer(model, task.Clean, task.Corrupted, config with { Memory = memory });
            return [.. sets.Select((set, i) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                scorer.MoveTo(set.ToHashSet());
                return ReportScore(PromptMean.Of(scorer.ScoreCurrent()), i == 0 ? name : null);
            })];
        }

        private PromptMean Score(NodeScorer scorer, Circuit circuit, string? name)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!scorer.Current.Equals(circuit)) scorer.MoveTo(circuit);
            return ReportScore(PromptMean.Of(scorer.ScoreCurrent()), name);
        }

        private PromptMean ReportScore(PromptMean mean, string? name)
        {
            progress?.Report(new ComparisonProgress(task.Name, name, Faithfulness(mean), --_left));
            return mean;
        }
    }
}
