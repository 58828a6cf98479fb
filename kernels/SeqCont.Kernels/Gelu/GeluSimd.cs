using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Kernels.Gelu;

/// <summary>
/// GPT-2's GELU in float32, the tanh form written as x / (1 + e^(-2u)) with u = sqrt(2/pi) (x + 0.044715 x^3):
/// the same function without the cancellation in 1 + tanh(u) where x is negative.
/// Reads and writes each number once; a number's result does not depend on where it stands.
/// </summary>
public static class GeluSimd
{
    private const float Linear = (float)(-2 * GeluReference.Slope);
    private const float Cubic = (float)(-2 * GeluReference.Slope * GeluReference.Cubic);

    // The exponential ends at e^88: below this, x over it would grow again with x. x times 0 keeps minus infinity a NaN.
    private const float Lowest = -1e6f;

    /// <summary>values = GELU(values), in place.</summary>
    /// <param name="values">Any shape.</param>
    public static void Apply(Span<float> values)
    {
        ref var first = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            Apply(Vector.LoadUnsafe(ref first, (nuint)i)).StoreUnsafe(ref first, (nuint)i);
        for (; i < values.Length; i++) values[i] = Apply(values[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Apply(Vector<float> x)
    {
        var slope = Vector.MultiplyAddEstimate(x * x, new Vector<float>(Cubic), new Vector<float>(Linear));
        var gelu = x / (Vector<float>.One + ExpSimd.Apply(x * slope));
        return Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Lowest)), x * Vector<float>.Zero, gelu);
    }

    internal static float Apply(float x) => Apply(new Vector<float>(x))[0];
}
