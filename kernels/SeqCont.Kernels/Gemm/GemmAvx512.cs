using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SeqCont.Kernels.Gemm;

/// <summary>
/// One tile of 12 rows by 32 columns in 24 of the 32 AVX-512 registers; 2 more hold weights, 1 a row's number.
/// One thread owns it. A step of k moves 128 bytes of weights and 48 of rows for 24 fused multiply-adds.
/// The 24 sums are written out because only locals stay in registers.
/// </summary>
internal static unsafe class GemmAvx512
{
    // How far ahead weights are asked for: 16 steps of k, some 400 cycles, the way to the level 3 cache.
    private const int Near = 16 * 32;

    /// <summary>sums = a b over the given runs of k, from zero, one unbroken ascending chain for each sum.</summary>
    /// <param name="a">Packed rows, [k of the runs, 12].</param>
    /// <param name="b">A panel of weights, [k, 32].</param>
    /// <param name="runs">First k and length of each run, [runCount, 2].</param>
    /// <param name="runCount">Number of runs.</param>
    /// <param name="ahead">Distance from a step's weights to a cache line of the next panel to bring into the level 2 cache; 0:
    /// none.</param>
    /// <param name="sums">Destination, [12, 32].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(float* a, float* b, int* runs, int runCount, nint ahead, float* sums)
    {
        Vector512<float> c0L = Vector512<float>.Zero, c0R = Vector512<float>.Zero;
        Vector512<float> c1L = Vector512<float>.Zero, c1R = Vector512<float>.Zero;
        Vector512<float> c2L = Vector512<float>.Zero, c2R = Vector512<float>.Zero;
        Vector512<float> c3L = Vector512<float>.Zero, c3R = Vector512<float>.Zero;
        Vector512<float> c4L = Vector512<float>.Zero, c4R = Vector512<float>.Zero;
        Vector512<float> c5L = Vector512<float>.Zero, c5R = Vector512<float>.Zero;
        Vector512<float> c6L = Vector512<float>.Zero, c6R = Vector512<float>.Zero;
        Vector512<float> c7L = Vector512<float>.Zero, c7R = Vector512<float>.Zero;
        Vector512<float> c8L = Vector512<float>.Zero, c8R = Vector512<float>.Zero;
        Vector512<float> c9L = Vector512<float>.Zero, c9R = Vector512<float>.Zero;
        Vector512<float> c10L = Vector512<float>.Zero, c10R = Vector512<float>.Zero;
        Vector512<float> c11L = Vector512<float>.Zero, c11R = Vector512<float>.Zero;
        for (var run = 0; run < runCount; run++)
        {
            var w = b + (nint)runs[2 * run] * 32;
            for (var end = w + (nint)runs[2 * run + 1] * 32; w < end; w += 32, a += 12)
            {
                Sse.Prefetch0(w + Near);
                Sse.Prefetch0(w + Near + 16);
                Sse.Prefetch1(w + ahead);
                var left = Vector512.LoadAligned(w);
                var right = Vector512.LoadAligned(w + 16);
                var x0 = Vector512.Create(*a);
                c0L = Avx512F.FusedMultiplyAdd(x0, left, c0L);
                c0R = Avx512F.FusedMultiplyAdd(x0, right, c0R);
                var x1 = Vector512.Create(a[1]);
                c1L = Avx512F.FusedMultiplyAdd(x1, left, c1L);
                c1R = Avx512F.FusedMultiplyAdd(x1, right, c1R);
                var x2 = Vector512.Create(a[2]);
                c2L = Avx512F.FusedMultiplyAdd(x2, left, c2L);
                c2R = Avx512F.FusedMultiplyAdd(x2, right, c2R);
                var x3 = Vector512.Create(a[3]);
                c3L = Avx512F.FusedMultiplyAdd(x3, left, c3L);
                c3R = Avx512F.FusedMultiplyAdd(x3, right, c3R);
                var x4 = Vector512.Create(a[4]);
                c4L = Avx512F.FusedMultiplyAdd(x4, left, c4L);
                c4R = Avx512F.FusedMultiplyAdd(x4, right, c4R);
                var x5 = Vector512.Create(a[5]);
                c5L = Avx512F.FusedMultiplyAdd(x5, left, c5L);
                c5R = Avx512F.FusedMultiplyAdd(x5, right, c5R);
                var x6 = Vector512.Create(a[6]);
                c6L = Avx512F.FusedMultiplyAdd(x6, left, c6L);
                c6R = Avx512F.FusedMultiplyAdd(x6, right, c6R);
                var x7 = Vector512.Create(a[7]);
                c7L = Avx512F.FusedMultiplyAdd(x7, left, c7L);
                c7R = Avx512F.FusedMultiplyAdd(x7, right, c7R);
                var x8 = Vector512.Create(a[8]);
                c8L = Avx512F.FusedMultiplyAdd(x8, left, c8L);
                c8R = Avx512F.FusedMultiplyAdd(x8, right, c8R);
                var x9 = Vector512.Create(a[9]);
                c9L = Avx512F.FusedMultiplyAdd(x9, left, c9L);
                c9R = Avx512F.FusedMultiplyAdd(x9, right, c9R);
                var x10 = Vector512.Create(a[10]);
                c10L = Avx512F.FusedMultiplyAdd(x10, left, c10L);
                c10R = Avx512F.FusedMultiplyAdd(x10, right, c10R);
                var x11 = Vector512.Create(a[11]);
                c11L = Avx512F.FusedMultiplyAdd(x11, left, c11L);
                c11R = Avx512F.FusedMultiplyAdd(x11, right, c11R);
            }
        }

        Store(c0L, c0R, sums);
        Store(c1L, c1R, sums + 32);
        Store(c2L, c2R, sums + 2 * 32);
        Store(c3L, c3R, sums + 3 * 32);
        Store(c4L, c4R, sums + 4 * 32);
        Store(c5L, c5R, sums + 5 * 32);
        Store(c6L, c6R, sums + 6 * 32);
        Store(c7L, c7R, sums + 7 * 32);
        Store(c8L, c8R, sums + 8 * 32);
        Store(c9L, c9R, sums + 9 * 32);
        Store(c10L, c10R, sums + 10 * 32);
        Store(c11L, c11R, sums + 11 * 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> left, Vector512<float> right, float* sums)
    {
        left.Store(sums);
        right.Store(sums + 16);
    }
}
