using System.Runtime.CompilerServices;

namespace SeqCont.Kernels.Gemm;

/// <summary>
/// A weight matrix [k, n] in the order in which a tile reads it: panels of <see cref="PanelWidth"/> columns,
/// [panel][k][width]. Every column block starts a panel of its own, its last panel padded with zeros, so that a
/// product can pick column blocks; runs of k are picked inside a panel.
/// </summary>
public sealed unsafe class PackedWeights : IDisposable
{
    private readonly AlignedMemory<float> _memory;

    /// <summary>Allocates panels of zeros.</summary>
    /// <param name="path">The instruction set whose tiles will read them.</param>
    /// <param name="k">Rows: the length of the dot products.</param>
    /// <param name="n">Columns.</param>
    /// <param name="columnBlock">Columns in a block that a product may pick; divides n.</param>
    public PackedWeights(InstructionSet path, int k, int n, int columnBlock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columnBlock);
        ArgumentOutOfRangeException.ThrowIfNotEqual(n % columnBlock, 0);
        Path = path;
        K = k;
        N = n;
        ColumnBlock = columnBlock;
        PanelWidth = GemmShape.Of(path).PanelWidth;
        PanelsPerBlock = (int)(((long)columnBlock + PanelWidth - 1) / PanelWidth);
        Panels = checked(n / columnBlock * PanelsPerBlock);
        _memory = new AlignedMemory<float>((long)Panels * k * PanelWidth);
    }

    /// <summary>The instruction set whose tiles read the panels.</summary>
    public InstructionSet Path { get; }

    /// <summary>Rows.</summary>
    public int K { get; }

    /// <summary>Columns.</summary>
    public int N { get; }

    /// <summary>Columns in a block that a product may pick.</summary>
    public int ColumnBlock { get; }

    /// <summary>Columns in a panel, padding included.</summary>
    public int PanelWidth { get; }

    /// <summary>Panels in a column block.</summary>
    public int PanelsPerBlock { get; }

    /// <summary>Panels in all.</summary>
    public int Panels { get; }

    /// <summary>The first column of a panel.</summary>
    public int FirstColumn(int panel) => panel / PanelsPerBlock * ColumnBlock + panel % PanelsPerBlock * PanelWidth;

    /// <summary>Columns of a panel that are not padding.</summary>
    public int Columns(int panel) => Math.Min(PanelWidth, ColumnBlock - panel % PanelsPerBlock * PanelWidth);

    /// <summary>Packs rows [firstK, firstK + count) of one panel.</summary>
    /// <param name="rows">Those rows of the matrix in full, [count, n].</param>
    /// <param name="firstK">First row.</param>
    /// <param name="panel">The panel to write.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void PackRows(ReadOnlySpan<float> rows, int firstK, int panel)
    {
        var count = rows.Length / N;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstK + count, K);
        var (column, columns) = (FirstColumn(panel), Columns(panel));
        var start = ((long)panel * K + firstK) * PanelWidth;
        for (var k = 0; k < count; k++)
            rows.Slice(k * N + column, columns).CopyTo(_memory.Slice(start + (long)k * PanelWidth, columns));
    }

    /// <summary>Packs one panel of a matrix that is stored the other way round.</summary>
    /// <param name="columns">The panel's columns, [columns of the panel, k].</param>
    /// <param name="panel">The panel to write.</param>
    public void PackColumns(ReadOnlySpan<float> columns, int panel)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns.Length, checked(Columns(panel) * K));
        fixed (float* source = columns)
            GemmPacking.Transpose(source, K, Columns(panel), K, PanelWidth, Panel(panel));
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    internal float* Panel(int panel) => _memory.Pointer + (long)panel * K * PanelWidth;
}
