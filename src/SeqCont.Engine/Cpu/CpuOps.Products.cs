using SeqCont.Kernels.Activations;
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
        var operands = Operands(a, rows, weights, columnBlocks, weights.K);
        var (addend, target) = (
            BufferOrNull(bias, 1, weights.N), byRow ? Buffer(destination) : Buffer(destination, rows.Count, weights.N));
        switch (activation)
        {
            case Activation.None: Run<IdentitySimd>(); break;
            case Activation.GeluNew: Run<GeluNewSimd>(); break;
            case Activation.Gelu: Run<GeluSimd>(); break;
            case Activation.Relu: Run<ReluSimd>(); break;
            case Activation.Silu: Run<SiluSimd>(); break;
            default: throw OperandChecks.Unknown(activation);
        }

        void Run<TActivation>()
            where TActivation : struct, IActivationSimd =>
            _team.Run(operands.Grid.Items, new ProjectJob<TActivation>(operands, addend, byRow, target));
    }

    /// <inheritdoc/>
    public void ProjectAdd(
        View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots,
        DeviceBuffer destination)
    {
        var runCount = ChooseRuns(kBlocks, weights);
        var operands = Operands(a, rows, weights, weights.AllColumns, kBlocks.Length * weights.KBlock);
        _team.Run(operands.Grid.Items, new ProjectAddJob(
            operands, _runs, runCount, BufferOrNull(source), BufferOrNull(table), IndicesOrNull(slots), Buffer(destination)));
    }

    private GemmOperands Operands(View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, int chosenK)
    {
        var packed = Weights(weights).Packed;
        OperandChecks.ColumnBlocks(columnBlocks, weights);
        var (perBlock, count) = (packed.PanelsPerBlock, columnBlocks.Length * packed.PanelsPerBlock);
        var panels = Grown(ref _panels, count);
        for (var i = 0; i < count; i++) panels[i] = columnBlocks[i / perBlock] * perBlock + i % perBlock;
        // With nothing to compute the grid is empty; its sizes still have to be positive.
        var grid = count == 0 || rows.Count == 0
            ? new GemmGrid(0, 1, 0, 1)
            : GemmGrid.For(packed, rows.Count, chosenK, count, Threads);
        return new GemmOperands(grid, View(a, rows.Count, weights.K), Ids(rows), rows.Start, packed, panels, _gemmScratch);
    }

    // Neighbouring blocks make one run: fewer interruptions of the tile's loop, the same order of k.
    private int ChooseRuns(ReadOnlySpan<int> kBlocks, WeightMatrix weights)
    {
        OperandChecks.KBlocks(kBlocks, weights);
        var (runs, kBlock, count) = (Grown(ref _runs, 2 * kBlocks.Length), weights.KBlock, 0);
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
