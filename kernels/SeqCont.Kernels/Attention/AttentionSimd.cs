using System.Numerics;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Kernels.Attention;

/// <summary>
/// Causal attention of one float32 row and head over the row's ancestors. One thread owns a row; each ancestor's
/// key and value is read once. Every dot product adds in an order that only dHead sets, every sum over ancestors
/// runs from the first to the last.
/// </summary>
public static unsafe class AttentionSimd
{
    /// <summary>z = sum over ancestors of softmax(q . k / divisor) v.</summary>
    /// <param name="q">Query of the row and head, [dHead].</param>
    /// <param name="kv">[row, 2, head, dHead]: keys, then values.</param>
    /// <param name="chain">The row's ancestors, itself last, [position + 1].</param>
    /// <param name="head">Head number.</param>
    /// <param name="nHeads">Heads in a layer.</param>
    /// <param name="divisor">What scores are divided by: sqrt(dHead) in GPT-2.</param>
    /// <param name="scores">Scratch or result: scaled scores before the softmax, [position + 1].</param>
    /// <param name="pattern">Scratch or result: the softmax, [position + 1].</param>
    /// <param name="z">Destination, [dHead].</param>
    /// <exception cref="ArgumentException">An ancestor lies outside kv, or a destination is too short.</exception>
    public static void Apply(
        ReadOnlySpan<float> q, AlignedMemory<float> kv, ReadOnlySpan<int> chain, int head, int nHeads, float divisor,
        Span<float> scores, Span<float> pattern, Span<float> z)
    {
        var dHead = q.Length;
        var width = (long)nHeads * dHead;
        Require(kv, chain, width, Math.Min(scores.Length, pattern.Length), dHead, z.Length);
        var keys = kv.Pointer + (long)head * dHead;
        float largest = float.NegativeInfinity, smallest = float.PositiveInfinity;
        fixed (float* query = q)
        fixed (float* target = z)
        fixed (float* factors = pattern)
        {
            for (var p = 0; p < chain.Length; p++)
            {
                scores[p] = Dot(query, keys + chain[p] * (2 * width), dHead) / divisor;
                // A NaN may be passed over here; it comes back through its exponential.
                largest = float.MaxNative(largest, scores[p]);
                smallest = float.MinNative(smallest, scores[p]);
            }

            // A score that overflowed is not a small one: its weight would be zero, and nothing after it would show that it was lost.
            if (smallest == float.NegativeInfinity) largest = float.NaN;
            Softmax(scores[..chain.Length], largest, pattern[..chain.Length]);
            Mix(factors, keys + width, 2 * width, chain, dHead, target);
        }
    }

    private static void Require(AlignedMemory<float> kv, ReadOnlySpan<int> chain, long width, int length, int dHead, int zLength)
    {
        var rows = width == 0 ? 0 : kv.Length / (2 * width);
        foreach (var row in chain)
            if ((uint)row >= (ulong)rows) throw new ArgumentException($"chain: expected rows below {rows}, got {row}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(length, chain.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(zLength, dHead);
    }

    private static void Softmax(ReadOnlySpan<float> scores, float largest, Span<float> pattern)
    {
        var total = 0.0;
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        for (var p = 0; p < scores.Length; p += Vector<float>.Count)
        {
            // By vectors to the end, whatever stands in the last one's other lanes: an entry's bits do not depend on
            // the length of the chain.
            var count = Math.Min(Vector<float>.Count, scores.Length - p);
            scores.Slice(p, count).CopyTo(lanes);
            ExpSimd.Apply(new Vector<float>(lanes) - new Vector<float>(largest)).CopyTo(lanes);
            for (var i = 0; i < count; i++) total += pattern[p + i] = lanes[i];
        }

        var factor = (float)(1 / total);
        for (var p = 0; p < pattern.Length; p++) pattern[p] *= factor;
    }

    private static float Dot(float* a, float* b, int length)
    {
        Vector<float> even = Vector<float>.Zero, odd = Vector<float>.Zero;
        var i = 0;
        for (; i <= length - 2 * Vector<float>.Count; i += 2 * Vector<float>.Count)
        {
            even = Vector.MultiplyAddEstimate(Vector.Load(a + i), Vector.Load(b + i), even);
            odd = Vector.MultiplyAddEstimate(Vector.Load(a + i + Vector<float>.Count), Vector.Load(b + i + Vector<float>.Count), odd);
        }

        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
            even = Vector.MultiplyAddEstimate(Vector.Load(a + i), Vector.Load(b + i), even);
        var sum = Vector.Sum(even + odd);
        for (; i < length; i++) sum = float.MultiplyAddEstimate(a[i], b[i], sum);
        return sum;
    }

    // z = sum over ancestors, ascending, of pattern[p] values[chain[p]]: four vectors of z stay in registers for
    // the whole chain, then one at a time, then the rest.
    private static void Mix(float* pattern, float* values, long stride, ReadOnlySpan<int> chain, int length, float* z)
    {
        var count = Vector<float>.Count;
        var i = 0;
        for (; i <= length - 4 * count; i += 4 * count)
        {
            Vector<float> z0 = Vector<float>.Zero, z1 = Vector<float>.Zero, z2 = Vector<float>.Zero, z3 = Vector<float>.Zero;
            for (var p = 0; p < chain.Length; p++)
            {
                var value = values + chain[p] * stride + i;
                var factor = new Vector<float>(pattern[p]);
                z0 = Vector.MultiplyAddEstimate(factor, Vector.Load(value), z0);
                z1 = Vector.MultiplyAddEstimate(factor, Vector.Load(value + count), z1);
                z2 = Vector.MultiplyAddEstimate(factor, Vector.Load(value + 2 * count), z2);
                z3 = Vector.MultiplyAddEstimate(factor, Vector.Load(value + 3 * count), z3);
            }

            z0.Store(z + i);
            z1.Store(z + i + count);
            z2.Store(z + i + 2 * count);
            z3.Store(z + i + 3 * count);
        }

        for (; i <= length - count; i += count)
        {
            var sum = Vector<float>.Zero;
            for (var p = 0; p < chain.Length; p++)
                sum = Vector.MultiplyAddEstimate(new Vector<float>(pattern[p]), Vector.Load(values + chain[p] * stride + i), sum);
            sum.Store(z + i);
        }

        for (; i < length; i++)
        {
            var sum = 0f;
            for (var p = 0; p < chain.Length; p++) sum = float.MultiplyAddEstimate(pattern[p], values[chain[p] * stride + i], sum);
            z[i] = sum;
        }
    }
}
