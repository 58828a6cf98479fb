using SeqCont.Kernels.Means;
using static SeqCont.Engine.Cpu.CpuChecks;

namespace SeqCont.Engine.Cpu;

/// <content>Operations that take rows one at a time.</content>
public sealed partial class CpuOps
{
    /// <inheritdoc/>
    public void Embed(
        IndexBuffer tokens, IndexBuffer positions, DeviceBuffer tokenTable, DeviceBuffer? positionTable, Rows rows, int dModel,
        DeviceBuffer resid)
    {
        if (positionTable is not null)
            Run(rows, dModel, new EmbedJob(
                Indices(tokens), Indices(positions), Buffer(tokenTable), Buffer(positionTable), dModel, Buffer(resid)));
        else AddTable(null, rows, tokenTable, tokens, dModel, resid);
    }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null) =>
        Run(rows, dModel, new LayerNormJob(
            Buffer(resid), Norm(norm, dModel), dModel, Buffer(normalized, rows.Count, dModel), BufferOrNull(scales, rows.Count, 1)));

    /// <inheritdoc/>
    public void Attention(
        DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, AttentionShape shape, View z,
        DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        var (width, units) = (OperandChecks.Attention(chains, heads, shape), (long)rows.Count * shape.NHeads);
        heads.CopyTo(Grown(ref _heads, heads.Length));
        // A row costs about as many steps for each ancestor as it has numbers.
        Run(rows, checked(heads.Length * shape.DHead * 8), new AttentionJob(
            Buffer(q, rows.Count, width), Buffer(kv),
            new CpuChains(Indices(chains.First), Indices(chains.Positions), Indices(chains.Entries)), _heads, heads.Length, shape,
            View(z, rows.Count, width), BufferOrNull(scores, units, nCtx), BufferOrNull(pattern, units, nCtx), nCtx, _attentionScratch));
    }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination) =>
        Run(rows, width, new AddJob(BufferOrNull(source), Buffer(table), false, IndicesOrNull(slots), width, Buffer(destination)));

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination) =>
        Run(rows, width, new AddJob(Buffer(source), Buffer(compact, rows.Count, width), true, null, width, Buffer(destination)));

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        var width = OperandChecks.Head(head, nHeads, dHead);
        Run(rows, dHead, new HeadDeltaJob(
            View(z, rows.Count, width), Buffer(means), Indices(slots), head, nHeads, dHead, Buffer(delta, rows.Count, width)));
    }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        // Few rows: one item. Many: columns in whole cache lines, two items a thread.
        var columns = rows.Count <= RowsPerItem(sums.Width) ? sums.Width : Math.Max(64, (sums.Width / (2 * Threads) + 63) / 64 * 64);
        _team.Run((sums.Width + columns - 1) / columns, new SumJob(
            rows, Ids(rows), View(values, rows.Count, sums.Width), Indices(slots), Indices(weights), Sums(sums), columns));
    }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        var (source, target) = (Sums(sums), Buffer(means, sums.Slots, sums.Width));
        OperandChecks.Length(counts.Length, sums.Slots, nameof(counts));
        for (var slot = 0; slot < sums.Slots; slot++)
        {
            MeansSimd.Average(source.Row(slot), counts[slot], target.Row(slot, sums.Width));
            source.Row(slot).Clear();
        }
    }

    /// <inheritdoc/>
    public void NormDot(
        DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer columns, IndexBuffer which, int perEnd, int dModel, Span<double> result)
    {
        var count = OperandChecks.Products(ends, perEnd, result);
        Run(ends, checked(dModel * perEnd), new NormDotJob(
            Buffer(resid), Norm(norm, dModel), Buffer(columns), Indices(which), ends.Start, perEnd, dModel, Grown(ref _products, count)));
        _products.AsSpan(0, count).CopyTo(result);
    }

    /// <inheritdoc/>
    public void Gather(DeviceBuffer source, Rows rows, int width, DeviceBuffer compact) =>
        Run(rows, width, new GatherJob(Buffer(source), width, Buffer(compact, rows.Count, width)));

    /// <inheritdoc/>
    public void Copy(DeviceBuffer source, DeviceBuffer destination)
    {
        OperandChecks.SameLength(source, destination);
        var (from, to) = (Buffer(source).Memory, Buffer(destination).Memory);
        for (long start = 0; start < source.Length; start += 1 << 28)
        {
            var length = (int)Math.Min(1 << 28, source.Length - start);
            from.Slice(start, length).CopyTo(to.Slice(start, length));
        }
    }

    private static int RowsPerItem(int width) => Math.Max(1, NumbersPerItem / Math.Max(1, width));

    private void Run<TJob>(Rows rows, int width, TJob job)
        where TJob : struct, IRowJob
    {
        var perItem = RowsPerItem(width);
        _team.Run((int)(((long)rows.Count + perItem - 1) / perItem), new RowsJob<TJob>(job, Ids(rows), rows.Start, rows.Count, perItem));
    }

    private static T[] Grown<T>(ref T[] kept, int length) => kept.Length >= length ? kept : kept = new T[length];
}
