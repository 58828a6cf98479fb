using static SeqCont.Engine.Cpu.CpuChecks;

namespace SeqCont.Engine.Cpu;

/// <content>Matrix products.</content>
public sealed partial class CpuOps
{
    /// <inheritdoc/>
    public void Project(
        DeviceBuffer a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, DeviceBuffer? bias, Activation activation,
        bool byRow, DeviceBuffer destination)
    {
        var matrix = Weights(weights);
        OperandChecks.Blocks(columnBlocks, weights.N / weights.ColumnBlock, nameof(columnBlocks));
        var operands = Operands(a, rows, matrix, columnBlocks, weights.K);
        _team.Run(operands.Grid.Items, new ProjectJob(
            operands, BufferOrNull(bias, 1, weights.N), activation == Activation.GeluNew, byRow,
            byRow ? Buffer(destination) : Buffer(destination, rows.Count, weights.N)));
    }

    /// <inheritdoc/>
    public void ProjectAdd(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots,
        DeviceBuffer destination)
    {
        var matrix = Weights(weights);
        OperandChecks.Blocks(kBlocks, weights.K / weights.KBlock, nameof(kBlocks));
        var runCount = ChooseRuns(kBlocks, weights.KBlock);
        var operands = Operands(a, rows, matrix, weights.AllColumns, kBlocks.Length * weights.KBlock);
        _team.Run(operands.Grid.Items, new ProjectAddJob(
            operands, _runs, runCount, BufferOrNull(source), BufferOrNull(table), IndicesOrNull(slots), Buffer(destination)));
    }

    private GemmOperands Operands(View a, Rows rows, CpuWeights weights, ReadOnlySpan<int> columnBlocks, int chosenK)
    {
        var (packed, perBlock) = (weights.Packed, weights.Packed.PanelsPerBlock);
        var count = columnBlocks.Length * perBlock;
        var panels = Grown(ref _panels, count);
        for (var i = 0; i < count; i++) panels[i] = columnBlocks[i / perBlock] * perBlock + i % perBlock;
        // With nothing to compute the grid is empty; its sizes still have to be positive.
        var grid = count == 0 || rows.Count == 0
            ? new GemmGrid(0, 1, 0, 1)
            : GemmGrid.For(packed, rows.Count, chosenK, count, Threads);
        return new GemmOperands(grid, View(a, rows.Count, weights.K), Ids(rows), rows.Start, packed, panels, _gemmScratch);
    }

    // Neighbouring blocks make one run: fewer interruptions of the tile's loop, the same order of k.
    private int ChooseRuns(ReadOnlySpan<int> kBlocks, int kBlock)
    {
        var (runs, count) = (Grown(ref _runs, 2 * kBlocks.Length), 0);
        for (var i = 0; i < kBlocks.Length; i++)
        {
            if (i > 0 && kBlocks[i] == kBlocks[i - 1] + 1)
            {
                runs[2 * count - 1] += kBlock;
                continue;
            }

            runs[2 * count] = kBlocks[i] * kBlock;
            runs[2 * count++ + 1] = kBlock;
        }

        return count;
    }
}
