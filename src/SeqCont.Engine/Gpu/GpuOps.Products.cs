using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Gemm;
using static SeqCont.Engine.Gpu.GpuChecks;

namespace SeqCont.Engine.Gpu;

/// <content>Matrix products.</content>
public sealed partial class GpuOps
{
    /// <inheritdoc/>
    public void Project(
        DeviceBuffer a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, DeviceBuffer? bias, Activation activation,
        bool byRow, DeviceBuffer destination)
    {
        var args = Operands(a, rows, weights, [0], weights.K, columnBlocks);
        (args.Bias, args.HasBias) = (Optional(bias, 1, weights.N), IsGiven(bias));
        args.Activates = activation == Activation.None ? 0 : 1;
        args.ByRow = byRow ? 1 : 0;
        args.Destination = byRow ? Reached(destination, rows.Ids, weights.N) : View(destination, rows.Count, weights.N);
        Multiply(args, weights, a, whole: true, columnBlocks.Length, activation);
    }

    /// <inheritdoc/>
    public void ProjectAdd(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots,
        DeviceBuffer destination)
    {
        OperandChecks.KBlocks(kBlocks, weights);
        var args = Operands(a, rows, weights, kBlocks, weights.KBlock, weights.AllColumns);
        args.ByRow = 1;
        if (source is not null) (args.Source, args.HasSource) = (Reached(source, rows.Ids, weights.N), 1);
        if (table is not null) (args.Table, args.HasTable) = (TableOf(table, slots, weights.N), 1);
        (args.Slots, args.HasSlots) = (SlotsOf(slots), IsGiven(slots));
        args.Destination = Reached(destination, rows.Ids, weights.N);
        Multiply(args, weights, a, whole: args.KCount == weights.K, weights.AllColumns.Length, Activation.None);
    }

    private GemmGpuArgs Operands(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, int kBlock, ReadOnlySpan<int> columnBlocks)
    {
        var matrix = Weights(weights);
        OperandChecks.ColumnBlocks(columnBlocks, weights);
        return new()
        {
            A = View(a, rows.Count, weights.K),
            Weights = matrix.View,
            KMap = Map(kBlocks, kBlock),
            ColumnMap = Map(columnBlocks, weights.ColumnBlock),
            Ids = Ids(rows),
            Bias = _nothing.View,
            Source = _nothing.View,
            Table = _nothing.View,
            Slots = _noIndices.View,
            Rows = rows.Count,
            K = weights.K,
            KCount = kBlocks.Length * kBlock,
            ColumnCount = columnBlocks.Length * weights.ColumnBlock,
            Stride = matrix.Stride,
            N = weights.N,
        };
    }

    /// <summary>Queues the product in the form that its shape calls for.</summary>
    /// <param name="args">Operands.</param>
    /// <param name="weights">The matrix that they come from.</param>
    /// <param name="a">The other one.</param>
    /// <param name="whole">Whether all terms are chosen.</param>
    /// <param name="blocks">How many column blocks are chosen.</param>
    /// <param name="activation">What the sums go through.</param>
    private void Multiply(GemmGpuArgs args, WeightMatrix weights, View a, bool whole, int blocks, Activation activation)
    {
        if (args.Rows == 0 || args.ColumnCount == 0) return;
        static bool InFours(long count) => count % 4 == 0;
        var areColumnsInFours = InFours(weights.ColumnBlock) || (blocks == 1 && weights.ColumnBlock == weights.N);
        var isAligned = InFours(weights.K) && InFours(a.Start) && (whole || InFours(weights.KBlock)) && areColumnsInFours;
        args.Wide = InFours(weights.N) && InFours(weights.ColumnBlock) ? 1 : 0;
        var arithmetic = isAligned ? Arithmetic : GpuArithmetic.Simt;
        var tile = ForcedTile is { } forced ? Math.Min(forced, GemmDialects.Tiles(arithmetic).Count - 1)
            : GemmDialects.ChooseTile(arithmetic, args.Rows, args.ColumnCount, _accelerator.NumMultiprocessors);
        var size = GemmDialects.Tiles(arithmetic)[tile];
        var grid = new Index3D((args.ColumnCount + size.Columns - 1) / size.Columns, (args.Rows + size.Rows - 1) / size.Rows, 1);
        Product(new GemmDialect(arithmetic, tile, isAligned ? AlignedLoads : GpuLoads.Plain, GemmDialects.FormOf(activation)))(_stream,
            new KernelConfig(grid, new Index3D(size.Threads, 1, 1)), args);
    }

    private Action<AcceleratorStream, KernelConfig, GemmGpuArgs> Product(GemmDialect dialect)
    {
        ref var kernel = ref CollectionsMarshal.GetValueRefOrAddDefault(_products, dialect, out _);
        return kernel ??= _cuda is not null
            ? _accelerator.LoadKernel(GemmDialects.Kernel(dialect), GemmDialects.Specialization(dialect))
            : _accelerator.LoadKernel(GemmDialects.Kernel(dialect));
    }

    /// <summary>The numbers that chosen blocks stand for, one after another.</summary>
    private ArrayView<int> Map(ReadOnlySpan<int> blocks, int size)
    {
        if (!_maps.TryGetValue(size, out var maps)) _maps[size] = maps = MapsOf(size);
        return maps.Of(blocks);
    }

    private GpuConstants<int> MapsOf(int size) =>
        new(_accelerator, chosen => [.. chosen.SelectMany(block => Enumerable.Range(block * size, size))]);
}
