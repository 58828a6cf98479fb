using System.Numerics;
using System.Runtime.CompilerServices;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Kernels.Activations;

/// <summary>
/// The sigmoid-weighted unit in float32: x / (1 + e^-x), and x e^x / (1 + e^x) where x is negative. Off by at most 3 units in
/// the last place of the value and 1e-43, where e^x is no normal number.
/// </summary>
public readonly struct SiluSimd : IActivationSimd
{
    // From here on e^x is nothing in float32.
    private const float Furthest = -110f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Apply(Vector<float> x)
    {
        // The limit comes first: a native maximum then hands on a NaN in the second place.
        var power = Vector.MaxNative(new Vector<float>(Furthest), -Vector.Abs(x));
        var tail = ExpSimd.Tail(power, Vector<float>.Zero) * new Vector<float>(ExpSimd.TailUnit);
        var weight = Vector.ConditionalSelect(Vector.LessThan(x, Vector<float>.Zero), tail, Vector<float>.One);
        return x * weight / (Vector<float>.One + tail);
    }
}
