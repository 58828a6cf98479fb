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

internal readonly record struct CpuNorm(CpuBuffer Gain, CpuBuffer Bias, double Epsilon);

/// <summary>Work on one row.</summary>
internal interface IRowJob
{
    /// <param name="i">Its compact number.</param>
    /// <param name="row">Its number in what is laid out by row.</param>
    /// <param name="worker">Who: whose scratch to use.</param>
    void Run(int i, int row, int worker);
}

/// <summary>The rows of a call, some of them an item.</summary>
internal readonly record struct RowsJob<TJob>(TJob Job, int[] Ids, int Start, int Count, int PerItem) : ITeamJob
    where TJob : struct, IRowJob
{
    public void Run(int item, int worker)
    {
        var job = Job;
        var end = Math.Min(Count, (item + 1L) * PerItem);
        for (var i = item * PerItem; i < end; i++) job.Run(i, Ids[Start + i], worker);
    }
}

internal readonly record struct EmbedJob(
    int[] Tokens, int[] Positions, CpuBuffer TokenTable, CpuBuffer PositionTable, int Width, CpuBuffer Resid) : IRowJob
{
    public void Run(int i, int row, int worker) =>
        ElementwiseSimd.Add(TokenTable.Row(Tokens[row], Width), PositionTable.Row(Positions[row], Width), Resid.Row(row, Width));
}

internal readonly record struct LayerNormJob(CpuBuffer Resid, CpuNorm Norm, int Width, CpuBuffer Normalized, CpuBuffer? Scales) : IRowJob
{
    public void Run(int i, int row, int worker)
    {
        var scale = LayerNormSimd.Apply(
            Resid.Row(row, Width), Norm.Gain.Row(0, Width), Norm.Bias.Row(0, Width), Norm.Epsilon, Normalized.Row(i, Width));
        if (Scales is not null) Scales.Row(i, 1)[0] = (float)scale;
    }
}

/// <summary>destination[row] = source[row] + an addend's row, or that alone: a slot's row, or a compact one.</summary>
internal readonly record struct AddJob(
    CpuBuffer? Source, CpuBuffer Addend, bool IsCompact, int[]? Slots, int Width, CpuBuffer Destination) : IRowJob
{
    public void Run(int i, int row, int worker)
    {
        var addend = Addend.Row(IsCompact ? i : Slots?[row] ?? 0, Width);
        var target = Destination.Row(row, Width);
        if (Source is null) addend.CopyTo(target);
        else ElementwiseSimd.Add(Source.Row(row, Width), addend, target);
    }
}

internal readonly record struct HeadDeltaJob(
    CpuView Z, CpuBuffer Means, int[] Slots, int Head, int NHeads, int DHead, CpuBuffer Delta) : IRowJob
{
    public void Run(int i, int row, int worker)
    {
        var unit = (long)i * NHeads + Head;
        ElementwiseSimd.Subtract(Means.Row((long)Slots[row] * NHeads + Head, DHead), Z.Row(unit, DHead), Delta.Row(unit, DHead));
    }
}

internal readonly record struct GatherJob(CpuBuffer Source, int Width, CpuBuffer Compact) : IRowJob
{
    public void Run(int i, int row, int worker) => Source.Row(row, Width).CopyTo(Compact.Row(i, Width));
}

internal readonly record struct NormDotJob(
    CpuBuffer Resid, CpuNorm Norm, CpuBuffer Columns, int[] Which, int Start, int PerEnd, int Width, double[] Result) : IRowJob
{
    public void Run(int i, int row, int worker)
    {
        var gain = Norm.Gain.Row(0, Width);
        var bias = Norm.Bias.Row(0, Width);
        for (var j = 0; j < PerEnd; j++)
            Result[i * PerEnd + j] = LayerNormSimd.Dot(
                Resid.Row(row, Width), gain, bias, Norm.Epsilon, Columns.Row(Which[(Start + i) * PerEnd + j], Width));
    }
}

internal readonly record struct CpuChains(int[] First, int[] Positions, int[] Entries)
{
    public ReadOnlySpan<int> Of(int row) => Entries.AsSpan(First[row], Positions[row] + 1);
}

internal readonly record struct AttentionJob(
    CpuBuffer Q, CpuBuffer Kv, CpuChains Chains, int[] Heads, int HeadCount, AttentionShape Shape, CpuView Z, CpuBuffer? Scores,
    CpuBuffer? Pattern, int NCtx, float[][] Scratch) : IRowJob
{
    public void Run(int i, int row, int worker)
    {
        var chain = Chains.Of(row);
        var (nHeads, dHead) = (Shape.NHeads, Shape.DHead);
        if (Scratch[worker].Length < 2 * chain.Length) Scratch[worker] = new float[4 * chain.Length];
        foreach (var head in Heads.AsSpan(0, HeadCount))
        {
            var unit = (long)i * nHeads + head;
            var scores = Scores is null ? Scratch[worker] : Scores.Row(unit, NCtx);
            var pattern = Pattern is null ? Scratch[worker].AsSpan(chain.Length) : Pattern.Row(unit, NCtx);
            AttentionSimd.Apply(Q.Row(unit, dHead), Kv.Memory, chain, head, nHeads, (float)Shape.Divisor, scores[..chain.Length],
                pattern[..chain.Length], Z.Row(unit, dHead));
        }
    }
}

/// <summary>An item is a range of columns; it takes all rows in their order.</summary>
internal readonly record struct SumJob(Rows Rows, int[] Ids, CpuView Values, int[] Slots, int[] Weights, CpuSums Sums, int ColumnsPerItem)
    : ITeamJob
{
    public void Run(int item, int worker)
    {
        var first = item * ColumnsPerItem;
        var columns = Math.Min(ColumnsPerItem, Sums.Width - first);
        for (var i = 0; i < Rows.Count; i++)
        {
            var row = Ids[Rows.Start + i];
            MeansSimd.Accumulate(Values.Row(i, Sums.Width).Slice(first, columns), Weights[row],
                Sums.Row(Slots[row]).Slice(first, columns));
        }
    }
}
