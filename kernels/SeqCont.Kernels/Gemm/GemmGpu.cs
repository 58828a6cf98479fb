using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Activations;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Kernels.Gemm;

/// <summary>What a product on a GPU reads and writes. Views that a flag switches off may be any.</summary>
public struct GemmGpuArgs
{
    /// <summary>[i, K]: what lies outside the chosen terms is not read.</summary>
    public ArrayView<float> A;

    /// <summary>[K, Stride].</summary>
    public ArrayView<float> Weights;

    /// <summary>The chosen terms, ascending, [KCount].</summary>
    public ArrayView<int> KMap;

    /// <summary>The chosen columns, ascending, [ColumnCount].</summary>
    public ArrayView<int> ColumnMap;

    /// <summary>Row numbers of the destination, [i]; read when <see cref="ByRow"/> is not 0, else row i is written.</summary>
    public ArrayView<int> Ids;

    /// <summary>[N]; read when <see cref="HasBias"/> is not 0.</summary>
    public ArrayView<float> Bias;

    /// <summary>[row, N]; read when <see cref="HasSource"/> is not 0. May be the destination.</summary>
    public ArrayView<float> Source;

    /// <summary>[slot, N]; read when <see cref="HasTable"/> is not 0.</summary>
    public ArrayView<float> Table;

    /// <summary>[row]; read when <see cref="HasSlots"/> is not 0, else slot 0.</summary>
    public ArrayView<int> Slots;

    /// <summary>[row, N].</summary>
    public ArrayView<float> Destination;

    /// <summary>Rows i.</summary>
    public int Rows;

    /// <summary>Length of a row of A.</summary>
    public int K;

    /// <summary>How many terms are summed.</summary>
    public int KCount;

    /// <summary>How many columns are computed.</summary>
    public int ColumnCount;

    /// <summary>Length of a row of the weights in memory.</summary>
    public int Stride;

    /// <summary>Length of a row of the destination.</summary>
    public int N;

    /// <summary>Whether destination rows are Ids[i].</summary>
    public int ByRow;

    /// <summary>Whether a bias is added.</summary>
    public int HasBias;

    /// <summary>Whether the kernel's activation is applied.</summary>
    public int Activates;

    /// <summary>Whether a source is added.</summary>
    public int HasSource;

    /// <summary>Whether a table is added.</summary>
    public int HasTable;

    /// <summary>Whether rows have slots.</summary>
    public int HasSlots;

    /// <summary>Whether the chosen columns 4j to 4j + 3 are neighbours at a 16-byte boundary everywhere.</summary>
    public int Wide;
}

/// <summary>Sizes of a group's tile, known when a kernel is compiled.</summary>
public interface IGemmTile
{
    /// <summary>Rows of a group's tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a group's tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Threads of a group.</summary>
    static abstract int Threads { get; }
}

/// <summary>How a thread multiplies its part of the tile: its accumulators, and what is added to them.</summary>
/// <typeparam name="TSelf">The implementing struct; held in registers.</typeparam>
public interface IGemmMicro<TSelf>
    where TSelf : struct
{
    /// <summary>The accumulators plus the products of one staged tile.</summary>
    /// <param name="sums">So far.</param>
    /// <param name="shared">Staged operands.</param>
    /// <param name="a">Start of the rows, [Rows, <see cref="GemmGpu.AStride"/>].</param>
    /// <param name="b">Start of the weights, [<see cref="GemmGpu.KTile"/>, bStride].</param>
    /// <param name="bStride">Length of a staged row of weights.</param>
    static abstract TSelf Step<TTile>(TSelf sums, ArrayView<float> shared, int a, int b, int bStride)
        where TTile : struct, IGemmTile;

    /// <summary>Stages every sum in shared memory and flushes it (<see cref="GemmGpu.Flush"/>), part by part.</summary>
    /// <param name="sums">Finished sums.</param>
    /// <param name="args">Where they go.</param>
    /// <param name="shared">Free.</param>
    /// <param name="firstRow">First row of the tile.</param>
    /// <param name="firstColumn">First chosen column of the tile.</param>
    static abstract void Store<TTile, TActivation>(
        TSelf sums, GemmGpuArgs args, ArrayView<float> shared, int firstRow, int firstColumn)
        where TTile : struct, IGemmTile
        where TActivation : struct, IActivationGpu;
}

/// <summary>
/// The matrix product on a GPU. A group of threads owns a tile of the destination and walks over the chosen terms
/// in steps of <see cref="KTile"/>, with two stages of shared memory: while one is multiplied the next is loaded. Every
/// sum is one thread's, in ascending order of terms, and never split between groups. Chosen blocks are maps from
/// the n-th chosen term or column to its place, so that heads outside the circuit cost nothing. Traffic of a tile of
/// R rows and C columns: 4 (R + C) bytes a term, for 2 R C operations.
/// </summary>
public static class GemmGpu
{
    /// <summary>Terms of a stage.</summary>
    public const int KTile = 16;

    /// <summary>Length of a staged row of A: 4 numbers of padding keep a warp's reads in 32 different banks.</summary>
    public const int AStride = KTile + 4;

    /// <summary>Padding of a staged row of weights, for the same reason.</summary>
    public const int BPadding = 8;

    /// <summary>Numbers loaded at once.</summary>
    private const int Vector = 4;
    private const int VectorsPerRow = KTile / Vector;

    /// <summary>
    /// One tile; a group (columns, rows): neighbours share rows of A, so that A is read from memory about once and the weights stay in the
    /// cache.
    /// </summary>
    public static void Kernel<TTile, TMicro, TLoader, TActivation>(GemmGpuArgs args)
        where TTile : struct, IGemmTile
        where TMicro : struct, IGemmMicro<TMicro>
        where TLoader : struct, IGemmLoader
        where TActivation : struct, IActivationGpu
    {
        var bStride = TTile.Columns + BPadding;
        var stage = TTile.Rows * AStride + KTile * bStride;
        var shared = SharedMemory.Allocate<float>(2 * (TTile.Rows * AStride + KTile * (TTile.Columns + BPadding)));
        var (firstRow, firstColumn) = (Grid.IdxY * TTile.Rows, Grid.IdxX * TTile.Columns);
        var sums = default(TMicro);
        // Without a term no barrier would come between what is loaded and the sums that are staged in its place.
        if (args.KCount > 0) Load<TTile, TLoader>(args, shared, 0, firstRow, firstColumn, 0);
        TLoader.Commit();
        var current = 0;
        for (var k = 0; k < args.KCount; k += KTile)
        {
            if (k + KTile < args.KCount) Load<TTile, TLoader>(args, shared, stage - current, firstRow, firstColumn, k + KTile);
            TLoader.Commit();
            TLoader.Wait();
            Group.Barrier();
            sums = TMicro.Step<TTile>(sums, shared, current, current + TTile.Rows * AStride, bStride);
            Group.Barrier();
            current = stage - current;
        }

        TMicro.Store<TTile, TActivation>(sums, args, shared, firstRow, firstColumn);
    }

    private static void Load<TTile, TLoader>(GemmGpuArgs args, ArrayView<float> shared, int stage, int firstRow, int firstColumn, int k)
        where TTile : struct, IGemmTile
        where TLoader : struct, IGemmLoader
    {
        var thread = Group.IdxX;
        var part = thread % VectorsPerRow * Vector;
        for (var row = thread / VectorsPerRow; row < TTile.Rows; row += TTile.Threads / VectorsPerRow)
        {
            var i = firstRow + row;
            var limit = i < args.Rows ? args.KCount : 0;
            TLoader.Load4(shared, stage + row * AStride + part, args.A, (long)i * args.K, args.KMap, k + part, limit);
        }

        var weights = stage + TTile.Rows * AStride;
        var column = thread % (TTile.Columns / Vector) * Vector;
        for (var term = thread / (TTile.Columns / Vector); term < KTile; term += TTile.Threads / (TTile.Columns / Vector))
        {
            var inside = k + term < args.KCount;
            var start = inside ? (long)args.KMap[k + term] * args.Stride : 0;
            var limit = inside ? args.ColumnCount : 0;
            TLoader.Load4(shared, weights + term * (TTile.Columns + BPadding) + column, args.Weights, start, args.ColumnMap,
                firstColumn + column, limit);
        }
    }

    /// <summary>
    /// The epilogue: takes staged sums from shared memory, adds bias, table and source, applies the activation, and stores them
    /// with neighbouring threads on neighbouring columns. Waits for the stage before and after.
    /// </summary>
    /// <param name="args">Where they go.</param>
    /// <param name="shared">Sums, [staged row, columns + padding].</param>
    /// <param name="staged">Staged rows.</param>
    /// <param name="chunk">Staged rows that follow each other in the tile.</param>
    /// <param name="spacing">Rows of the tile from one chunk to the next.</param>
    /// <param name="firstRow">Row of the first staged one.</param>
    /// <param name="firstColumn">First chosen column of the tile.</param>
    public static void Flush<TTile, TActivation>(
        GemmGpuArgs args, ArrayView<float> shared, int staged, int chunk, int spacing, int firstRow, int firstColumn)
        where TTile : struct, IGemmTile
        where TActivation : struct, IActivationGpu
    {
        Group.Barrier();
        for (var unit = Group.IdxX; unit < staged * (TTile.Columns / Vector); unit += TTile.Threads)
        {
            var (line, part) = (unit / (TTile.Columns / Vector), unit % (TTile.Columns / Vector) * Vector);
            var (i, column) = (firstRow + line / chunk * spacing + line % chunk, firstColumn + part);
            if (i >= args.Rows || column >= args.ColumnCount) continue;
            var at = line * (TTile.Columns + BPadding) + part;
            var row = args.ByRow != 0 ? args.Ids[i] : i;
            var slot = args.HasSlots != 0 ? args.Slots[row] : 0;
            var (target, entry) = ((long)row * args.N, (long)slot * args.N);
            if (args.Wide != 0)
                StoreFour<TActivation>(args, target, entry, args.ColumnMap[column], shared.AsAligned16().Cast<Float4>()[at / 4]);
            else
                for (var e = 0; e < Vector && column + e < args.ColumnCount; e++)
                    StoreOne<TActivation>(args, target, entry, args.ColumnMap[column + e], shared[at + e]);
        }

        Group.Barrier();
    }

    private static void StoreOne<TActivation>(GemmGpuArgs args, long target, long entry, int column, float sum)
        where TActivation : struct, IActivationGpu
    {
        if (args.HasBias != 0) sum += args.Bias[column];
        if (args.HasTable != 0) sum += args.Table[entry + column];
        if (args.Activates != 0) sum = TActivation.Apply(sum);
        if (args.HasSource != 0) sum = args.Source[target + column] + sum;
        args.Destination[target + column] = sum;
    }

    private static void StoreFour<TActivation>(GemmGpuArgs args, long target, long entry, int column, Float4 sums)
        where TActivation : struct, IActivationGpu
    {
        if (args.HasBias != 0) sums = sums.Add(args.Bias.AsAligned16().Cast<Float4>()[column / 4]);
        if (args.HasTable != 0) sums = sums.Add(args.Table.AsAligned16().Cast<Float4>()[(entry + column) / 4]);
        if (args.Activates != 0)
            sums = new Float4(
                TActivation.Apply(sums.X), TActivation.Apply(sums.Y), TActivation.Apply(sums.Z), TActivation.Apply(sums.W));
        if (args.HasSource != 0) sums = args.Source.AsAligned16().Cast<Float4>()[(target + column) / 4].Add(sums);
        args.Destination.AsAligned16().Cast<Float4>()[(target + column) / 4] = sums;
    }
}
