using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SeqCont.Kernels.LayerNorm;

/// <summary>
/// LayerNorm of one float32 row, computed in double precision a vector at a time: biased variance, two passes,
/// lanes added up in one fixed order. One thread owns a row; it is read three times from cache, written once.
/// </summary>
public static class LayerNormSimd
{
    /// <summary>
    /// How many scales a row's mean may be. A float32 number is off by up to its size times 2^-24: what a mean this large leaves of the
    /// row's differences has three digits. Beyond, the row becomes no numbers rather than noise; outlier channels are far from it, since
    /// one of them moves the scale more than the mean.
    /// </summary>
    internal const double MostOffset = (1 << 24) / 1000.0;

    /// <summary>normalized = (resid - mean) / sqrt(variance + epsilon) * gain + bias.</summary>
    /// <param name="resid">[dModel].</param>
    /// <param name="gain">[dModel].</param>
    /// <param name="bias">[dModel].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="normalized">Destination, [dModel]. May alias resid.</param>
    /// <returns>sqrt(variance + epsilon); not a number, like the row, where the mean is too large beside it.</returns>
    public static double Apply(
        ReadOnlySpan<float> resid, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, Span<float> normalized)
    {
        RequireWidth(resid.Length, gain, bias);
        ArgumentOutOfRangeException.ThrowIfLessThan(normalized.Length, resid.Length);
        var (mean, scale) = Moments(resid, epsilon);
        var inverse = 1 / scale;
        ref var x = ref MemoryMarshal.GetReference(resid);
        ref var g = ref MemoryMarshal.GetReference(gain);
        ref var b = ref MemoryMarshal.GetReference(bias);
        ref var y = ref MemoryMarshal.GetReference(normalized);
        var i = 0;
        for (; i <= resid.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref x, (nuint)i), out var low, out var high);
            var standard = Vector.Narrow((low - new Vector<double>(mean)) * inverse, (high - new Vector<double>(mean)) * inverse);
            Vector.MultiplyAddEstimate(standard, Vector.LoadUnsafe(ref g, (nuint)i), Vector.LoadUnsafe(ref b, (nuint)i))
                .StoreUnsafe(ref y, (nuint)i);
        }

        for (; i < resid.Length; i++) normalized[i] = float.MultiplyAddEstimate((float)((resid[i] - mean) * inverse), gain[i], bias[i]);
        return scale;
    }

    /// <summary>LayerNorm(resid) . direction, never rounded to float32 on the way.</summary>
    /// <param name="resid">[dModel].</param>
    /// <param name="gain">[dModel].</param>
    /// <param name="bias">[dModel].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="direction">[dModel].</param>
    public static double Dot(
        ReadOnlySpan<float> resid, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, double epsilon, ReadOnlySpan<float> direction)
    {
        RequireWidth(resid.Length, gain, bias);
        ArgumentOutOfRangeException.ThrowIfLessThan(direction.Length, resid.Length);
        var (mean, scale) = Moments(resid, epsilon);
        var inverse = 1 / scale;
        var sums = Vector<double>.Zero;
        var i = 0;
        for (; i <= resid.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Load(resid, i), out var xLow, out var xHigh);
            Vector.Widen(Load(gain, i), out var gLow, out var gHigh);
            Vector.Widen(Load(bias, i), out var bLow, out var bHigh);
            Vector.Widen(Load(direction, i), out var dLow, out var dHigh);
            sums += ((xLow - new Vector<double>(mean)) * inverse * gLow + bLow) * dLow;
            sums += ((xHigh - new Vector<double>(mean)) * inverse * gHigh + bHigh) * dHigh;
        }

        var sum = Vector.Sum(sums);
        for (; i < resid.Length; i++) sum += ((resid[i] - mean) * inverse * gain[i] + bias[i]) * direction[i];
        return sum;
    }

    private static (double Mean, double Scale) Moments(ReadOnlySpan<float> resid, double epsilon)
    {
        Vector<double> sumsLow = Vector<double>.Zero, sumsHigh = Vector<double>.Zero;
        var i = 0;
        for (; i <= resid.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Load(resid, i), out var low, out var high);
            sumsLow += low;
            sumsHigh += high;
        }

        var mean = Vector.Sum(sumsLow + sumsHigh);
        for (; i < resid.Length; i++) mean += resid[i];
        mean /= resid.Length;

        Vector<double> squaresLow = Vector<double>.Zero, squaresHigh = Vector<double>.Zero;
        for (i = 0; i <= resid.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Load(resid, i), out var low, out var high);
            low -= new Vector<double>(mean);
            high -= new Vector<double>(mean);
            squaresLow += low * low;
            squaresHigh += high * high;
        }

        var variance = Vector.Sum(squaresLow + squaresHigh);
        for (; i < resid.Length; i++) variance += (resid[i] - mean) * (resid[i] - mean);
        var scale = Math.Sqrt(variance / resid.Length + epsilon);
        return (mean, Math.Abs(mean) > MostOffset * scale ? double.NaN : scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load(ReadOnlySpan<float> values, int i) =>
        Vector.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i);

    private static void RequireWidth(int width, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(gain.Length, width);
        ArgumentOutOfRangeException.ThrowIfLessThan(bias.Length, width);
    }
}
