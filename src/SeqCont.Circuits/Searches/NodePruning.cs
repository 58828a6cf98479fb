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
    /// <exception cref="InvalidDataException">The full model's mean metric is not positive.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was reported stands.</exception>
    public static NodePruningResult Run(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, NodePruningConfig config, IProgress<SearchProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(clean);
        var start = config.Start ?? Circuit.Full(model.Config);
        var earlyStop = config.EarlyStop is { } alpha ? new EarlyStopping(alpha, clean.Count, config.Seed) : null;
        using var scorer = new NodeScorer(
            model, clean, corrupted, config.Ablation, start, config.Memory, earlyStop?.Batches, config.Metric);
        var faithfulness = Faithfulness.Measure(model, clean, config.Metric, scorer);
        cancellationToken.ThrowIfCancellationRequested();
        earlyStop?.Begin(scorer, faithfulness, config.MinFaithfulness);
        var search = new NodeSearch(scorer, start, faithfulness, config, earlyStop, progress, cancellationToken);
        search.RunToConvergence();
        var final = scorer.Answers();
        var lastRemoved = search.Trace.LastOrDefault(decision => decision.Removed);
        return new NodePruningResult(
            Circuit: scorer.Current,
            Faithfulness: lastRemoved?.Prompts == clean.Count ? lastRemoved.Faithfulness : faithfulness.Of(final.Mean),
            Full: faithfulness.Full, Final: final, Trace: search.Trace, Memory: scorer.Memory, CleanRows: scorer.CleanRows);
    }

    /// <summary>The nodes of a circuit in the order in which a pass tries them.</summary>
    internal static IEnumerable<NodeId> Order(Circuit circuit, SweepDirection direction)
    {
        var layers = Enumerable.Range(0, circuit.Space.NLayers);
        foreach (var layer in direction == SweepDirection.Backward ? layers.Reverse() : layers)
        {
            var heads = circuit.HeadsOf(layer).Select(head => new NodeId(layer, head));
            var mlp = new[] { NodeId.Mlp(layer) }.Where(circuit.Contains);
            foreach (var node in direction == SweepDirection.Backward ? mlp.Concat(heads) : heads.Concat(mlp)) yield return node;
        }
    }
}
