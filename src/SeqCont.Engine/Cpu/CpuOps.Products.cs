using SeqCont.Kernels.Gemm;
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
        var operands = Operands(View(a, rows.Count, weights.K, nameof(a)), rows, matrix, ChoosePanels(matrix.Packed, columnBlocks),
            weights.K);
        var job = new ProjectJob(
            operands, bias is null ? null : Buffer(bias, 1, weights.N, nameof(bias)), activation == Activation.GeluNew, byRow,
            byRow ? Buffer(destination, nameof(destination)) : Buffer(destination, rows.Count, weights.N, nameof(destination)));
        _team.Run(operands.Grid.Items, job);
    }

    /// <inheritdoc/>
    public void ProjectAdd(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots,
        DeviceBuffer destination)
    {
        var matrix = Weights(weights);
        OperandChecks.Blocks(kBlocks, weights.K / weights.KBlock, nameof(kBlocks));
        var runCount = ChooseRuns(kBlocks, weights.KBlock);
        var operands = Operands(View(a, rows.Count, weights.K, nameof(a)), rows, matrix, ChooseAllPanels(matrix.Packed),
            kBlocks.Length * weights.KBlock);
        var job = new ProjectAddJob(
            operands, _runs, runCount, BufferOrNull(source, nameof(source)), BufferOrNull(table, nameof(table)),
            IndicesOrNull(slots, nameof(slots)),
            Buffer(destination, nameof(destination)));
        _team.Run(operands.Grid.Items, job);
    }

    private GemmOperands Operands(CpuView a, Rows rows, CpuWeights weights, int panels, int chosenK)
    {
        // With nothing to compute the grid is empty; its sizes still have to be positive.
        var grid = panels == 0 || rows.Count == 0
            ? new GemmGrid(0, 1, 0, 1)
            : GemmGrid.For(weights.Packed, rows.Count, chosenK, panels, Threads);
        return new GemmOperands(grid, a, Ids(rows), rows.Start, weights.Packed, _panels, _gemmScratch);
    }

    private int ChoosePanels(PackedWeights weights, ReadOnlySpan<int> columnBlocks)
    {
        var count = columnBlocks.Length * weights.PanelsPerBlock;
        if (_panels.Length < count) _panels = new int[count];
        for (var i = 0; i < count; i++)
            _panels[i] = columnBlocks[i / weights.PanelsPerBlock] * weights.PanelsPerBlock + i % weights.PanelsPerBlock;
        return count;
    }

    private int ChooseAllPanels(PackedWeights weights)
    {
        if (_panels.Length < weights.Panels) _panels = new int[weights.Panels];
        for (var i = 0; i < weights.Panels; i++) _panels[i] = i;
        return weights.Panels;
    }

    // Neighbouring blocks make one run: fewer interruptions of the tile's loop, the same order of k.
    private int ChooseRuns(ReadOnlySpan<int> kBlocks, int kBlock)
    {
        if (_runs.Length < 2 * kBlocks.Length) _runs = new int[2 * kBlocks.Length];
        var count = 0;
        for (var i = 0; i < kBlocks.Length; i++)
        {
            if (i > 0 && kBlocks[i] == kBlocks[i - 1] + 1)
            {
                _runs[2 * count - 1] += kBlock;
                continue;
            }

            _runs[2 * count] = kBlocks[i] * kBlock;
            _runs[2 * count + 1] = kBlock;
            count++;
        }

        return count;
    }
}
