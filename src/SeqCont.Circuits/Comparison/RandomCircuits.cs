namespace SeqCont.Circuits;

/// <summary>
/// Circuits of a given size drawn at random: what a circuit found by a search is worth more than. Every choice of
/// that many heads and that many MLPs is equally likely; draws are independent, so one may come twice.
/// </summary>
internal static class RandomCircuits
{
    // Apart from the streams that prompts are drawn from.
    private const int FirstStream = 1 << 20;

    /// <summary>Draws circuits. A seed and a size give the same ones everywhere; fewer are the first of more.</summary>
    /// <param name="space">The model's nodes.</param>
    /// <param name="heads">Heads that each keeps.</param>
    /// <param name="mlps">MLPs that each keeps.</param>
    /// <param name="count">How many circuits.</param>
    /// <param name="seed">Chooses the nodes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative, or the model has fewer nodes.</exception>
    public static IReadOnlyList<Circuit> Draw(NodeSpace space, int heads, int mlps, int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(heads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(heads, space.NLayers * space.NHeads);
        ArgumentOutOfRangeException.ThrowIfNegative(mlps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mlps, space.NLayers);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var draws = new SplitMix64(seed, FirstStream + heads * (space.NLayers + 1) + mlps);
        var nodes = space.Nodes.ToLookup(node => node.Kind);
        NodeId[] allHeads = [.. nodes[NodeKind.Head]], allMlps = [.. nodes[NodeKind.Mlp]];
        Circuit Next() => Circuit.Of(space, [.. draws.Choose(allHeads, heads), .. draws.Choose(allMlps, mlps)]);
        return [.. Enumerable.Range(0, count).Select(_ => Next())];
    }
}
