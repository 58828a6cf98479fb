using System.Diagnostics;
using SeqCont.Kernels.Activations;

namespace SeqCont.Kernels.Gemm;

/// <summary>
/// The product of a block of rows with a choice of panels. One thread owns a block: it packs the block's rows
/// into tiles [tile][k][tileRows] that stay in its level 2 cache, then streams the panels past them, panel
/// outside, tile inside, so that a panel comes from memory once for the block. Every sum is made in registers
/// from the first k to the last and leaves through an epilogue, so nothing is written twice and no value
/// depends on how rows are cut into blocks.
/// </summary>
public static unsafe class GemmBlock
{
    private const int CacheLine = 64 / sizeof(float);

    /// <summary>Numbers of scratch that a block of <paramref name="rows"/> rows needs.</summary>
    /// <param name="path">The instruction set.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="k">Length of the dot products.</param>
    public static long ScratchLength(InstructionSet path, int rows, int k)
    {
        var (tileRows, width) = GemmShape.Of(path);
        return SumsLength(tileRows, width) + ((long)rows + tileRows - 1) / tileRows * tileRows * k;
    }

    /// <summary>
    /// destination[r, j] = activation(sum over k of a[i, k] weights[k, j] + bias[j]) for the columns of the panels.
    /// </summary>
    /// <typeparam name="TActivation">Applied to each sum.</typeparam>
    /// <param name="a">The block's rows, [i, k].</param>
    /// <param name="rowIds">r of each row; empty: r = firstRow + i.</param>
    /// <param name="firstRow">r of the first row when rowIds is empty.</param>
    /// <param name="rows">Rows in the block.</param>
    /// <param name="weights">[k, n] in panels.</param>
    /// <param name="panels">The panels to compute.</param>
    /// <param name="bias">[n], or null.</param>
    /// <param name="scratch">Of <see cref="ScratchLength"/>.</param>
    /// <param name="destination">[r, n].</param>
    public static void Project<TActivation>(
        ReadOnlySpan<float> a, ReadOnlySpan<int> rowIds, int firstRow, int rows, PackedWeights weights,
        ReadOnlySpan<int> panels, AlignedMemory<float>? bias, AlignedMemory<float> scratch, AlignedMemory<float> destination)
        where TActivation : struct, IActivationSimd
    {
        RequireRows(rowIds, firstRow, rows, weights.N, destination);
        ReadOnlySpan<int> allOfK = [0, weights.K];
        fixed (int* ids = rowIds)
        {
            var epilogue = new ProjectEpilogue<TActivation>(
                ids, firstRow, bias is null ? null : bias.Pointer, destination.Pointer, weights.N);
            Run(a, rows, weights, panels, allOfK, scratch, epilogue);
        }
    }

    /// <summary>
    /// destination[r] = source[r] + (sum over the runs of k of a[i, k] weights[k] + table[slot of r]) for the columns of the panels.
    /// </summary>
    /// <param name="a">The block's rows, [i, k], k in full.</param>
    /// <param name="rowIds">r of each row.</param>
    /// <param name="weights">[k, n] in panels.</param>
    /// <param name="panels">The panels to compute.</param>
    /// <param name="runs">First k and length of each run, ascending, [run, 2].</param>
    /// <param name="source">[r, n]; null for zero.</param>
    /// <param name="table">[slot, n]; null for zero.</param>
    /// <param name="slots">Slot of each r, [r]; empty: slot 0.</param>
    /// <param name="scratch">Of <see cref="ScratchLength"/>.</param>
    /// <param name="destination">[r, n]. May be source.</param>
    public static void ProjectAdd(
        ReadOnlySpan<float> a, ReadOnlySpan<int> rowIds, PackedWeights weights, ReadOnlySpan<int> panels, ReadOnlySpan<int> runs,
        AlignedMemory<float>? source, AlignedMemory<float>? table, ReadOnlySpan<int> slots, AlignedMemory<float> scratch,
        AlignedMemory<float> destination)
    {
        RequireRows(rowIds, 0, rowIds.Length, weights.N, destination);
        if (source is not null) RequireRows(rowIds, 0, rowIds.Length, weights.N, source);
        if (table is not null) RequireSlots(rowIds, slots, weights.N, table);
        fixed (int* ids = rowIds, slotOf = slots)
        {
            var epilogue = new ProjectAddEpilogue(ids, source is null
                ? null : source.Pointer, table is null ? null : table.Pointer, slotOf, destination.Pointer, weights.N);
            Run(a, rowIds.Length, weights, panels, runs, scratch, epilogue);
        }
    }

    private static void Run<TEpilogue>(
        ReadOnlySpan<float> a, int rows, PackedWeights weights, ReadOnlySpan<int> panels, ReadOnlySpan<int> runs,
        AlignedMemory<float> scratch, TEpilogue epilogue)
        where TEpilogue : struct, IGemmEpilogue
    {
        Debug.Assert(a.Length == (long)rows * weights.K && scratch.Length >= ScratchLength(weights.Path, rows, weights.K));
        var (tileRows, width) = GemmShape.Of(weights.Path);
        var sums = scratch.Pointer;
        var packed = sums + SumsLength(tileRows, width);
        fixed (float* first = a)
        fixed (int* run = runs)
        {
            var tileLength = Pack(first, rows, weights.K, runs, tileRows, packed);
            for (var p = 0; p < panels.Length; p++)
            {
                var b = weights.Panel(panels[p]);
                var next = p + 1 < panels.Length ? (nint)(weights.Panel(panels[p + 1]) - b) : 0;
                var (column, columns) = (weights.FirstColumn(panels[p]), weights.Columns(panels[p]));
                var tile = packed;
                for (var i = 0; i < rows; i += tileRows, tile += tileLength)
                {
                    var live = Math.Min(tileRows, rows - i);
                    for (var r = 0; r < live; r++) epilogue.Prefetch(i + r, column);
                    Tile(weights.Path, tile, b, run, runs.Length / 2, Ahead(next, rows - i, tileRows), sums);
                    for (var r = 0; r < live; r++) epilogue.Store(sums + r * width, i + r, column, columns);
                }
            }
        }
    }

    // A panel's last two tiles each bring half of the next panel into the level 2 cache: one of the two cache
    // lines of a step of k each.
    private static nint Ahead(nint next, int rowsLeft, int tileRows) =>
        next == 0 || rowsLeft > 2 * tileRows ? 0 : rowsLeft > tileRows ? next + CacheLine : next;

    // Returns the length of a packed tile: tileRows numbers for each chosen k.
    private static nint Pack(float* a, int rows, int k, ReadOnlySpan<int> runs, int tileRows, float* packed)
    {
        nint tileLength = 0;
        for (var run = 0; run < runs.Length; run += 2) tileLength += (nint)runs[run + 1] * tileRows;
        for (var i = 0; i < rows; i += tileRows)
        {
            for (var run = 0; run < runs.Length; run += 2)
            {
                GemmPacking.Transpose(a + (long)i * k + runs[run], k, Math.Min(tileRows, rows - i), runs[run + 1], tileRows, packed);
                packed += (nint)runs[run + 1] * tileRows;
            }
        }

        return tileLength;
    }

    private static void Tile(InstructionSet path, float* a, float* b, int* runs, int runCount, nint ahead, float* sums)
    {
        switch (path)
        {
            case InstructionSet.Avx512: GemmAvx512.Tile(a, b, runs, runCount, ahead, sums); break;
            case InstructionSet.Avx2: GemmAvx2.Tile(a, b, runs, runCount, sums); break;
            case InstructionSet.Vector: GemmVector.Tile(a, b, runs, runCount, sums); break;
            default: GemmScalar.Tile(a, b, runs, runCount, sums); break;
        }
    }

    // Rounded up to whole cache lines, so that the packed rows behind the sums start on one.
    private static int SumsLength(int tileRows, int width) => (tileRows * width + CacheLine - 1) / CacheLine * CacheLine;

    private static void RequireRows(ReadOnlySpan<int> rowIds, int firstRow, int rows, int width, AlignedMemory<float> memory)
    {
        var available = memory.Length / width;
        if (rowIds.IsEmpty && (firstRow < 0 || (long)firstRow + rows > available))
            throw new ArgumentException($"rows: expected at most {available} of {width} numbers, got {(long)firstRow + rows}.");
        foreach (var row in rowIds)
            if ((uint)row >= (ulong)available) throw new ArgumentException($"rows: expected rows below {available}, got {row}.");
    }

    private static void RequireSlots(ReadOnlySpan<int> rowIds, ReadOnlySpan<int> slots, int width, AlignedMemory<float> table)
    {
        var available = table.Length / width;
        foreach (var row in rowIds)
        {
            var slot = slots.IsEmpty ? 0 : slots[row];
            if ((uint)slot >= (ulong)available)
                throw new ArgumentException($"slots: expected slots below {available}, got {slot} for row {row}.");
        }
    }
}
