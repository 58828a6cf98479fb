using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Kernels.Attention;

/// <summary>
/// Causal attention of one float32 row and head over the row's ancestors. One thread owns a row; each ancestor's
/// key and value is read once. Every dot product adds in an order that only dHead sets, every sum over ancestors
/// runs from the first to the last.
/// </summary>
public static class AttentionSimd
{
    /// <summary>z = sum over ancestors of softmax(q . k / sqrt(dHead)) v.</summary>
    /// <param name="q">Query of the row and head, [dHead].</param>
    /// <param name="kv">[row, 2, head, dHead]: keys, then values.</param>
    /// <param name="chain">The row's ancestors, itself last, [position + 1].</param>
    /// <param name="head">Head number.</param>
    /// <param name="nHeads">Heads in a layer.</param>
    /// <param name="scores">Scratch or result: scaled scores before the softmax, [position + 1].</param>
    /// <param name="pattern">Scratch or result: the softmax, [position + 1].</param>
    /// <param name="z">Destination, [dHead].</param>
    public static void Apply(ReadOnlySpan<float> q, AlignedMemory<float> kv, ReadOnlySpan<int> chain, int head, int nHeads, Span<float> scores, Span<float> pattern, Span<float> z)
    {
        var dHead = q.Length;
        var width = (long)nHeads * dHead;
        var offset = (long)head * dHead;
        var root = MathF.Sqrt(dHead);
        var largest = float.NegativeInfinity;
        for (var p = 0; p < chain.Length; p++)
        {
            scores[p] = Dot(q, kv.Slice(chain[p] * 2L * width + offset, dHead)) / root;
            largest = MathF.Max(largest, scores[p]);
        }

        Softmax(scores[..chain.Length], largest, pattern[..chain.Length]);
        z[..dHead].Clear();
        for (var p = 0; p < chain.Length; p++) Accumulate(pattern[p], kv.Slice((chain[p] * 2L + 1) * width + offset, dHead), z);
    }

    private static void Softmax(ReadOnlySpan<float> scores, float largest, Span<float> pattern)
    {
        var total = 0.0;
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        for (var p = 0; p < scores.Length; p += Vector<float>.Count)
        {
            // The last vector is filled up, so that an entry's bits do not depend on the length of the chain.
            var count = Math.Min(Vector<float>.Count, scores.Length - p);
            lanes.Fill(largest);
            scores.Slice(p, count).CopyTo(lanes);
            ExpSimd.Apply(new Vector<float>(lanes) - new Vector<float>(largest)).CopyTo(lanes);
            for (var i = 0; i < count; i++) total += pattern[p + i] = lanes[i];
        }

        var factor = (float)(1 / total);
        for (var p = 0; p < pattern.Length; p++) pattern[p] *= factor;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        Vector<float> even = Vector<float>.Zero, odd = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - 2 * Vector<float>.Count; i += 2 * Vector<float>.Count)
        {
            even = MultiplyAdd(ref x, ref y, i, even);
            odd = MultiplyAdd(ref x, ref y, i + Vector<float>.Count, odd);
        }

        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count) even = MultiplyAdd(ref x, ref y, i, even);
        var sum = Vector.Sum(even + odd);
        for (; i < a.Length; i++) sum = float.MultiplyAddEstimate(a[i], b[i], sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> MultiplyAdd(ref float x, ref float y, int i, Vector<float> sum) =>
        Vector.MultiplyAddEstimate(Vector.LoadUnsafe(ref x, (nuint)i), Vector.LoadUnsafe(ref y, (nuint)i), sum);

    private static void Accumulate(float factor, ReadOnlySpan<float> value, Span<float> z)
    {
        ref var v = ref MemoryMarshal.GetReference(value);
        ref var target = ref MemoryMarshal.GetReference(z);
        var factors = new Vector<float>(factor);
        var i = 0;
        for (; i <= value.Length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.MultiplyAddEstimate(factors, Vector.LoadUnsafe(ref v, (nuint)i), Vector.LoadUnsafe(ref target, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        for (; i < value.Length; i++) z[i] = float.MultiplyAddEstimate(factor, value[i], z[i]);
    }
}
