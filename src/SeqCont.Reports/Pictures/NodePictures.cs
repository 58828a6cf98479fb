using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>Heatmaps of single-node effects and of OV scores.</summary>
internal static class NodePictures
{
    /// <summary>What the score loses when one node goes.</summary>
    /// <param name="effects">One node each.</param>
    /// <param name="nodes">The model's nodes.</param>
    /// <param name="label">Names the run.</param>
    public static HeadHeatmap Each(IReadOnlyList<NodeEffect> effects, NodeSpace nodes, string label) => new(
        $"Single nodes of {label}: percent points of the score lost without each", nodes,
        [
            .. effects.Select(effect => new NodeCell(effect.Node, 100 - 100 * effect.Faithfulness, Markup.Lines(
                $"{effect.Node}", $"score without it {100 * effect.Faithfulness:0.00} %",
                $"logit difference {effect.Metric.Mean:0.000} ± {effect.Metric.StandardError:0.000}"))),
        ], "percent points lost", NegativeUnit: effects.Any(effect => effect.Faithfulness > 1.0005) ? "gained" : null, IsRoot: true);

    /// <summary>The copy or next score of every head.</summary>
    /// <param name="scores">All heads' scores.</param>
    /// <param name="nodes">The model's nodes.</param>
    /// <param name="heading">Which score.</param>
    /// <param name="label">Names the run.</param>
    /// <param name="of">The score.</param>
    public static HeadHeatmap Ov(OvHeadScores scores, NodeSpace nodes, string heading, string label, Func<OvHeadScore, double> of) => new(
        $"OV scores of {label}: {heading}", nodes,
        [
            .. scores.Heads.Select(head => new NodeCell(head.Head, of(head), Markup.Lines(
                $"{head.Head}", $"copy {head.Copy:0.0} %, next {head.Next:0.0} %",
                $"negative copy {head.NegativeCopy:0.0} %, negative next {head.NegativeNext:0.0} %"))),
        ], $"% of members among the top {scores.TopK}", heading, Most: 100, Digits: 0);
}
