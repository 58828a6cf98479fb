using System.Numerics;
using System.Runtime.CompilerServices;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Kernels.Activations;

/// <summary>
/// GELU as it is defined, in float32: x Q(-x) where x is negative and x (1 - Q(x)) elsewhere, so that nothing cancels
/// (<see cref="GeluTail"/> has Q). Off by at most 5 units in the last place of the value and 2e-44, where Q is no normal number.
/// </summary>
public readonly struct GeluSimd : IActivationSimd
{
    // From here on Q is nothing in float32.
    private const float Furthest = 15f;

    // The upper 12 bits of a mantissa, whose square is exact.
    private const int UpperBits = ~0xFFF;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Apply(Vector<float> x)
    {
        // The limit comes first: a native minimum then hands on a NaN in the second place.
        var a = Vector.MinNative(new Vector<float>(Furthest), Vector.Abs(x));
        // a^2 / 2 in two parts: rounded to one float it would be off by more than the exponential may be.
        var upper = a & Vector.AsVectorSingle(new Vector<int>(UpperBits));
        var lower = (upper - a) * ((upper + a) * new Vector<float>(0.5f));
        var power = ExpSimd.Tail(upper * upper * new Vector<float>(-0.5f), lower);
        var t = Vector<float>.One / Vector.MultiplyAddEstimate(a, new Vector<float>(GeluTail.Slope), Vector<float>.One);
        var tail = power * (t * Polynomial(t)) * new Vector<float>(ExpSimd.TailUnit);
        return x * Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One - tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Polynomial(Vector<float> t)
    {
        var sum = Vector.MultiplyAddEstimate(t, new Vector<float>(GeluTail.C9), new Vector<float>(GeluTail.C8));
        sum = Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C7));
        sum = Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C6));
        sum = Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C5));
        sum = Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C4));
        sum = Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C3));
        sum = Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C2));
        sum = Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C1));
        return Vector.MultiplyAddEstimate(t, sum, new Vector<float>(GeluTail.C0));
    }
}
