using SeqCont.Kernels;
using SeqCont.Kernels.Activations;
using SeqCont.Kernels.Gemm;

namespace SeqCont.Engine.Cpu;

/// <summary>
/// How a product is cut into items: row blocks by groups of panels. The groups are the outer loop, so that the
/// weights of one group stay in the shared cache while all row blocks pass it.
/// </summary>
internal readonly record struct GemmGrid(int Rows, int RowsPerBlock, int Panels, int PanelsPerGroup)
{
    // Packed rows of a block, in bytes: half of a level 2 cache of 1 MB, the other half is for panels.
    private const int BlockBytes = 512 << 10;
    private const int MaxTiles = 8;

    // Packed weights of a group, in bytes: what a share of the level 3 cache holds.
    private const long GroupBytes = 12L << 20;

    // Packing a block costs about as much as a third of a panel's product; below this many it would show.
    private const int MinPanelsPerGroup = 8;
    private const int ItemsPerThread = 8;

    public int Blocks => (Rows + RowsPerBlock - 1) / RowsPerBlock;

    public int Groups => (Panels + PanelsPerGroup - 1) / PanelsPerGroup;

    public int Items => checked(Blocks * Groups);

    /// <summary>Cuts a product for so many threads.</summary>
    public static GemmGrid For(PackedWeights weights, int rows, int chosenK, int panels, int threads)
    {
        var tileRows = GemmShape.Of(weights.Path).TileRows;
        var tiles = (rows + tileRows - 1) / tileRows;
        var tilesPerBlock = (int)Math.Clamp(BlockBytes / (4L * tileRows * Math.Max(1, chosenK)), 1, MaxTiles * 12 / tileRows);
        var blocks = (tiles + tilesPerBlock - 1) / tilesPerBlock;
        tilesPerBlock = (tiles + blocks - 1) / blocks;
        var panelBytes = 4L * weights.K * weights.PanelWidth;
        var perGroup = Math.Clamp(GroupBytes / panelBytes, 1, panels);
        var groupsWanted = threads == 1 ? 1 : (ItemsPerThread * threads + blocks - 1) / blocks;
        perGroup = Math.Min(perGroup, Math.Max(Math.Min(MinPanelsPerGroup, panels), (panels + groupsWanted - 1) / groupsWanted));
        return new(rows, tilesPerBlock * tileRows, panels, (int)perGroup);
    }

    public (int Row, int Rows, int Panel, int Panels) Item(int item)
    {
        var row = item % Blocks * RowsPerBlock;
        var panel = item / Blocks * PanelsPerGroup;
        return (row, Math.Min(RowsPerBlock, Rows - row), panel, Math.Min(PanelsPerGroup, Panels - panel));
    }
}

/// <summary>The operands that both products share.</summary>
internal readonly record struct GemmOperands(
    GemmGrid Grid, CpuView A, int[] Ids, int Start, PackedWeights Weights, int[] Panels, AlignedMemory<float>?[] Scratch)
{
    public ReadOnlySpan<float> Rows(int row, int rows) => A.Buffer.Memory.Slice(A.Start + (long)row * Weights.K, rows * Weights.K);

    public ReadOnlySpan<int> RowIds(int row, int rows) => Ids.AsSpan(Start + row, rows);

    public AlignedMemory<float> ScratchOf(int worker)
    {
        var needed = GemmBlock.ScratchLength(Weights.Path, Grid.RowsPerBlock, Weights.K);
        ref var scratch = ref Scratch[worker];
        if (scratch?.Length >= needed) return scratch;
        scratch?.Dispose();
        scratch = null;
        return scratch = new AlignedMemory<float>(needed);
    }
}

internal readonly record struct ProjectJob<TActivation>(GemmOperands Gemm, CpuBuffer? Bias, bool ByRow, CpuBuffer Destination) : ITeamJob
    where TActivation : struct, IActivationSimd
{
    public void Run(int item, int worker)
    {
        var (row, rows, panel, panels) = Gemm.Grid.Item(item);
        var ids = ByRow ? Gemm.RowIds(row, rows) : default;
        GemmBlock.Project<TActivation>(
            Gemm.Rows(row, rows), ids, row, rows, Gemm.Weights, Gemm.Panels.AsSpan(panel, panels), Bias?.Memory, Gemm.ScratchOf(worker),
            Destination.Memory);
    }
}

internal readonly record struct ProjectAddJob(
    GemmOperands Gemm, int[] Runs, int RunCount, CpuBuffer? Source, CpuBuffer? Table, int[]? Slots, CpuBuffer Destination) : ITeamJob
{
    public void Run(int item, int worker)
    {
        var (row, rows, panel, panels) = Gemm.Grid.Item(item);
        GemmBlock.ProjectAdd(
            Gemm.Rows(row, rows), Gemm.RowIds(row, rows), Gemm.Weights, Gemm.Panels.AsSpan(panel, panels), Runs.AsSpan(0, 2 * RunCount),
            Source?.Memory, Table?.Memory, Slots, Gemm.ScratchOf(worker), Destination.Memory);
    }
}
