namespace SeqCont.Circuits;

/// <summary>What two circuits have in common. Jaccard: shared over all that either has, from 0 to 1; two empty sets are alike, 1.</summary>
/// <param name="Nodes">Shared nodes: heads, then MLPs, by layer.</param>
/// <param name="NodeJaccard">Of the nodes.</param>
/// <param name="Edges">Shared kept edges, in the first circuit's order; null unless both have edges.</param>
/// <param name="EdgeJaccard">Of the kept edges; null unless both have edges.</param>
public sealed record SharedParts(IReadOnlyList<NodeId> Nodes, double NodeJaccard, IReadOnlyList<Edge>? Edges, double? EdgeJaccard);

/// <summary>What circuits share, two by two and all together.</summary>
public static class CircuitOverlap
{
    /// <summary>What two circuits share.</summary>
    public static SharedParts Of(ComparedCircuit first, ComparedCircuit second)
    {
        var nodes = InAll([first, second]);
        var edges = EdgesInAll([first, second]);
        return new SharedParts(
            nodes, Jaccard(nodes.Count, first.Circuit.Count, second.Circuit.Count),
            edges, edges is null ? null : Jaccard(edges.Count, Kept(first).Count, Kept(second).Count));
    }

    /// <summary>Nodes of every circuit: heads, then MLPs, by layer.</summary>
    /// <param name="circuits">At least one.</param>
    public static IReadOnlyList<NodeId> InAll(IReadOnlyList<ComparedCircuit> circuits) =>
        [.. circuits[0].Circuit.Nodes.Where(node => circuits.All(circuit => circuit.Circuit.Contains(node)))];

    /// <summary>Kept edges of every circuit, in the first one's order; null unless all have edges.</summary>
    /// <param name="circuits">At least one.</param>
    public static IReadOnlyList<Edge>? EdgesInAll(IReadOnlyList<ComparedCircuit> circuits)
    {
        if (circuits.Any(circuit => circuit.Edges is null)) return null;
        HashSet<Edge>[] sets = [.. circuits.Select(Kept)];
        return [.. circuits[0].Edges!.Kept.Distinct().Where(edge => sets.All(set => set.Contains(edge)))];
    }

    private static HashSet<Edge> Kept(ComparedCircuit circuit) => [.. circuit.Edges!.Kept];

    private static double Jaccard(int shared, int first, int second) =>
        first + second == 0 ? 1 : shared / (double)(first + second - shared);
}
