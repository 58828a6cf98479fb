using System.Numerics;
using System.Runtime.CompilerServices;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Kernels.Activations;

/// <summary>
/// GPT-2's GELU in float32, the tanh form written as x / (1 + e^(-2u)) with u = sqrt(2/pi) (x + 0.044715 x^3):
/// the same function without the cancellation in 1 + tanh(u) where x is negative.
/// </summary>
public readonly struct GeluNewSimd : IActivationSimd
{
    private const float Linear = (float)(-2 * GeluNewReference.Slope);
    private const float Cubic = (float)(-2 * GeluNewReference.Slope * GeluNewReference.Cubic);

    // The exponential ends at e^88: below this, x over it would grow again with x. x times 0 keeps minus infinity a NaN.
    private const float Lowest = -1e6f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Apply(Vector<float> x)
    {
        var slope = Vector.MultiplyAddEstimate(x * x, new Vector<float>(Cubic), new Vector<float>(Linear));
        var gelu = x / (Vector<float>.One + ExpSimd.Apply(x * slope));
        return Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Lowest)), x * Vector<float>.Zero, gelu);
    }
}
