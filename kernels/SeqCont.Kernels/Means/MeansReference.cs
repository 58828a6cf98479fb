namespace SeqCont.Kernels.Means;

/// <summary>Weighted sums per slot, in double precision, from which positional means are made.</summary>
public static class MeansReference
{
    /// <summary>sums += weight * values.</summary>
    /// <param name="values">[width].</param>
    /// <param name="weight">How many prompts the row stands for.</param>
    /// <param name="sums">The slot's sums, [width].</param>
    public static void Accumulate(ReadOnlySpan<double> values, int weight, Span<double> sums)
    {
        for (var i = 0; i < sums.Length; i++) sums[i] += weight * values[i];
    }

    /// <summary>means = sums / count, or 0 where the count is 0.</summary>
    /// <param name="sums">[width].</param>
    /// <param name="count">Prompts behind the sums.</param>
    /// <param name="means">Destination, [width].</param>
    public static void Average(ReadOnlySpan<double> sums, long count, Span<double> means)
    {
        for (var i = 0; i < means.Length; i++) means[i] = count == 0 ? 0 : sums[i] / count;
    }
}
