using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Gpu;
using static SeqCont.Engine.Gpu.GpuChecks;

namespace SeqCont.Engine.Gpu;

/// <content>Operations that take rows one at a time.</content>
public sealed partial class GpuOps
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

        if (rows.Count == 0) return;
        _kernels.Embed(
            _stream, GroupEach(rows.Count), Indices(tokens, nameof(tokens)).View, Indices(positions, nameof(positions)).View,
            Reached(tokenTable, tokens, dModel, nameof(tokenTable)), Reached(positionTable, positions, dModel, nameof(positionTable)),
            Ids(rows), dModel, Reached(resid, rows.Ids, dModel, nameof(resid)));
    }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null)
    {
        var bias = OperandChecks.BiasOf(norm);
        if (rows.Count == 0) return;
        _kernels.LayerNorm(
            _stream, new KernelConfig(rows.Count, GroupSum.Threads), Reached(resid, rows.Ids, dModel, nameof(resid)), Ids(rows),
            Buffer(norm.Gain, 1, dModel, "gain"),
            Buffer(bias, 1, dModel, nameof(bias)), norm.Epsilon, dModel, Buffer(normalized, rows.Count, dModel, nameof(normalized)),
            scales is null ? _nothing.View : Buffer(scales, rows.Count, 1, nameof(scales)), scales is null ? 0 : 1);
    }

    /// <inheritdoc/>
    public void Attention(
        DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, AttentionShape shape, View z,
        DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        ArgumentNullException.ThrowIfNull(chains);
        OperandChecks.Supported(shape);
        OperandChecks.Blocks(heads, shape.NHeads, nameof(heads));
        if (rows.Count == 0 || heads.Length == 0) return;
        var (nHeads, dHead) = (shape.NHeads, shape.DHead);
        var (width, positions) = (checked(nHeads * dHead), Indices(chains.Positions, "chains.Positions"));
        if (positions.Largest >= AttentionGpu.MaxKeys)
            throw new NotSupportedException(
                $"attention on a GPU takes up to {AttentionGpu.MaxKeys} tokens a prompt, got {positions.Largest + 1}; --device cpu has "
                    + $"no such limit.");
        var args = new AttentionGpuArgs
        {
            Q = Buffer(q, rows.Count, width, nameof(q)),
            Kv = Reached(kv, chains.Entries, 2 * width, nameof(kv)),
            Ids = Ids(rows),
            First = Indices(chains.First, "chains.First").View,
            Positions = positions.View,
            Entries = Indices(chains.Entries, "chains.Entries").View,
            Heads = _lists.Of(heads),
            Z = View(z, rows.Count, width, nameof(z)),
            Scores = scores is null ? _nothing.View : Buffer(scores, (long)rows.Count * nHeads, nCtx, nameof(scores)),
            Pattern = pattern is null ? _nothing.View : Buffer(pattern, (long)rows.Count * nHeads, nCtx, nameof(pattern)),
            Count = rows.Count,
            NHeads = nHeads,
            DHead = dHead,
            NCtx = nCtx,
            Scale = (float)shape.Scale,
            KeepScores = scores is null ? 0 : 1,
            KeepPattern = pattern is null ? 0 : 1,
            Wide = dHead % 4 == 0 ? 1 : 0,
        };
        var grid = new Index3D((rows.Count + AttentionGpu.RowsPerGroup - 1) / AttentionGpu.RowsPerGroup, heads.Length, 1);
        _kernels.Attention(_stream, new KernelConfig(grid, new Index3D(AttentionGpu.RowsPerGroup * AttentionGpu.Lanes, 1, 1)), args);
    }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination)
    {
        if (rows.Count == 0) return;
        _kernels.AddTable(
            _stream, GroupEach(rows.Count), source is null
                ? _nothing.View : Reached(source, rows.Ids, width, nameof(source)), source is null ? 0 : 1, Ids(
                    rows), slots is null ? Buffer(table, 1, width, nameof(table)) : Reached(table, slots, width, nameof(table)),
            slots is null ? _noIndices.View : Indices(slots, nameof(slots)).View, slots is null ? 0 : 1, width, Reached(destination,
                rows.Ids, width, nameof(destination)));
    }

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination)
    {
        if (rows.Count == 0) return;
        _kernels.Add(_stream, GroupEach(rows.Count), Reached(source, rows.Ids, width, nameof(source)), Ids(rows),
            Buffer(compact, rows.Count, width, nameof(compact)), width, Reached(destination, rows.Ids, width, nameof(destination)));
    }

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        if (head < 0 || head >= nHeads) throw new ArgumentException($"head: expected a number below {nHeads}, got {head}.");
        if (rows.Count == 0) return;
        var width = checked(nHeads * dHead);
        _kernels.HeadDelta(
            _stream, new KernelConfig(rows.Count, 64), View(z, rows.Count, width, nameof(z)), Ids(rows),
            Reached(means, slots, width, nameof(means)),
            Indices(slots, nameof(slots)).View, head, nHeads, dHead, Buffer(delta, rows.Count, width, nameof(delta)));
    }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        var target = Sums(sums);
        if (rows.Count == 0) return;
        var ids = Ids(rows);
        var plan = Indices(rows.Ids, nameof(rows)).PlanFor(rows.Start, rows.Count, Indices(slots, nameof(slots)));
        _kernels.Accumulate(
            _stream, Columns(sums.Width, plan.Count), View(values, rows.Count, sums.Width, nameof(values)), ids,
            Indices(weights, nameof(weights)).View,
            plan.Segments, plan.SlotOf, plan.Order, sums.Width, target.View);
    }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        if (counts.Length < sums.Slots) throw new ArgumentException($"counts: expected {sums.Slots}, got {counts.Length}.");
        if (sums.Slots == 0) return;
        _kernels.Average(_stream, Columns(sums.Width, sums.Slots), Sums(sums).View, _counts.Of(counts[..sums.Slots]), sums.Width,
            Buffer(means, sums.Slots, sums.Width, nameof(means)));
    }

    /// <inheritdoc/>
    public void NormDot(
        DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer columns, IndexBuffer which, int perEnd, int dModel, Span<double> result)
    {
        var bias = OperandChecks.BiasOf(norm);
        var count = checked(ends.Count * perEnd);
        if (result.Length < count) throw new ArgumentException($"result: expected {count}, got {result.Length}.");
        if (count == 0) return;
        if (_dots is null || _dots.Length < count)
        {
            _dots?.Dispose();
            _dots = _accelerator.Allocate1D<double>(count);
            _dotsOnHost = new double[count];
        }

        _kernels.NormDot(
            _stream, new KernelConfig(new Index3D(ends.Count, perEnd, 1), new Index3D(GroupSum.Threads, 1, 1)),
            Reached(resid, ends.Ids, dModel, nameof(resid)), Ids(ends), Buffer(norm.Gain, 1, dModel, "gain"),
            Buffer(bias, 1, dModel, nameof(bias)), norm.Epsilon, Reached(columns, which, dModel, nameof(columns)),
            Indices(which, nameof(which)).View.SubView((long)ends.Start * perEnd, count), perEnd, dModel, _dots.View);
        var host = _dotsOnHost.AsSpan(0, count);
        ((ArrayView<double>)_dots.View).SubView(0, count).CopyToCPU(_stream, host);
        _stream.Synchronize();
        host.CopyTo(result);
    }

    /// <inheritdoc/>
    public void Gather(DeviceBuffer source, Rows rows, int width, DeviceBuffer compact)
    {
        if (rows.Count == 0) return;
        _kernels.Gather(
            _stream, GroupEach(rows.Count), Reached(source, rows.Ids, width, nameof(source)), Ids(rows), width,
            Buffer(compact, rows.Count, width, nameof(compact)));
    }

    /// <inheritdoc/>
    public void Copy(DeviceBuffer source, DeviceBuffer destination)
    {
        OperandChecks.SameLength(source, destination);
        if (source.Length > 0) Buffer(source, nameof(source)).CopyTo(_stream, Buffer(destination, nameof(destination)));
    }

    private static KernelConfig GroupEach(int rows) => new(rows, GroupThreads);

    private static KernelConfig Columns(int width, int lines) =>
        new(new Index3D((width + GroupThreads - 1) / GroupThreads, lines, 1), new Index3D(GroupThreads, 1, 1));
}
