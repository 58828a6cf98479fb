using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Activations;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Kernels.Gemm;

/// <summary>128 rows by 128 columns: two by four warps.</summary>
public readonly struct TensorTile128 : IGemmTile
{
    /// <inheritdoc/>
    public static int Rows => 128;

    /// <inheritdoc/>
    public static int Columns => 128;

    /// <inheritdoc/>
    public static int Threads => 256;
}

/// <summary>64 rows by 128 columns: one by four warps.</summary>
public readonly struct TensorTile64 : IGemmTile
{
    /// <inheritdoc/>
    public static int Rows => 64;

    /// <inheritdoc/>
    public static int Columns => 128;

    /// <inheritdoc/>
    public static int Threads => 128;
}

/// <summary>64 rows by 32 columns: one warp. For narrow products and for tests.</summary>
public readonly struct TensorTile32 : IGemmTile
{
    /// <inheritdoc/>
    public static int Rows => 64;

    /// <inheritdoc/>
    public static int Columns => 32;

    /// <inheritdoc/>
    public static int Threads => 32;
}

/// <summary>Four factors as tf32 sees them, and what that leaves over.</summary>
public struct SplitRows
{
    /// <summary>Rounded to tf32.</summary>
    public Tf32x4 High;

    /// <summary>The rest.</summary>
    public Tf32x4 Low;

    /// <summary>Splits four numbers: together the parts are off by at most 2^-21 of each.</summary>
    public static SplitRows Of<TProduct>(float x, float y, float z, float w)
        where TProduct : struct, ITensorProduct => new()
        {
            High = new(TProduct.Round(x), TProduct.Round(y), TProduct.Round(z), TProduct.Round(w)),
            Low = new(Tf32.Rest(x), Tf32.Rest(y), Tf32.Rest(z), Tf32.Rest(w)),
        };
}

/// <summary>The same for two factors of the other operand.</summary>
public struct SplitColumn
{
    /// <summary>Rounded to tf32.</summary>
    public Tf32x2 High;

    /// <summary>The rest.</summary>
    public Tf32x2 Low;

    /// <summary>Splits two numbers.</summary>
    public static SplitColumn Of<TProduct>(float x, float y)
        where TProduct : struct, ITensorProduct => new()
        {
            High = new(TProduct.Round(x), TProduct.Round(y)),
            Low = new(Tf32.Rest(x), Tf32.Rest(y)),
        };
}

/// <summary>How precisely eight terms are multiplied.</summary>
public interface ITensorProduct
{
    /// <summary>A factor as tf32 sees it.</summary>
    static abstract int Round(float value);

    /// <summary>sums plus the products of eight terms.</summary>
    static abstract Float4 MultiplyAdd(Float4 sums, SplitRows a, SplitColumn b);
}

/// <summary>One product of tf32 factors: a relative error of up to 2^-11 a factor.</summary>
public readonly struct Tf32Product : ITensorProduct
{
    /// <inheritdoc/>
    public static int Round(float value) => Tf32.RoundOrNaN(value);

    /// <inheritdoc/>
    public static Float4 MultiplyAdd(Float4 sums, SplitRows a, SplitColumn b) => TensorCore.MultiplyAdd(a.High, b.High, sums);
}

/// <summary>
/// Three products of split factors, small ones first; low times low, below 2^-22, is left out. NaN comes through the low part. Tensor cores
/// truncate when
/// they add, so eight terms start from zero and join the float32 sum by a rounded addition (the remedy of Ootomo and
/// Yokota, "Recovering single precision accuracy from Tensor Cores", arXiv 2203.03341).
/// </summary>
public readonly struct SplitProduct : ITensorProduct
{
    /// <inheritdoc/>
    public static int Round(float value) => Tf32.Round(value);

    /// <inheritdoc/>
    public static Float4 MultiplyAdd(Float4 sums, SplitRows a, SplitColumn b)
    {
        var eight = TensorCore.MultiplyAdd(a.Low, b.High, default);
        eight = TensorCore.MultiplyAdd(a.High, b.Low, eight);
        return sums.Add(TensorCore.MultiplyAdd(a.High, b.High, eight));
    }
}

/// <summary>
/// 64 rows by 32 columns a warp on tensor cores: four by four tiles of 16 x 8, 64 sums a thread. Warps lie beside each
/// other across the tile's columns, then down its rows. Fragments come from shared memory one number at a time; the
/// paddings of <see cref="GemmGpu"/> put a warp's 32 reads into 32 banks.
/// </summary>
/// <typeparam name="TProduct">Precision.</typeparam>
public struct TensorMicro<TProduct> : IGemmMicro<TensorMicro<TProduct>>
    where TProduct : struct, ITensorProduct
{
    private const int WarpRows = 64, WarpColumns = 32, WarpSize = 32, MmaRows = 16;

    private TensorRow _r0, _r1, _r2, _r3;

    /// <inheritdoc/>
    public static TensorMicro<TProduct> Step<TTile>(TensorMicro<TProduct> sums, ArrayView<float> shared, int a, int b, int bStride)
        where TTile : struct, IGemmTile
    {
        var (warp, lane) = (Group.IdxX / WarpSize, Group.IdxX % WarpSize);
        var (row, column) = (WarpRow<TTile>(warp) * WarpRows + lane / 4, WarpColumn<TTile>(warp) * WarpColumns + lane / 4);
        var rows = shared.SubView(a + row * GemmGpu.AStride + lane % 4);
        var columns = shared.SubView(b + lane % 4 * bStride + column);
        // Written out, not looped over: a loop would copy the sums from register to register.
        sums = Eight(sums, rows, columns, bStride);
        return Eight(sums, rows.SubView(8), columns.SubView(8 * bStride), bStride);
    }

    /// <inheritdoc/>
    public static void Store<TTile, TActivation>(
        TensorMicro<TProduct> sums, GemmGpuArgs args, ArrayView<float> shared, int firstRow, int firstColumn)
        where TTile : struct, IGemmTile
        where TActivation : struct, IActivationGpu
    {
        Store<TTile, TActivation>(sums._r0, args, shared, firstRow, firstColumn);
        Store<TTile, TActivation>(sums._r1, args, shared, firstRow + MmaRows, firstColumn);
        Store<TTile, TActivation>(sums._r2, args, shared, firstRow + 2 * MmaRows, firstColumn);
        Store<TTile, TActivation>(sums._r3, args, shared, firstRow + 3 * MmaRows, firstColumn);
    }

    private static TensorMicro<TProduct> Eight(TensorMicro<TProduct> sums, ArrayView<float> rows, ArrayView<float> columns, int bStride)
    {
        var b0 = SplitColumn.Of<TProduct>(columns[0], columns[4 * bStride]);
        var b1 = SplitColumn.Of<TProduct>(columns[8], columns[8 + 4 * bStride]);
        var b2 = SplitColumn.Of<TProduct>(columns[16], columns[16 + 4 * bStride]);
        var b3 = SplitColumn.Of<TProduct>(columns[24], columns[24 + 4 * bStride]);
        sums._r0 = Add(sums._r0, Rows(rows, 0), b0, b1, b2, b3);
        sums._r1 = Add(sums._r1, Rows(rows, MmaRows * GemmGpu.AStride), b0, b1, b2, b3);
        sums._r2 = Add(sums._r2, Rows(rows, 2 * MmaRows * GemmGpu.AStride), b0, b1, b2, b3);
        sums._r3 = Add(sums._r3, Rows(rows, 3 * MmaRows * GemmGpu.AStride), b0, b1, b2, b3);
        return sums;
    }

    private static int WarpRow<TTile>(int warp)
        where TTile : struct, IGemmTile => warp / (TTile.Columns / WarpColumns);

    private static int WarpColumn<TTile>(int warp)
        where TTile : struct, IGemmTile => warp & (TTile.Columns / WarpColumns - 1);

    private static SplitRows Rows(ArrayView<float> rows, int at) =>
        SplitRows.Of<TProduct>(rows[at], rows[at + 8 * GemmGpu.AStride], rows[at + 4], rows[at + 4 + 8 * GemmGpu.AStride]);

    private static TensorRow Add(TensorRow sums, SplitRows a, SplitColumn b0, SplitColumn b1, SplitColumn b2, SplitColumn b3)
    {
        sums.C0 = TProduct.MultiplyAdd(sums.C0, a, b0);
        sums.C1 = TProduct.MultiplyAdd(sums.C1, a, b1);
        sums.C2 = TProduct.MultiplyAdd(sums.C2, a, b2);
        sums.C3 = TProduct.MultiplyAdd(sums.C3, a, b3);
        return sums;
    }

    /// <summary>Sixteen rows of each warp.</summary>
    private static void Store<TTile, TActivation>(TensorRow sums, GemmGpuArgs args, ArrayView<float> shared, int firstRow, int firstColumn)
        where TTile : struct, IGemmTile
        where TActivation : struct, IActivationGpu
    {
        var (warp, lane) = (Group.IdxX / WarpSize, Group.IdxX % WarpSize);
        var stride = TTile.Columns + GemmGpu.BPadding;
        var at = (WarpRow<TTile>(warp) * MmaRows + lane / 4) * stride + WarpColumn<TTile>(warp) * WarpColumns + lane % 4 * 2;
        Stage(shared, at, stride, sums.C0);
        Stage(shared, at + 8, stride, sums.C1);
        Stage(shared, at + 16, stride, sums.C2);
        Stage(shared, at + 24, stride, sums.C3);
        GemmGpu.Flush<TTile, TActivation>(args, shared, TTile.Rows / WarpRows * MmaRows, MmaRows, WarpRows, firstRow, firstColumn);
    }

    private static void Stage(ArrayView<float> shared, int at, int stride, Float4 sums)
    {
        var pairs = shared.AsAligned(8).Cast<Float2>();
        pairs[at / 2] = new Float2(sums.X, sums.Y);
        pairs[(at + 8 * stride) / 2] = new Float2(sums.Z, sums.W);
    }

    private struct TensorRow
    {
        public Float4 C0, C1, C2, C3;
    }
}
