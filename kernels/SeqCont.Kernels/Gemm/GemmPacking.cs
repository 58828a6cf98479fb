using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SeqCont.Kernels.Gemm;

/// <summary>
/// Rows of numbers turned into [k, rows], the order in which a tile reads them. One thread owns one destination.
/// Reads and writes each number once; four rows at a time through registers where the machine has shuffles. Compiled in
/// full at once: a model is packed in less time than the runtime takes to find its loops hot.
/// </summary>
internal static unsafe class GemmPacking
{
    /// <summary>packed[k, r] = rows[r, k] for the first <paramref name="count"/> of r; the others become 0.</summary>
    /// <param name="rows">First number of the first row to pack.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="count">Rows present, at most <paramref name="tileRows"/>.</param>
    /// <param name="length">Numbers to pack from each row.</param>
    /// <param name="tileRows">Rows of the destination.</param>
    /// <param name="packed">Destination, [length, tileRows].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* rows, long stride, int count, int length, int tileRows, float* packed)
    {
        var r = 0;
        if (Sse.IsSupported)
            for (; r <= count - 4; r += 4) FourRows(rows + r * stride, stride, length, tileRows, packed + r);
        for (; r < count; r++)
        {
            var row = rows + r * stride;
            for (var k = 0; k < length; k++) packed[(nint)k * tileRows + r] = row[k];
        }

        for (; r < tileRows; r++)
            for (var k = 0; k < length; k++) packed[(nint)k * tileRows + r] = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRows(float* rows, long stride, int length, int tileRows, float* packed)
    {
        float* row0 = rows, row1 = rows + stride, row2 = rows + 2 * stride, row3 = rows + 3 * stride;
        var k = 0;
        for (; k <= length - 4; k += 4, packed += 4 * tileRows)
        {
            Vector128<float> v0 = Vector128.Load(row0 + k), v1 = Vector128.Load(row1 + k);
            Vector128<float> v2 = Vector128.Load(row2 + k), v3 = Vector128.Load(row3 + k);
            Vector128<float> low01 = Sse.UnpackLow(v0, v1), high01 = Sse.UnpackHigh(v0, v1);
            Vector128<float> low23 = Sse.UnpackLow(v2, v3), high23 = Sse.UnpackHigh(v2, v3);
            Sse.MoveLowToHigh(low01, low23).Store(packed);
            Sse.MoveHighToLow(low23, low01).Store(packed + tileRows);
            Sse.MoveLowToHigh(high01, high23).Store(packed + 2 * tileRows);
            Sse.MoveHighToLow(high23, high01).Store(packed + 3 * tileRows);
        }

        for (; k < length; k++, packed += tileRows)
        {
            packed[0] = row0[k];
            packed[1] = row1[k];
            packed[2] = row2[k];
            packed[3] = row3[k];
        }
    }
}
