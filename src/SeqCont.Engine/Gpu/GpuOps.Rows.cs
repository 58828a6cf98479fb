using System.Runtime.CompilerServices;
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
        if (positionTable is null) AddTable(null, rows, tokenTable, tokens, dModel, resid);
        else if (rows.Count > 0)
            _kernels.Embed(
                _stream, GroupEach(rows), Indices(tokens).View, Indices(positions).View, Reached(tokenTable, tokens, dModel),
                Reached(positionTable, positions, dModel), Ids(rows), dModel, Reached(resid, rows.Ids, dModel));
    }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null)
    {
        var bias = OperandChecks.BiasOf(norm);
        if (rows.Count == 0) return;
        _kernels.LayerNorm(
            _stream, new KernelConfig(rows.Count, GroupSum.Threads), Reached(resid, rows.Ids, dModel), Ids(rows),
            View(norm.Gain, 1, dModel, "gain"), View(bias, 1, dModel), norm.Epsilon, dModel, View(normalized, rows.Count, dModel),
            Optional(scales, rows.Count, 1), IsGiven(scales));
    }

    /// <inheritdoc/>
    public void Attention(
        DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, AttentionShape shape, View z,
        DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        var width = OperandChecks.Attention(chains, heads, shape);
        if (rows.Count == 0 || heads.Length == 0) return;
        var (positions, units) = (Indices(chains.Positions), (long)rows.Count * shape.NHeads);
        if (positions.Largest >= AttentionGpu.MaxKeys)
            throw new NotSupportedException(
                $"attention on a GPU takes up to {AttentionGpu.MaxKeys} tokens a prompt, got {positions.Largest + 1}; --device cpu has "
                    + $"no such limit.");
        var args = new AttentionGpuArgs
        {
            Q = View(q, rows.Count, width),
            Kv = Reached(kv, chains.Entries, 2 * width),
            Ids = Ids(rows),
            First = Indices(chains.First).View,
            Positions = positions.View,
            Entries = Indices(chains.Entries).View,
            Heads = _lists.Of(heads),
            Z = View(z, rows.Count, width),
            Scores = Optional(scores, units, nCtx),
            Pattern = Optional(pattern, units, nCtx),
            Count = rows.Count,
            NHeads = shape.NHeads,
            DHead = shape.DHead,
            NCtx = nCtx,
            Scale = (float)(1 / shape.Divisor),
            KeepScores = IsGiven(scores),
            KeepPattern = IsGiven(pattern),
            Wide = shape.DHead % 4 == 0 ? 1 : 0,
        };
        var grid = new Index3D((rows.Count + AttentionGpu.RowsPerGroup - 1) / AttentionGpu.RowsPerGroup, heads.Length, 1);
        _kernels.Attention(_stream, new KernelConfig(grid, new Index3D(AttentionGpu.RowsPerGroup * AttentionGpu.Lanes, 1, 1)), args);
    }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination)
    {
        if (rows.Count == 0) return;
        _kernels.AddTable(
            _stream, GroupEach(rows), source is null ? _nothing.View : Reached(source, rows.Ids, width), IsGiven(source), Ids(rows),
            TableOf(table, slots, width), SlotsOf(slots), IsGiven(slots), width, Reached(destination, rows.Ids, width));
    }

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination)
    {
        if (rows.Count == 0) return;
        _kernels.Add(
            _stream, GroupEach(rows), Reached(source, rows.Ids, width), Ids(rows), View(compact, rows.Count, width), width,
            Reached(destination, rows.Ids, width));
    }

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        var width = OperandChecks.Head(head, nHeads, dHead);
        if (rows.Count == 0) return;
        _kernels.HeadDelta(
            _stream, new KernelConfig(rows.Count, 64), View(z, rows.Count, width), Ids(rows), Reached(means, slots, width),
            Indices(slots).View, head, nHeads, dHead, View(delta, rows.Count, width));
    }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        var target = Sums(sums);
        if (rows.Count == 0) return;
        var ids = Ids(rows);
        var plan = Indices(rows.Ids, nameof(rows)).PlanFor(rows.Start, rows.Count, Indices(slots));
        _kernels.Accumulate(
            _stream, Columns(sums.Width, plan.Count), View(values, rows.Count, sums.Width), ids, Indices(weights).View, plan.Segments,
            plan.SlotOf, plan.Order, sums.Width, target.View);
    }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        OperandChecks.Length(counts.Length, sums.Slots, nameof(counts));
        if (sums.Slots == 0) return;
        _kernels.Average(
            _stream, Columns(sums.Width, sums.Slots), Sums(sums).View, _counts.Of(counts[..sums.Slots]), sums.Width,
            View(means, sums.Slots, sums.Width));
    }

    /// <inheritdoc/>
    public void NormDot(
        DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer columns, IndexBuffer which, int perEnd, int dModel, Span<double> result)
    {
        var bias = OperandChecks.BiasOf(norm);
        var count = OperandChecks.Products(ends, perEnd, result);
        if (count == 0) return;
        if (_dotsOnHost.Length < count)
        {
            _dots?.Dispose();
            _dots = _accelerator.Allocate1D<double>(count);
            _dotsOnHost = new double[count];
        }

        _kernels.NormDot(
            _stream, new KernelConfig(new Index3D(ends.Count, perEnd, 1), new Index3D(GroupSum.Threads, 1, 1)),
            Reached(resid, ends.Ids, dModel), Ids(ends), View(norm.Gain, 1, dModel, "gain"), View(bias, 1, dModel), norm.Epsilon,
            Reached(columns, which, dModel), Indices(which).View.SubView((long)ends.Start * perEnd, count), perEnd, dModel, _dots!.View);
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
            _stream, GroupEach(rows), Reached(source, rows.Ids, width), Ids(rows), width, View(compact, rows.Count, width));
    }

    /// <inheritdoc/>
    public void Copy(DeviceBuffer source, DeviceBuffer destination)
    {
        OperandChecks.SameLength(source, destination);
        if (source.Length > 0) Buffer(source).CopyTo(_stream, Buffer(destination));
    }

    private static KernelConfig GroupEach(Rows rows) => new(rows.Count, GroupThreads);

    private static KernelConfig Columns(int width, int lines) =>
        new(new Index3D((width + GroupThreads - 1) / GroupThreads, lines, 1), new Index3D(GroupThreads, 1, 1));

    private static int IsGiven(object? operand) => operand is null ? 0 : 1;

    private ArrayView<float> Optional(
        DeviceBuffer? buffer, long rows, long width, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        buffer is null ? _nothing.View : View(buffer, rows, width, name);

    private static ArrayView<float> TableOf(DeviceBuffer table, IndexBuffer? slots, int width) =>
        slots is null ? View(table, 1, width) : Reached(table, slots, width);

    private ArrayView<int> SlotsOf(IndexBuffer? slots) => slots is null ? _noIndices.View : Indices(slots).View;
}
