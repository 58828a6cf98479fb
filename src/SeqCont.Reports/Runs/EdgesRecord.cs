using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>One edge as edges.json has it.</summary>
/// <param name="Edge">The edge.</param>
/// <param name="Metric">Mean logit difference with this one edge patched; null where it was not scored.</param>
/// <param name="Ratio">The metric over the full model's, 1 = full model; null where it was not scored.</param>
/// <param name="Kept">Whether the edge is part of the result.</param>
public readonly record struct ScoredEdge(Edge Edge, double? Metric, double? Ratio, bool Kept);

/// <summary>What edges.json says.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Search">Its settings. The circuit is the result's: nodes that were pruned for want of a way to the output are
/// gone.</param>
/// <param name="FullMetric">The full model's mean logit difference.</param>
/// <param name="CircuitMetric">The unpatched circuit's mean logit difference.</param>
/// <param name="FinalMetric">Mean logit difference of the kept edges as a whole.</param>
/// <param name="Edges">Every edge that was tested, in the search's order.</param>
public sealed record EdgesRecord(
    string Model, EdgePruningConfig Search, double FullMetric, double CircuitMetric, double FinalMetric, IReadOnlyList<ScoredEdge> Edges)
{
    /// <summary>The unpatched circuit's ratio to the full model.</summary>
    public double CircuitRatio => CircuitMetric / FullMetric;

    /// <summary>Its ratio to the full model.</summary>
    public double FinalRatio => FinalMetric / FullMetric;

    /// <summary>Kept edges.</summary>
    public IEnumerable<Edge> Kept => Edges.Where(edge => edge.Kept).Select(edge => edge.Edge);
}
