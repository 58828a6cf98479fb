using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>One edge as edges.json has it.</summary>
/// <param name="Edge">The edge.</param>
/// <param name="Metric">Mean logit difference with this one edge patched; null where it was not scored.</param>
/// <param name="Ratio">The metric over the full model's, 1 = full model; null where it was not scored.</param>
/// <param name="Kept">Whether the edge is part of the result.</param>
public readonly record struct ScoredEdge(Edge Edge, double? Metric, double? Ratio, bool Kept);

/// <summary>What edges.json says.</summary>
public sealed record EdgesRecord
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Its settings. The circuit is the result's: nodes that were pruned for want of a way to the output are gone.</summary>
    public required EdgePruningConfig Search { get; init; }

    /// <summary>The full model's mean logit difference.</summary>
    public required double FullMetric { get; init; }

    /// <summary>The unpatched circuit's mean logit difference.</summary>
    public required double CircuitMetric { get; init; }

    /// <summary>The unpatched circuit's ratio to the full model.</summary>
    public double CircuitRatio => CircuitMetric / FullMetric;

    /// <summary>Mean logit difference of the kept edges as a whole.</summary>
    public required double FinalMetric { get; init; }

    /// <summary>Its ratio to the full model.</summary>
    public double FinalRatio => FinalMetric / FullMetric;

    /// <summary>Every edge that was tested, in the search's order.</summary>
    public required IReadOnlyList<ScoredEdge> Edges { get; init; }

    /// <summary>Kept edges.</summary>
    public IEnumerable<Edge> Kept => Edges.Where(edge => edge.Kept).Select(edge => edge.Edge);
}
