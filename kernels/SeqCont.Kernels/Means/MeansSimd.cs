using System.Numerics;
using System.Runtime.InteropServices;

namespace SeqCont.Kernels.Means;

/// <summary>
/// Weighted sums of float32 rows in double precision, a vector at a time. One thread owns a range of columns and
/// takes the rows in their order, so a sum has the same bits whoever makes it.
/// </summary>
public static class MeansSimd
{
    /// <summary>sums += weight * values, over the length of sums.</summary>
    /// <param name="values">[width].</param>
    /// <param name="weight">How many prompts the row stands for.</param>
    /// <param name="sums">The slot's sums, [width].</param>
    public static void Accumulate(ReadOnlySpan<float> values, int weight, Span<double> sums)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, sums.Length);
        ref var x = ref MemoryMarshal.GetReference(values);
        ref var sum = ref MemoryMarshal.GetReference(sums);
        var half = (nuint)Vector<double>.Count;
        var i = 0;
        // A float32 times an integer below 2^29 is exact in double: fused or not, lane or tail, the bits agree.
        for (; i <= sums.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref x, (nuint)i), out var low, out var high);
            (Vector.LoadUnsafe(ref sum, (nuint)i) + low * weight).StoreUnsafe(ref sum, (nuint)i);
            (Vector.LoadUnsafe(ref sum, (nuint)i + half) + high * weight).StoreUnsafe(ref sum, (nuint)i + half);
        }

        for (; i < sums.Length; i++) sums[i] += (double)weight * values[i];
    }

    /// <summary>means = sums / count, or 0 where the count is 0, over the length of means.</summary>
    /// <param name="sums">[width].</param>
    /// <param name="count">Prompts behind the sums.</param>
    /// <param name="means">Destination, [width].</param>
    public static void Average(ReadOnlySpan<double> sums, long count, Span<float> means)
    {
        for (var i = 0; i < means.Length; i++) means[i] = count == 0 ? 0 : (float)(sums[i] / count);
    }
}
