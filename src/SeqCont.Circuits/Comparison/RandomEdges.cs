namespace SeqCont.Circuits;

/// <summary>
/// Edge sets of a given size drawn at random among given edges: what a set found by a search is worth more than.
/// Every choice of that many edges is equally likely; draws are independent, so one may come twice.
/// </summary>
internal static class RandomEdges
{
    // Apart from the streams that prompts and circuits are drawn from.
    private const int FirstStream = 1 << 24;

    /// <summary>Draws edge sets. A seed, edges and a size give the same ones everywhere; fewer are the first of more.</summary>
    /// <param name="edges">The edges to choose from.</param>
    /// <param name="size">Edges in each set.</param>
    /// <param name="count">How many sets.</param>
    /// <param name="seed">Chooses the edges.</param>
    /// <returns>[set][edge], each set in the edges' order.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or there are fewer edges.</exception>
    public static IReadOnlyList<IReadOnlyList<Edge>> Draw(IReadOnlyList<Edge> edges, int size, int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, edges.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var draws = new SplitMix64(seed, FirstStream + size);
        int[] places = [.. Enumerable.Range(0, edges.Count)];
        IReadOnlyList<Edge> Set() => [.. draws.Choose(places, size).Order().Select(place => edges[place])];
        return [.. Enumerable.Range(0, count).Select(_ => Set())];
    }
}
