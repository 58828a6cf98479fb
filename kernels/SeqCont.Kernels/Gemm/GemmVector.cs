using System.Numerics;
using System.Runtime.CompilerServices;

namespace SeqCont.Kernels.Gemm;

/// <summary>
/// One tile of 6 rows by 2 vectors of whatever width this machine has, in 12 registers. One thread owns it.
/// Multiply and add are fused where the machine can, in which case the bits equal those of the AVX paths.
/// </summary>
internal static unsafe class GemmVector
{
    /// <summary>sums = a b over the given runs of k, from zero, one unbroken ascending chain for each sum.</summary>
    /// <param name="a">Packed rows, [k of the runs, 6].</param>
    /// <param name="b">A panel of weights, [k, 2 vectors].</param>
    /// <param name="runs">First k and length of each run, [runCount, 2].</param>
    /// <param name="runCount">Number of runs.</param>
    /// <param name="sums">Destination, [6, 2 vectors].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(float* a, float* b, int* runs, int runCount, float* sums)
    {
        var half = Vector<float>.Count;
        var width = 2 * half;
        Vector<float> c0L = Vector<float>.Zero, c0R = Vector<float>.Zero;
        Vector<float> c1L = Vector<float>.Zero, c1R = Vector<float>.Zero;
        Vector<float> c2L = Vector<float>.Zero, c2R = Vector<float>.Zero;
        Vector<float> c3L = Vector<float>.Zero, c3R = Vector<float>.Zero;
        Vector<float> c4L = Vector<float>.Zero, c4R = Vector<float>.Zero;
        Vector<float> c5L = Vector<float>.Zero, c5R = Vector<float>.Zero;
        for (var run = 0; run < runCount; run++)
        {
            var w = b + (nint)runs[2 * run] * width;
            for (var end = w + (nint)runs[2 * run + 1] * width; w < end; w += width, a += 6)
            {
                var left = Vector.Load(w);
                var right = Vector.Load(w + half);
                var x0 = new Vector<float>(*a);
                c0L = Vector.MultiplyAddEstimate(x0, left, c0L);
                c0R = Vector.MultiplyAddEstimate(x0, right, c0R);
                var x1 = new Vector<float>(a[1]);
                c1L = Vector.MultiplyAddEstimate(x1, left, c1L);
                c1R = Vector.MultiplyAddEstimate(x1, right, c1R);
                var x2 = new Vector<float>(a[2]);
                c2L = Vector.MultiplyAddEstimate(x2, left, c2L);
                c2R = Vector.MultiplyAddEstimate(x2, right, c2R);
                var x3 = new Vector<float>(a[3]);
                c3L = Vector.MultiplyAddEstimate(x3, left, c3L);
                c3R = Vector.MultiplyAddEstimate(x3, right, c3R);
                var x4 = new Vector<float>(a[4]);
                c4L = Vector.MultiplyAddEstimate(x4, left, c4L);
                c4R = Vector.MultiplyAddEstimate(x4, right, c4R);
                var x5 = new Vector<float>(a[5]);
                c5L = Vector.MultiplyAddEstimate(x5, left, c5L);
                c5R = Vector.MultiplyAddEstimate(x5, right, c5R);
            }
        }

        Store(c0L, c0R, sums);
        Store(c1L, c1R, sums + width);
        Store(c2L, c2R, sums + 2 * width);
        Store(c3L, c3R, sums + 3 * width);
        Store(c4L, c4R, sums + 4 * width);
        Store(c5L, c5R, sums + 5 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<float> left, Vector<float> right, float* sums)
    {
        left.Store(sums);
        right.Store(sums + Vector<float>.Count);
    }
}
