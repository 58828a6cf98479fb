using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SeqCont.Kernels.Peak;

/// <summary>
/// The fastest that one thread can multiply and add: independent chains in registers, nothing from memory. The
/// chains are as many as the tile of the same instruction set has sums, more than the latency of the unit asks
/// for. Time it, and a matrix product has the roof it is measured against. Each chain converges to 0.5.
/// </summary>
public static class FmaPeak
{
    private const int WideChains = 24;
    private const int Chains = 12;

    /// <summary>Floating point operations in one step of <see cref="Run"/>: two for each number of each chain.</summary>
    public static int FlopsPerStep(InstructionSet path) => path switch
    {
        InstructionSet.Avx512 => 2 * WideChains * Vector512<float>.Count,
        InstructionSet.Avx2 => 2 * Chains * Vector256<float>.Count,
        InstructionSet.Vector => 2 * Chains * Vector<float>.Count,
        InstructionSet.Scalar => 2 * Chains,
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "expected a defined instruction set"),
    };

    /// <summary>Runs <paramref name="steps"/> steps on the calling thread.</summary>
    /// <param name="path">An available instruction set.</param>
    /// <param name="steps">Steps.</param>
    /// <returns>The sum of the chains, so that none can be left out.</returns>
    public static float Run(InstructionSet path, int steps) => path switch
    {
        InstructionSet.Avx512 => RunAvx512(steps),
        InstructionSet.Avx2 => RunAvx2(steps),
        InstructionSet.Vector => RunVector(steps),
        InstructionSet.Scalar => RunScalar(steps),
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "expected a defined instruction set"),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float RunAvx512(int steps)
    {
        Vector512<float> x = Vector512.Create(0.5f), y = Vector512.Create(0.25f);
        var zero = Vector512<float>.Zero;
        Vector512<float> c0 = zero, c1 = zero, c2 = zero, c3 = zero;
        Vector512<float> c4 = zero, c5 = zero, c6 = zero, c7 = zero;
        Vector512<float> c8 = zero, c9 = zero, c10 = zero, c11 = zero;
        Vector512<float> c12 = zero, c13 = zero, c14 = zero, c15 = zero;
        Vector512<float> c16 = zero, c17 = zero, c18 = zero, c19 = zero;
        Vector512<float> c20 = zero, c21 = zero, c22 = zero, c23 = zero;
        for (var i = 0; i < steps; i++)
        {
            c0 = Avx512F.FusedMultiplyAdd(c0, x, y);
            c1 = Avx512F.FusedMultiplyAdd(c1, x, y);
            c2 = Avx512F.FusedMultiplyAdd(c2, x, y);
            c3 = Avx512F.FusedMultiplyAdd(c3, x, y);
            c4 = Avx512F.FusedMultiplyAdd(c4, x, y);
            c5 = Avx512F.FusedMultiplyAdd(c5, x, y);
            c6 = Avx512F.FusedMultiplyAdd(c6, x, y);
            c7 = Avx512F.FusedMultiplyAdd(c7, x, y);
            c8 = Avx512F.FusedMultiplyAdd(c8, x, y);
            c9 = Avx512F.FusedMultiplyAdd(c9, x, y);
            c10 = Avx512F.FusedMultiplyAdd(c10, x, y);
            c11 = Avx512F.FusedMultiplyAdd(c11, x, y);
            c12 = Avx512F.FusedMultiplyAdd(c12, x, y);
            c13 = Avx512F.FusedMultiplyAdd(c13, x, y);
            c14 = Avx512F.FusedMultiplyAdd(c14, x, y);
            c15 = Avx512F.FusedMultiplyAdd(c15, x, y);
            c16 = Avx512F.FusedMultiplyAdd(c16, x, y);
            c17 = Avx512F.FusedMultiplyAdd(c17, x, y);
            c18 = Avx512F.FusedMultiplyAdd(c18, x, y);
            c19 = Avx512F.FusedMultiplyAdd(c19, x, y);
            c20 = Avx512F.FusedMultiplyAdd(c20, x, y);
            c21 = Avx512F.FusedMultiplyAdd(c21, x, y);
            c22 = Avx512F.FusedMultiplyAdd(c22, x, y);
            c23 = Avx512F.FusedMultiplyAdd(c23, x, y);
        }

        return (c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11
            + c12 + c13 + c14 + c15 + c16 + c17 + c18 + c19 + c20 + c21 + c22 + c23)[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float RunAvx2(int steps)
    {
        Vector256<float> x = Vector256.Create(0.5f), y = Vector256.Create(0.25f);
        var zero = Vector256<float>.Zero;
        Vector256<float> c0 = zero, c1 = zero, c2 = zero, c3 = zero;
        Vector256<float> c4 = zero, c5 = zero, c6 = zero, c7 = zero;
        Vector256<float> c8 = zero, c9 = zero, c10 = zero, c11 = zero;
        for (var i = 0; i < steps; i++)
        {
            c0 = Fma.MultiplyAdd(c0, x, y);
            c1 = Fma.MultiplyAdd(c1, x, y);
            c2 = Fma.MultiplyAdd(c2, x, y);
            c3 = Fma.MultiplyAdd(c3, x, y);
            c4 = Fma.MultiplyAdd(c4, x, y);
            c5 = Fma.MultiplyAdd(c5, x, y);
            c6 = Fma.MultiplyAdd(c6, x, y);
            c7 = Fma.MultiplyAdd(c7, x, y);
            c8 = Fma.MultiplyAdd(c8, x, y);
            c9 = Fma.MultiplyAdd(c9, x, y);
            c10 = Fma.MultiplyAdd(c10, x, y);
            c11 = Fma.MultiplyAdd(c11, x, y);
        }

        return (c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11)[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float RunVector(int steps)
    {
        Vector<float> x = new Vector<float>(0.5f), y = new Vector<float>(0.25f);
        var zero = Vector<float>.Zero;
        Vector<float> c0 = zero, c1 = zero, c2 = zero, c3 = zero;
        Vector<float> c4 = zero, c5 = zero, c6 = zero, c7 = zero;
        Vector<float> c8 = zero, c9 = zero, c10 = zero, c11 = zero;
        for (var i = 0; i < steps; i++)
        {
            c0 = Vector.MultiplyAddEstimate(c0, x, y);
            c1 = Vector.MultiplyAddEstimate(c1, x, y);
            c2 = Vector.MultiplyAddEstimate(c2, x, y);
            c3 = Vector.MultiplyAddEstimate(c3, x, y);
            c4 = Vector.MultiplyAddEstimate(c4, x, y);
            c5 = Vector.MultiplyAddEstimate(c5, x, y);
            c6 = Vector.MultiplyAddEstimate(c6, x, y);
            c7 = Vector.MultiplyAddEstimate(c7, x, y);
            c8 = Vector.MultiplyAddEstimate(c8, x, y);
            c9 = Vector.MultiplyAddEstimate(c9, x, y);
            c10 = Vector.MultiplyAddEstimate(c10, x, y);
            c11 = Vector.MultiplyAddEstimate(c11, x, y);
        }

        return (c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11)[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float RunScalar(int steps)
    {
        float x = 0.5f, y = 0.25f;
        float c0 = 0f, c1 = 0f, c2 = 0f, c3 = 0f;
        float c4 = 0f, c5 = 0f, c6 = 0f, c7 = 0f;
        float c8 = 0f, c9 = 0f, c10 = 0f, c11 = 0f;
        for (var i = 0; i < steps; i++)
        {
            c0 = float.MultiplyAddEstimate(c0, x, y);
            c1 = float.MultiplyAddEstimate(c1, x, y);
            c2 = float.MultiplyAddEstimate(c2, x, y);
            c3 = float.MultiplyAddEstimate(c3, x, y);
            c4 = float.MultiplyAddEstimate(c4, x, y);
            c5 = float.MultiplyAddEstimate(c5, x, y);
            c6 = float.MultiplyAddEstimate(c6, x, y);
            c7 = float.MultiplyAddEstimate(c7, x, y);
            c8 = float.MultiplyAddEstimate(c8, x, y);
            c9 = float.MultiplyAddEstimate(c9, x, y);
            c10 = float.MultiplyAddEstimate(c10, x, y);
            c11 = float.MultiplyAddEstimate(c11, x, y);
        }

        return c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;
    }
}
