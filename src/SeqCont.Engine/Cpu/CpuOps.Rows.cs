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
        if (positionTable is null)
        {
            AddTable(null, rows, tokenTable, tokens, dModel, resid);
            return;
        }

        var items = ItemsOf(rows, dModel);
        _team.Run(items.Items, new EmbedJob(
            items, Indices(tokens, nameof(tokens)), Indices(positions, nameof(positions)), Buffer(tokenTable, nameof(tokenTable)),
            Buffer(positionTable, nameof(positionTable)), dModel, Buffer(resid, nameof(resid))));
    }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null)
    {
        var bias = OperandChecks.BiasOf(norm);
        var items = ItemsOf(rows, dModel);
        var job = new LayerNormJob(
            items, Buffer(resid, nameof(resid)), Buffer(norm.Gain, 1, dModel, "gain"), Buffer(bias, 1, dModel, nameof(bias)), norm.Epsilon,
            dModel,
            Buffer(normalized, rows.Count, dModel, nameof(normalized)), scales is null
                ? null : Buffer(scales, rows.Count, 1, nameof(scales)));
        _team.Run(items.Items, job);
    }

    /// <inheritdoc/>
    public void Attention(
        DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, AttentionShape shape, View z,
        DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        ArgumentNullException.ThrowIfNull(chains);
        OperandChecks.Supported(shape);
        OperandChecks.Blocks(heads, shape.NHeads, nameof(heads));
        var (nHeads, dHead) = (shape.NHeads, shape.DHead);
        var width = checked(nHeads * dHead);
        // A row costs about as many steps for each ancestor as it has numbers.
        var items = ItemsOf(rows, checked(heads.Length * dHead * 8));
        Copy(heads, ref _heads);
        var job = new AttentionJob(
            items, Buffer(q, rows.Count, width, nameof(q)), Buffer(kv, nameof(kv)),
            new CpuChains(Indices(chains.First, "chains.First"), Indices(chains.Positions, "chains.Positions"),
                Indices(chains.Entries, "chains.Entries")),
            _heads, heads.Length, nHeads, dHead, View(z, rows.Count, width, nameof(z)),
            scores is null ? null : Buffer(scores, (long)rows.Count * nHeads, nCtx, nameof(scores)),
            pattern is null ? null : Buffer(pattern, (long)rows.Count * nHeads, nCtx, nameof(pattern)), nCtx, _attentionScratch);
        _team.Run(items.Items, job);
    }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination)
    {
        var items = ItemsOf(rows, width);
        _team.Run(items.Items, new AddTableJob(
            items, BufferOrNull(source, nameof(source)), Buffer(table, nameof(table)), IndicesOrNull(slots, nameof(slots)), width,
            Buffer(destination, nameof(destination))));
    }

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination)
    {
        var items = ItemsOf(rows, width);
        _team.Run(items.Items, new AddJob(
            items, Buffer(source, nameof(source)), Buffer(compact, rows.Count, width, nameof(compact)), width,
            Buffer(destination, nameof(destination))));
    }

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        if (head < 0 || head >= nHeads) throw new ArgumentException($"head: expected a number below {nHeads}, got {head}.");
        var items = ItemsOf(rows, dHead);
        var width = checked(nHeads * dHead);
        _team.Run(items.Items, new HeadDeltaJob(
            items, View(z, rows.Count, width, nameof(z)), Buffer(means, nameof(means)), Indices(slots, nameof(slots)), head, nHeads, dHead,
            Buffer(delta, rows.Count, width, nameof(delta))));
    }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        var target = Sums(sums);
        var items = ItemsOf(rows, sums.Width);
        // Few rows: one item. Many: columns in whole cache lines, two items a thread.
        var columns = items.Items <= 1 ? sums.Width : Math.Max(64, (sums.Width / (2 * Threads) + 63) / 64 * 64);
        _team.Run((sums.Width + columns - 1) / columns, new SumJob(
            items, View(values, rows.Count, sums.Width, nameof(values)), Indices(slots, nameof(slots)), Indices(weights, nameof(weights)),
            target, columns));
    }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        var source = Sums(sums);
        var target = Buffer(means, sums.Slots, sums.Width, nameof(means));
        if (counts.Length < sums.Slots) throw new ArgumentException($"counts: expected {sums.Slots}, got {counts.Length}.");
        for (var slot = 0; slot < sums.Slots; slot++)
        {
            var values = source.Memory.Slice((long)slot * sums.Width, sums.Width);
            Kernels.Means.MeansSimd.Average(values, counts[slot], target.Row(slot, sums.Width));
            values.Clear();
        }
    }

    /// <inheritdoc/>
    public void NormDot(
        DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer columns, IndexBuffer which, int perEnd, int dModel, Span<double> result)
    {
        var bias = OperandChecks.BiasOf(norm);
        var count = checked(ends.Count * perEnd);
        if (result.Length < count) throw new ArgumentException($"result: expected {count}, got {result.Length}.");
        if (_products.Length < count) _products = new double[count];
        var items = ItemsOf(ends, checked(dModel * perEnd));
        _team.Run(items.Items, new NormDotJob(
            items, Buffer(resid, nameof(resid)), Buffer(norm.Gain, 1, dModel, "gain"), Buffer(bias, 1, dModel, nameof(bias)), norm.Epsilon,
            Buffer(columns, nameof(columns)), Indices(which, nameof(which)), perEnd, dModel, _products));
        _products.AsSpan(0, count).CopyTo(result);
    }

    /// <inheritdoc/>
    public void Gather(DeviceBuffer source, Rows rows, int width, DeviceBuffer compact)
    {
        var items = ItemsOf(rows, width);
        _team.Run(items.Items, new GatherJob(items, Buffer(source, nameof(source)), width,
            Buffer(compact, rows.Count, width, nameof(compact))));
    }

    /// <inheritdoc/>
    public void Copy(DeviceBuffer source, DeviceBuffer destination)
    {
        OperandChecks.SameLength(source, destination);
        for (long start = 0; start < source.Length; start += 1 << 28)
        {
            var length = (int)Math.Min(1 << 28, source.Length - start);
            Buffer(source, nameof(source)).Memory.Slice(start, length)
                .CopyTo(Buffer(destination, nameof(destination)).Memory.Slice(start, length));
        }
    }

    private static void Copy(ReadOnlySpan<int> values, ref int[] kept)
    {
        if (kept.Length < values.Length) kept = new int[values.Length];
        values.CopyTo(kept);
    }
}
