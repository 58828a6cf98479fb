using System.Numerics;
using System.Runtime.CompilerServices;

namespace SeqCont.Kernels.Activations;

/// <summary>The rectifier in float32: exact.</summary>
public readonly struct ReluSimd : IActivationSimd
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Apply(Vector<float> x) => Vector.MaxNative(Vector<float>.Zero, x);
}
