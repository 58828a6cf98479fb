using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Iterative node pruning (Lan, Torr, Barez, arXiv 2311.04131): candidates are the current circuit less one
/// node; a node goes when what is left stays above the threshold, at once. Backward and forward passes
/// alternate until one removes nothing.
/// </summary>
public static class NodePruning
{
    /// <summary>Runs the search.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that ablated nodes take their values from.</param>
    /// <param name="config">Settings.</param>
    /// <param name="progress">Told of every decision, synchronously, before the next candidate starts.</param>
    /// <param name="cancellationToken">Checked between candidates.</param>
    /// <exception cref="InvalidDataException">The full model's mean logit difference is not positive.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was reported stands.</exception>
    public static NodePruningResult Run(Gpt2Model model, PromptSet clean, PromptSet corrupted, NodePruningConfig config, IProgress<SearchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(config);
        var start = config.Start ?? Circuit.Full(model.Config);
        using var scorer = new CircuitScorer(model, clean, corrupted, config.Ablation, start, config.Memory);
        var full = FullModel.Measure(model, clean, scorer);
        cancellationToken.ThrowIfCancellationRequested();
        var search = new Search(scorer, full.Mean.Mean, config, progress, cancellationToken);
        search.UntilNothingGoes();
        var final = new CircuitAnswers(scorer.ScoreCurrent(), scorer.TopPredictions());
        return new NodePruningResult
        {
            Circuit = scorer.Current,
            Faithfulness = search.Trace.LastOrDefault(decision => decision.Removed)?.Faithfulness ?? final.Mean.Mean / full.Mean.Mean,
            Full = full,
            Final = final,
            Trace = search.Trace,
            Memory = scorer.Memory,
            CleanRows = scorer.CleanRows,
        };
    }

    /// <summary>The nodes of a circuit in the order in which a pass tries them.</summary>
    internal static IEnumerable<NodeId> Order(Circuit circuit, SweepDirection direction)
    {
        var layers = Enumerable.Range(0, circuit.NLayers);
        foreach (var layer in direction == SweepDirection.Backward ? layers.Reverse() : layers)
        {
            var heads = circuit.HeadsOf(layer).Select(head => new NodeId(layer, head));
            var mlp = new[] { NodeId.Mlp(layer) }.Where(circuit.Contains);
            foreach (var node in direction == SweepDirection.Backward ? mlp.Concat(heads) : heads.Concat(mlp)) yield return node;
        }
    }

    private sealed class Search(CircuitScorer scorer, double fullMean, NodePruningConfig config, IProgress<SearchProgress>? progress, CancellationToken cancellationToken)
    {
        private readonly Dictionary<Circuit, MeanLogitDiff> _scored = [];

        public List<NodeDecision> Trace { get; } = [];

        public void UntilNothingGoes()
        {
            for (var iteration = 1; Pass(iteration, SweepDirection.Backward) && Pass(iteration, SweepDirection.Forward) && !config.OneIteration; iteration++)
            {
            }
        }

        /// <summary>One pass; false when it removed nothing.</summary>
        private bool Pass(int iteration, SweepDirection direction)
        {
            NodeId[] candidates = [.. Order(scorer.Current, direction)];
            var removedAny = false;
            for (var i = 0; i < candidates.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Trace.Count == config.Replay?.Count) return false;
                var node = candidates[i];
                var logitDiff = Score(node);
                var faithfulness = logitDiff.Mean / fullMean;
                var removed = config.Replay is null ? faithfulness > config.MinFaithfulness : Replayed(config.Replay[Trace.Count], node);
                if (removed) scorer.Remove(node);
                removedAny |= removed;
                var decision = new NodeDecision(Trace.Count + 1, iteration, direction, node, logitDiff, faithfulness, removed);
                Trace.Add(decision);
                progress?.Report(new SearchProgress(decision, scorer.Current, candidates.Length - i - 1));
            }

            return removedAny;
        }

        private bool Replayed(ReplayedDecision verdict, NodeId node) =>
            verdict.Node == node ? verdict.Removed : throw new InvalidDataException($"replay: decision {Trace.Count + 1} is about {verdict.Node}, but the search asks about {node}.");

        /// <summary>Passes ask again about circuits already scored: the answer is remembered.</summary>
        private MeanLogitDiff Score(NodeId node)
        {
            var candidate = scorer.Current.Without(node);
            if (!_scored.TryGetValue(candidate, out var logitDiff)) _scored[candidate] = logitDiff = MeanLogitDiff.Of(scorer.ScoreWithout(node));
            return logitDiff;
        }
    }
}
