using System.Numerics;
using System.Runtime.CompilerServices;

namespace SeqCont.Kernels.Activations;

/// <summary>The rectifier in float32: exact. A sum that overflowed downwards is not below 0 for sure: it becomes NaN.</summary>
public readonly struct ReluSimd : IActivationSimd
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Apply(Vector<float> x) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), x, x - x);
}
