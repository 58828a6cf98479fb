using System.Numerics;
using System.Runtime.CompilerServices;

namespace SeqCont.Kernels.Elementwise;

/// <summary>
/// e^x in float32: x = n ln 2 + r with |r| at most ln 2 / 2, the Taylor series of e^r to the seventh power
/// (its remainder is below a tenth of a unit in the last place), and n put into the exponent.
/// </summary>
internal static class ExpSimd
{
    // Outside, the result would leave the normal range; e^-87 is nothing beside 1 and e^88 all beside it.
    private const float Lowest = -87f;
    private const float Highest = 88f;
    private const float Log2E = 1.44269504088896341f;

    // 1.5 * 2^23: adding it rounds to an integer and leaves that integer in the low bits.
    private const float Rounder = 12582912f;

    // ln 2 in two parts, the first short enough that its product with any n here is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440054690583e-4f;

    private const float TailBits = 64;

    /// <summary>2^-64: what <see cref="Tail"/> counts in.</summary>
    public const float TailUnit = 1f / (1L << 32) / (1L << 32);

    /// <summary>e^x for x clamped to [-87, 88]; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Apply(Vector<float> x)
    {
        // The limit comes first: native minimum and maximum then hand on a NaN in the second place.
        x = Vector.MinNative(new Vector<float>(Highest), Vector.MaxNative(new Vector<float>(Lowest), x));
        var shifted = Shifted(x);
        return Power(Rest(x, shifted), shifted);
    }

    /// <summary>e^(x + low) / <see cref="TailUnit"/>, for x from -120 to 0 and |low| below 0.1: a tail whose own exponent may be out
    /// of float32's range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Tail(Vector<float> x, Vector<float> low)
    {
        var shifted = Shifted(x);
        return Power(Rest(x, shifted) + low, shifted + new Vector<float>(TailBits));
    }

    /// <summary>The same for one number, by way of a vector: the same bits.</summary>
    public static float Apply(float x) => Apply(new Vector<float>(x))[0];

    // n in the low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Shifted(Vector<float> x) =>
        Vector.MultiplyAddEstimate(x, new Vector<float>(Log2E), new Vector<float>(Rounder));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Rest(Vector<float> x, Vector<float> shifted)
    {
        var n = shifted - new Vector<float>(Rounder);
        var r = Vector.MultiplyAddEstimate(n, new Vector<float>(-Ln2High), x);
        return Vector.MultiplyAddEstimate(n, new Vector<float>(-Ln2Low), r);
    }

    // e^r 2^n.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Power(Vector<float> r, Vector<float> shifted)
    {
        var series = Vector.MultiplyAddEstimate(r, new Vector<float>(1f / 5040), new Vector<float>(1f / 720));
        series = Vector.MultiplyAddEstimate(r, series, new Vector<float>(1f / 120));
        series = Vector.MultiplyAddEstimate(r, series, new Vector<float>(1f / 24));
        series = Vector.MultiplyAddEstimate(r, series, new Vector<float>(1f / 6));
        series = Vector.MultiplyAddEstimate(r, series, new Vector<float>(0.5f));
        series = Vector.MultiplyAddEstimate(r, series, Vector<float>.One);
        series = Vector.MultiplyAddEstimate(r, series, Vector<float>.One);
        return Vector.AsVectorSingle(Vector.AsVectorInt32(series) + Vector.ShiftLeft(Vector.AsVectorInt32(shifted), 23));
    }
}
