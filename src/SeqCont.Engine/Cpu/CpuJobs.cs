using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.LayerNorm;
using SeqCont.Kernels.Means;

namespace SeqCont.Engine.Cpu;

/// <summary>A compact or by-row operand: a buffer from one of its elements on.</summary>
internal readonly record struct CpuView(CpuBuffer Buffer, long Start)
{
    public Span<float> Row(long row, int width) => Buffer.Memory.Slice(Start + row * width, width);
}

/// <summary>The rows of a call and how many of them make an item: which rows item number i has.</summary>
internal readonly record struct RowItems(int[] Ids, int Start, int Count, int PerItem)
{
    public int Items => (int)(((long)Count + PerItem - 1) / PerItem);

    public int First(int item) => item * PerItem;

    public int End(int item) => (int)Math.Min(Count, (item + 1L) * PerItem);

    public int Id(int i) => Ids[Start + i];
}

internal readonly record struct EmbedJob(
    RowItems Rows, int[] Tokens, int[] Positions, CpuBuffer TokenTable, CpuBuffer PositionTable, int Width, CpuBuffer Resid) : ITeamJob
{
    public void Run(int item, int worker)
    {
        for (var i = Rows.First(item); i < Rows.End(item); i++)
        {
            var row = Rows.Id(i);
            ElementwiseSimd.Add(TokenTable.Row(Tokens[row], Width), PositionTable.Row(Positions[row], Width), Resid.Row(row, Width));
        }
    }
}

internal readonly record struct LayerNormJob(
    RowItems Rows, CpuBuffer Resid, CpuBuffer Gain, CpuBuffer Bias, double Epsilon, int Width, CpuBuffer Normalized, CpuBuffer? Scales)
        : ITeamJob
{
    public void Run(int item, int worker)
    {
        var gain = Gain.Row(0, Width);
        var bias = Bias.Row(0, Width);
        for (var i = Rows.First(item); i < Rows.End(item); i++)
        {
            var scale = LayerNormSimd.Apply(Resid.Row(Rows.Id(i), Width), gain, bias, Epsilon, Normalized.Row(i, Width));
            if (Scales is not null) Scales.Row(i, 1)[0] = (float)scale;
        }
    }
}

/// <summary>destination[row] = source[row] + table[slot of row], or table[slot of row] alone.</summary>
internal readonly record struct AddTableJob(
    RowItems Rows, CpuBuffer? Source, CpuBuffer Table, int[]? Slots, int Width, CpuBuffer Destination) : ITeamJob
{
    public void Run(int item, int worker)
    {
        for (var i = Rows.First(item); i < Rows.End(item); i++)
        {
            var row = Rows.Id(i);
            var addend = Table.Row(Slots is null ? 0 : Slots[row], Width);
            var target = Destination.Row(row, Width);
            if (Source is null) addend.CopyTo(target);
            else ElementwiseSimd.Add(Source.Row(row, Width), addend, target);
        }
    }
}

internal readonly record struct AddJob(RowItems Rows, CpuBuffer Source, CpuBuffer Compact, int Width, CpuBuffer Destination) : ITeamJob
{
    public void Run(int item, int worker)
    {
        for (var i = Rows.First(item); i < Rows.End(item); i++)
        {
            var row = Rows.Id(i);
            ElementwiseSimd.Add(Source.Row(row, Width), Compact.Row(i, Width), Destination.Row(row, Width));
        }
    }
}

internal readonly record struct HeadDeltaJob(
    RowItems Rows, CpuView Z, CpuBuffer Means, int[] Slots, int Head, int NHeads, int DHead, CpuBuffer Delta) : ITeamJob
{
    public void Run(int item, int worker)
    {
        for (var i = Rows.First(item); i < Rows.End(item); i++)
        {
            var unit = (long)i * NHeads + Head;
            var mean = Means.Row((long)Slots[Rows.Id(i)] * NHeads + Head, DHead);
            ElementwiseSimd.Subtract(mean, Z.Row(unit, DHead), Delta.Row(unit, DHead));
        }
    }
}

/// <summary>An item is a range of columns; it takes all rows in their order.</summary>
internal readonly record struct SumJob(
    RowItems Rows, CpuView Values, int[] Slots, int[] Weights, CpuSums Sums, int ColumnsPerItem) : ITeamJob
{
    public void Run(int item, int worker)
    {
        var first = item * ColumnsPerItem;
        var columns = Math.Min(ColumnsPerItem, Sums.Width - first);
        for (var i = 0; i < Rows.Count; i++)
        {
            var row = Rows.Id(i);
            var sums = Sums.Memory.Slice((long)Slots[row] * Sums.Width + first, columns);
            MeansSimd.Accumulate(Values.Row(i, Sums.Width).Slice(first, columns), Weights[row], sums);
        }
    }
}

internal readonly record struct AttentionJob(
    RowItems Rows, CpuBuffer Q, CpuBuffer Kv, CpuChains Chains, int[] Heads, int HeadCount, int NHeads, int DHead, CpuView Z,
    CpuBuffer? Scores, CpuBuffer? Pattern, int NCtx, float[][] Scratch) : ITeamJob
{
    public void Run(int item, int worker)
    {
        for (var i = Rows.First(item); i < Rows.End(item); i++)
        {
            var chain = Chains.Of(Rows.Id(i));
            if (Scratch[worker].Length < 2 * chain.Length) Scratch[worker] = new float[4 * chain.Length];
            foreach (var head in Heads.AsSpan(0, HeadCount))
            {
                var unit = (long)i * NHeads + head;
                var scores = Scores is null ? Scratch[worker] : Scores.Row(unit, NCtx);
                var pattern = Pattern is null ? Scratch[worker].AsSpan(chain.Length) : Pattern.Row(unit, NCtx);
                AttentionSimd.Apply(Q.Row(unit, DHead), Kv.Memory, chain, head, NHeads, scores[..chain.Length], pattern[..chain.Length],
                    Z.Row(unit, DHead));
            }
        }
    }
}

internal readonly record struct CpuChains(int[] First, int[] Positions, int[] Entries)
{
    public ReadOnlySpan<int> Of(int row) => Entries.AsSpan(First[row], Positions[row] + 1);
}

internal readonly record struct GatherJob(RowItems Rows, CpuBuffer Source, int Width, CpuBuffer Compact) : ITeamJob
{
    public void Run(int item, int worker)
    {
        for (var i = Rows.First(item); i < Rows.End(item); i++) Source.Row(Rows.Id(i), Width).CopyTo(Compact.Row(i, Width));
    }
}

internal readonly record struct NormDotJob(
    RowItems Ends, CpuBuffer Resid, CpuBuffer Gain, CpuBuffer Bias, double Epsilon, CpuBuffer Columns, int[] Which, int PerEnd, int Width,
    double[] Result) : ITeamJob
{
    public void Run(int item, int worker)
    {
        var gain = Gain.Row(0, Width);
        var bias = Bias.Row(0, Width);
        for (var i = Ends.First(item); i < Ends.End(item); i++)
            for (var j = 0; j < PerEnd; j++)
            {
                var column = Columns.Row(Which[(Ends.Start + i) * PerEnd + j], Width);
                Result[i * PerEnd + j] = LayerNormSimd.Dot(Resid.Row(Ends.Id(i), Width), gain, bias, Epsilon, column);
            }
    }
}
