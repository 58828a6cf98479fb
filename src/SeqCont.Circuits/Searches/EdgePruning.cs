using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Edge pruning by path patching inside a circuit (Lan, Torr, Barez, arXiv 2311.04131; direct edges as in ACDC, Conmy et
/// al., arXiv 2304.14997): every edge is patched alone, with everything outside the circuit ablated; one whose patch
/// costs enough of the model's answer is kept. Removals never accumulate; the kept set is scored as a whole at the end.
/// </summary>
public static class EdgePruning
{
    /// <summary>Runs the search.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that patches and ablated nodes take their values from.</param>
    /// <param name="config">Settings.</param>
    /// <param name="started">Told, before the first edge, of the full model's and the unpatched circuit's mean metric.</param>
    /// <param name="progress">Told of every decision, synchronously, before the next edge starts.</param>
    /// <param name="cancellationToken">Checked between edges.</param>
    /// <exception cref="ArgumentException">The memory budget is below what the run needs.</exception>
    /// <exception cref="InvalidDataException">The full model's mean metric is not positive, prompts do not fit,
    /// or the decisions to resume from are not this search's.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was reported stands.</exception>
    public static EdgePruningResult Run(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, EdgePruningConfig config,
        Action<PromptMean, PromptMean>? started = null, IProgress<EdgeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(corrupted);
        ArgumentNullException.ThrowIfNull(config);
        var faithfulness = Faithfulness.Measure(model, clean, config.Metric);
        CircuitAnswers unpatched;
        EdgeSearch search;
        long predicted;
        int rows;
        using (var scorer = new EdgeScorer(model, clean, corrupted, config))
        {
            cancellationToken.ThrowIfCancellationRequested();
            (unpatched, predicted, rows) = (scorer.Answers(), scorer.PredictedBytes, scorer.Rows);
            started?.Invoke(faithfulness.Full.Mean, unpatched.Mean);
            search = new EdgeSearch(config, faithfulness, faithfulness.Of(unpatched.Mean), progress, cancellationToken);
            search.Run(scorer);
        }

        var ratio = faithfulness.Of(unpatched.Mean);
        Edge[] kept = [.. search.Trace.Where(decision => decision.Kept).Select(decision => decision.Edge)];
        return new EdgePruningResult(
            Full: faithfulness.Full, Unpatched: unpatched, CircuitRatio: ratio, Trace: search.Trace,
            Final: Final(model, clean, corrupted, config, kept, faithfulness), PredictedBytes: predicted, Rows: rows,
            ThresholdAboveCircuit: config.MinDrop is null && ratio < config.Threshold);
    }

    /// <summary>Scores a set of edges as a whole (<see cref="EdgeSetScore"/> says what each receiver then reads).</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that patches and ablated nodes take their values from.</param>
    /// <param name="config">Circuit, ablation, patch; the rule and the decisions to resume from have no effect.</param>
    /// <param name="kept">Kept edges; all others of the config's graph carry patched values.</param>
    /// <exception cref="ArgumentException">The memory budget is below what the run needs.</exception>
    /// <exception cref="InvalidDataException">The full model's mean metric is not positive, or prompts do not fit.</exception>
    public static (CircuitAnswers Full, EdgeSetScore Score, long PredictedBytes) ScoreSet(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, EdgePruningConfig config, IReadOnlyList<Edge> kept)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(clean);
        ArgumentNullException.ThrowIfNull(corrupted);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(kept);
        var faithfulness = Faithfulness.Measure(model, clean, config.Metric);
        var (score, predictedBytes) = ScoreSet(model, clean, corrupted, config, kept, faithfulness);
        return (faithfulness.Full, score, predictedBytes);
    }

    private static (EdgeSetScore Score, long PredictedBytes) ScoreSet(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, EdgePruningConfig config, IReadOnlyList<Edge> kept,
        Faithfulness faithfulness)
    {
        using var scorer = new EdgeScorer(model, clean, corrupted, config);
        scorer.MoveTo(kept.ToHashSet());
        var answers = scorer.Answers();
        return (new EdgeSetScore(config.Circuit, kept, faithfulness.Of(answers.Mean), answers), scorer.PredictedBytes);
    }

    private static EdgeSetScore Final(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, EdgePruningConfig config, IReadOnlyList<Edge> kept,
        Faithfulness faithfulness)
    {
        if (config.PruneNodes)
        {
            config = config with { Circuit = Circuit.LeadingToOutput(model.Config, kept) };
            kept = [.. kept.Where(edge => edge.Receiver == NodeId.Logits || config.Circuit.Contains(edge.Receiver))];
        }

        return ScoreSet(model, clean, corrupted, config, kept, faithfulness).Score;
    }
}
