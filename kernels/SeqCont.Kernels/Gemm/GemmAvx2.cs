using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SeqCont.Kernels.Gemm;

/// <summary>
/// One tile of 6 rows by 16 columns in 12 of the 16 AVX registers; 2 more hold weights, 1 a row's number.
/// One thread owns it. A step of k moves 64 bytes of weights and 24 of rows for 12 fused multiply-adds.
/// </summary>
internal static unsafe class GemmAvx2
{
    /// <summary>sums = a b over the given runs of k, from zero, one unbroken ascending chain for each sum.</summary>
    /// <param name="a">Packed rows, [k of the runs, 6].</param>
    /// <param name="b">A panel of weights, [k, 16].</param>
    /// <param name="runs">First k and length of each run, [runCount, 2].</param>
    /// <param name="runCount">Number of runs.</param>
    /// <param name="sums">Destination, [6, 16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(float* a, float* b, int* runs, int runCount, float* sums)
    {
        Vector256<float> c0L = Vector256<float>.Zero, c0R = Vector256<float>.Zero;
        Vector256<float> c1L = Vector256<float>.Zero, c1R = Vector256<float>.Zero;
        Vector256<float> c2L = Vector256<float>.Zero, c2R = Vector256<float>.Zero;
        Vector256<float> c3L = Vector256<float>.Zero, c3R = Vector256<float>.Zero;
        Vector256<float> c4L = Vector256<float>.Zero, c4R = Vector256<float>.Zero;
        Vector256<float> c5L = Vector256<float>.Zero, c5R = Vector256<float>.Zero;
        for (var run = 0; run < runCount; run++)
        {
            var w = b + (nint)runs[2 * run] * 16;
            for (var end = w + (nint)runs[2 * run + 1] * 16; w < end; w += 16, a += 6)
            {
                var left = Vector256.LoadAligned(w);
                var right = Vector256.LoadAligned(w + 8);
                var x0 = Vector256.Create(*a);
                c0L = Fma.MultiplyAdd(x0, left, c0L);
                c0R = Fma.MultiplyAdd(x0, right, c0R);
                var x1 = Vector256.Create(a[1]);
                c1L = Fma.MultiplyAdd(x1, left, c1L);
                c1R = Fma.MultiplyAdd(x1, right, c1R);
                var x2 = Vector256.Create(a[2]);
                c2L = Fma.MultiplyAdd(x2, left, c2L);
                c2R = Fma.MultiplyAdd(x2, right, c2R);
                var x3 = Vector256.Create(a[3]);
                c3L = Fma.MultiplyAdd(x3, left, c3L);
                c3R = Fma.MultiplyAdd(x3, right, c3R);
                var x4 = Vector256.Create(a[4]);
                c4L = Fma.MultiplyAdd(x4, left, c4L);
                c4R = Fma.MultiplyAdd(x4, right, c4R);
                var x5 = Vector256.Create(a[5]);
                c5L = Fma.MultiplyAdd(x5, left, c5L);
                c5R = Fma.MultiplyAdd(x5, right, c5R);
            }
        }

        Store(c0L, c0R, sums);
        Store(c1L, c1R, sums + 16);
        Store(c2L, c2R, sums + 2 * 16);
        Store(c3L, c3R, sums + 3 * 16);
        Store(c4L, c4R, sums + 4 * 16);
        Store(c5L, c5R, sums + 5 * 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> left, Vector256<float> right, float* sums)
    {
        left.Store(sums);
        right.Store(sums + 8);
    }
}
