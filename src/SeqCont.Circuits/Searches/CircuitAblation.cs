using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What one circuit keeps of the full model's answer.</summary>
/// <param name="Circuit">The circuit.</param>
/// <param name="Faithfulness">The metric's mean over the full model's; 1 = full model.</param>
/// <param name="Full">The full model on each prompt.</param>
/// <param name="Answers">The circuit on each prompt.</param>
/// <param name="PredictedBytes">Peak memory as predicted before the run, in bytes.</param>
public sealed record CircuitScore(Circuit Circuit, double Faithfulness, CircuitAnswers Full, CircuitAnswers Answers, long PredictedBytes);

/// <summary>What is left when one node of a circuit goes.</summary>
/// <param name="Node">The node that went.</param>
/// <param name="Metric">Over prompts.</param>
/// <param name="Faithfulness">The metric's mean over the full model's; 1 = full model.</param>
public sealed record NodeEffect(NodeId Node, PromptMean Metric, double Faithfulness);

/// <summary>Scores given circuits: nothing is searched.</summary>
public static class CircuitAblation
{
    /// <summary>Scores one circuit, everything outside it ablated.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that ablated nodes take their values from.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="ablation">How nodes are ablated.</param>
    /// <param name="memory">Bytes to stay below; null for a share of the machine's.</param>
    /// <param name="metric">What is asked of the answers; null for the logit difference.</param>
    /// <exception cref="InvalidDataException">The full model's mean is not positive.</exception>
    public static CircuitScore Score(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, Circuit circuit, AblationConfig ablation, long? memory = null,
        IMetric? metric = null) => Score(model, clean, corrupted, circuit, ablation, memory, metric, []).Whole;

    /// <summary>Scores a circuit less each of its nodes, one at a time, layer by layer: heads, then the MLP.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that ablated nodes take their values from.</param>
    /// <param name="circuit">The circuit; the whole model for the study's single-node ablations.</param>
    /// <param name="ablation">How nodes are ablated.</param>
    /// <param name="memory">Bytes to stay below; null for a share of the machine's.</param>
    /// <param name="progress">Told of every node.</param>
    /// <param name="metric">What is asked of the answers; null for the logit difference.</param>
    /// <param name="cancellationToken">Checked between nodes.</param>
    /// <exception cref="InvalidDataException">The full model's mean is not positive.</exception>
    public static (CircuitScore Whole, IReadOnlyList<NodeEffect> Effects) ScoreEach(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, Circuit circuit, AblationConfig ablation, long? memory = null,
        IProgress<NodeEffect>? progress = null, IMetric? metric = null, CancellationToken cancellationToken = default) =>
        Score(
            model, clean, corrupted, circuit, ablation, memory, metric, NodePruning.Order(circuit, SweepDirection.Forward), progress,
            cancellationToken);

    private static (CircuitScore Whole, IReadOnlyList<NodeEffect> Effects) Score(
        Gpt2Model model, PromptSet clean, PromptSet corrupted, Circuit circuit, AblationConfig ablation, long? memory,
        IMetric? metric, IEnumerable<NodeId> nodes, IProgress<NodeEffect>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(circuit);
        metric ??= LogitDifference.Instance;
        using var scorer = new NodeScorer(model, clean, corrupted, ablation, circuit, memory, metric: metric);
        var faithfulness = Faithfulness.Measure(model, clean, metric, scorer);
        var answers = scorer.Answers();
        var effects = new List<NodeEffect>();
        foreach (var node in nodes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var mean = PromptMean.Of(scorer.ScoreWithout(node));
            effects.Add(new NodeEffect(node, mean, faithfulness.Of(mean)));
            progress?.Report(effects[^1]);
        }

        var whole = new CircuitScore(
            Circuit: circuit, Faithfulness: faithfulness.Of(answers.Mean), Full: faithfulness.Full, Answers: answers,
            PredictedBytes: scorer.Memory.PredictedBytes);
        return (whole, effects);
    }
}
