using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>Heatmaps of single-node effects and of OV scores.</summary>
internal static class NodePictures
{
    /// <summary>What the score loses when one node goes.</summary>
    /// <param name="effects">One node each.</param>
    /// <param name="nodes">The model's nodes.</param>
    /// <param name="label">Names the run.</param>
    public static HeadHeatmap Each(IReadOnlyList<NodeEffect> effects, NodeSpace nodes, string label) => new()
    {
        Title = $"Single nodes of {label}: percent points of the score lost without each",
        Nodes = nodes,
        Cells = [.. effects.Select(effect => new NodeCell(effect.Node, 100 - 100 * effect.Faithfulness, Invariant(
            $"{effect.Node}\nscore without it {100 * effect.Faithfulness:0.00} %\n"
            + $"logit difference {effect.LogitDiff.Mean:0.000} ± {effect.LogitDiff.StandardError:0.000}")))],
        Unit = "percent points lost",
        NegativeUnit = effects.Any(effect => effect.Faithfulness > 1.0005) ? "gained" : null,
        IsRoot = true,
    };

    /// <summary>The copy or next score of every head.</summary>
    /// <param name="scores">All heads' scores.</param>
    /// <param name="nodes">The model's nodes.</param>
    /// <param name="heading">Which score.</param>
    /// <param name="label">Names the run.</param>
    /// <param name="of">The score.</param>
    public static HeadHeatmap Ov(OvHeadScores scores, NodeSpace nodes, string heading, string label, Func<OvHeadScore, double> of) => new()
    {
        Title = $"OV scores of {label}: {heading}",
        Heading = heading,
        Nodes = nodes,
        Cells = [.. scores.Heads.Select(head => new NodeCell(head.Head, of(head), Invariant(
            $"{head.Head}\ncopy {head.Copy:0.0} %, next {head.Next:0.0} %\n"
            + $"negative copy {head.NegativeCopy:0.0} %, negative next {head.NegativeNext:0.0} %")))],
        Unit = $"% of members among the top {scores.TopK}",
        Most = 100,
        Digits = 0,
    };
}
