using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Activations;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Kernels.Gemm;

/// <summary>128 rows by 128 columns, 256 threads of 8 x 8 sums.</summary>
public readonly struct SimtTile128 : IGemmTile
{
    /// <inheritdoc/>
    public static int Rows => 128;

    /// <inheritdoc/>
    public static int Columns => 128;

    /// <inheritdoc/>
    public static int Threads => 256;
}

/// <summary>64 rows by 64 columns, 64 threads of 8 x 8 sums.</summary>
public readonly struct SimtTile64 : IGemmTile
{
    /// <inheritdoc/>
    public static int Rows => 64;

    /// <inheritdoc/>
    public static int Columns => 64;

    /// <inheritdoc/>
    public static int Threads => 64;
}

/// <summary>
/// Eight rows by eight columns a thread, in float32 multiply-adds: 64 of them for four 16-byte reads of shared memory
/// in the mean. With T = columns / 8 threads across, a thread's rows are threads / T apart and its columns are two
/// quads half a tile apart, so that a warp's reads fall into different banks.
/// </summary>
public struct SimtMicro : IGemmMicro<SimtMicro>
{
    private SimtRow _r0, _r1, _r2, _r3, _r4, _r5, _r6, _r7;

    /// <inheritdoc/>
    public static SimtMicro Step<TTile>(SimtMicro sums, ArrayView<float> shared, int a, int b, int bStride)
        where TTile : struct, IGemmTile
    {
        var across = TTile.Columns / 8;
        var apart = TTile.Threads / across * (GemmGpu.AStride / 4);
        var rows = shared.SubView(a + Group.IdxX / across * GemmGpu.AStride).AsAligned16().Cast<Float4>();
        var columns = shared.SubView(b + (Group.IdxX & (across - 1)) * 4).AsAligned16().Cast<Float4>();
        // Written out, not looped over: a loop would copy the sums from register to register.
        sums = Four(sums, rows, columns, apart, across, bStride / 4);
        sums = Four(sums, rows.SubView(1), columns.SubView(bStride), apart, across, bStride / 4);
        sums = Four(sums, rows.SubView(2), columns.SubView(2 * bStride), apart, across, bStride / 4);
        return Four(sums, rows.SubView(3), columns.SubView(3 * bStride), apart, across, bStride / 4);
    }

    /// <inheritdoc/>
    public static void Store<TTile, TActivation>(
        SimtMicro sums, GemmGpuArgs args, ArrayView<float> shared, int firstRow, int firstColumn)
        where TTile : struct, IGemmTile
        where TActivation : struct, IActivationGpu
    {
        var apart = TTile.Threads / (TTile.Columns / 8);
        Store<TTile, TActivation>(sums._r0, args, shared, firstRow, firstColumn);
        Store<TTile, TActivation>(sums._r1, args, shared, firstRow + apart, firstColumn);
        Store<TTile, TActivation>(sums._r2, args, shared, firstRow + 2 * apart, firstColumn);
        Store<TTile, TActivation>(sums._r3, args, shared, firstRow + 3 * apart, firstColumn);
        Store<TTile, TActivation>(sums._r4, args, shared, firstRow + 4 * apart, firstColumn);
        Store<TTile, TActivation>(sums._r5, args, shared, firstRow + 5 * apart, firstColumn);
        Store<TTile, TActivation>(sums._r6, args, shared, firstRow + 6 * apart, firstColumn);
        Store<TTile, TActivation>(sums._r7, args, shared, firstRow + 7 * apart, firstColumn);
    }

    private static SimtMicro Four(SimtMicro sums, ArrayView<Float4> rows, ArrayView<Float4> columns, int apart, int across, int stride)
    {
        var (a0, a1, a2, a3) = (rows[0], rows[apart], rows[2 * apart], rows[3 * apart]);
        var (a4, a5, a6, a7) = (rows[4 * apart], rows[5 * apart], rows[6 * apart], rows[7 * apart]);
        sums = Add(sums, a0.X, a1.X, a2.X, a3.X, a4.X, a5.X, a6.X, a7.X, columns[0], columns[across]);
        sums = Add(sums, a0.Y, a1.Y, a2.Y, a3.Y, a4.Y, a5.Y, a6.Y, a7.Y, columns[stride], columns[stride + across]);
        sums = Add(sums, a0.Z, a1.Z, a2.Z, a3.Z, a4.Z, a5.Z, a6.Z, a7.Z, columns[2 * stride], columns[2 * stride + across]);
        return Add(sums, a0.W, a1.W, a2.W, a3.W, a4.W, a5.W, a6.W, a7.W, columns[3 * stride], columns[3 * stride + across]);
    }

    private static SimtMicro Add(
        SimtMicro sums, float a0, float a1, float a2, float a3, float a4, float a5, float a6, float a7, Float4 left, Float4 right)
    {
        sums._r0 = Add(sums._r0, a0, left, right);
        sums._r1 = Add(sums._r1, a1, left, right);
        sums._r2 = Add(sums._r2, a2, left, right);
        sums._r3 = Add(sums._r3, a3, left, right);
        sums._r4 = Add(sums._r4, a4, left, right);
        sums._r5 = Add(sums._r5, a5, left, right);
        sums._r6 = Add(sums._r6, a6, left, right);
        sums._r7 = Add(sums._r7, a7, left, right);
        return sums;
    }

    private static SimtRow Add(SimtRow sums, float a, Float4 left, Float4 right)
    {
        sums.Left = sums.Left.MultiplyAdd(a, left);
        sums.Right = sums.Right.MultiplyAdd(a, right);
        return sums;
    }

    /// <summary>One row of each thread.</summary>
    private static void Store<TTile, TActivation>(SimtRow sums, GemmGpuArgs args, ArrayView<float> shared, int firstRow, int firstColumn)
        where TTile : struct, IGemmTile
        where TActivation : struct, IActivationGpu
    {
        var across = TTile.Columns / 8;
        var apart = TTile.Threads / across;
        var quads = shared.AsAligned16().Cast<Float4>();
        var at = (Group.IdxX / across * (TTile.Columns + GemmGpu.BPadding) + (Group.IdxX & (across - 1)) * 4) / 4;
        quads[at] = sums.Left;
        quads[at + TTile.Columns / 8] = sums.Right;
        GemmGpu.Flush<TTile, TActivation>(args, shared, apart, apart, 0, firstRow, firstColumn);
    }

    private struct SimtRow
    {
        public Float4 Left, Right;
    }
}
