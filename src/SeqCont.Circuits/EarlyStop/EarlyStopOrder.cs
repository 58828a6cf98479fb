namespace SeqCont.Circuits;

/// <summary>The order in which an early-stopping search visits prompts.</summary>
internal static class EarlyStopOrder
{
    /// <summary>Draws an order, every one equally likely (Fisher and Yates); the same on every platform and version.</summary>
    /// <param name="count">Prompts in the set.</param>
    /// <param name="seed">The user's seed.</param>
    /// <returns>Prompt indices, [visit].</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static int[] Shuffle(int count, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Shuffle(count, new SplitMix64(seed, Stream));
    }

    /// <summary>Which of the seed's streams: prompts and controls drawn with the same seed come from others.</summary>
    private const int Stream = 0x5709;

    internal static int[] Shuffle(int count, SplitMix64 random)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var left = count; left > 1; left--)
        {
            var chosen = random.Next(left);
            (order[left - 1], order[chosen]) = (order[chosen], order[left - 1]);
        }

        return order;
    }
}
