using System.Runtime.CompilerServices;

namespace SeqCont.Kernels.Gemm;

/// <summary>
/// One tile of 3 rows by 4 columns, a number at a time: the baseline that the others are measured against.
/// Multiply and add are fused where the machine can, in which case the bits equal those of the other paths.
/// </summary>
internal static unsafe class GemmScalar
{
    private const int TileRows = 3;
    private const int Width = 4;

    /// <summary>sums = a b over the given runs of k, from zero, one unbroken ascending chain for each sum.</summary>
    /// <param name="a">Packed rows, [k of the runs, 3].</param>
    /// <param name="b">A panel of weights, [k, 4].</param>
    /// <param name="runs">First k and length of each run, [runCount, 2].</param>
    /// <param name="runCount">Number of runs.</param>
    /// <param name="sums">Destination, [3, 4].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(float* a, float* b, int* runs, int runCount, float* sums)
    {
        for (var r = 0; r < TileRows; r++)
        {
            float c0 = 0, c1 = 0, c2 = 0, c3 = 0;
            var x = a + r;
            for (var run = 0; run < runCount; run++)
            {
                var w = b + (nint)runs[2 * run] * Width;
                for (var end = w + (nint)runs[2 * run + 1] * Width; w < end; w += Width, x += TileRows)
                {
                    c0 = float.MultiplyAddEstimate(*x, w[0], c0);
                    c1 = float.MultiplyAddEstimate(*x, w[1], c1);
                    c2 = float.MultiplyAddEstimate(*x, w[2], c2);
                    c3 = float.MultiplyAddEstimate(*x, w[3], c3);
                }
            }

            var row = sums + r * Width;
            row[0] = c0;
            row[1] = c1;
            row[2] = c2;
            row[3] = c3;
        }
    }
}
