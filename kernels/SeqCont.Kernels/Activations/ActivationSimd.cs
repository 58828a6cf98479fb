using System.Numerics;
using System.Runtime.InteropServices;

namespace SeqCont.Kernels.Activations;

/// <summary>
/// A function of every number of an array. Reads and writes each once; a number's result does not depend on where it stands.
/// </summary>
public static class ActivationSimd
{
    /// <summary>values = f(values), in place.</summary>
    /// <typeparam name="TActivation">f.</typeparam>
    /// <param name="values">Any shape.</param>
    public static void Apply<TActivation>(Span<float> values)
        where TActivation : struct, IActivationSimd
    {
        ref var first = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            TActivation.Apply(Vector.LoadUnsafe(ref first, (nuint)i)).StoreUnsafe(ref first, (nuint)i);
        for (; i < values.Length; i++) values[i] = Apply<TActivation>(values[i]);
    }

    /// <summary>f of one number, by way of a vector: the same bits.</summary>
    internal static float Apply<TActivation>(float x)
        where TActivation : struct, IActivationSimd => TActivation.Apply(new Vector<float>(x))[0];
}

/// <summary>The number itself.</summary>
public readonly struct IdentitySimd : IActivationSimd
{
    /// <inheritdoc/>
    public static Vector<float> Apply(Vector<float> x) => x;
}
