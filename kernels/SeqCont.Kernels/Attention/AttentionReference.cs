namespace SeqCont.Kernels.Attention;

/// <summary>Causal attention of one row and head over the row's ancestors, in double precision.</summary>
public static class AttentionReference
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
    public static void Apply(
        ReadOnlySpan<double> q, ReadOnlySpan<double> kv, ReadOnlySpan<int> chain, int head, int nHeads, double divisor,
        Span<double> scores, Span<double> pattern, Span<double> z)
    {
        var dHead = q.Length;
        var width = nHeads * dHead;
        var largest = double.NegativeInfinity;
        for (var p = 0; p < chain.Length; p++)
        {
            var key = kv.Slice(checked((int)(chain[p] * 2L * width)) + head * dHead, dHead);
            var sum = 0.0;
            for (var i = 0; i < dHead; i++) sum += q[i] * key[i];
            scores[p] = sum / divisor;
            // A score that overflowed is not a small one: as a NaN it shows in all that follows.
            largest = Math.Max(largest, double.IsNegativeInfinity(scores[p]) ? double.NaN : scores[p]);
        }

        var total = 0.0;
        for (var p = 0; p < chain.Length; p++) total += pattern[p] = Math.Exp(scores[p] - largest);
        z.Clear();
        for (var p = 0; p < chain.Length; p++)
        {
            pattern[p] /= total;
            var value = kv.Slice(checked((int)(chain[p] * 2L * width)) + width + head * dHead, dHead);
            for (var i = 0; i < dHead; i++) z[i] += pattern[p] * value[i];
        }
    }
}
