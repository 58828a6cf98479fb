using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SeqCont.Engine;

/// <summary>Any backend, with its work counted.</summary>
/// <param name="inner">The backend; disposed with this.</param>
/// <param name="meter">Counts.</param>
/// <param name="isTimed">Whether to wait for every operation, so that its time is its own: a GPU that is waited for
/// is slower than one that is not.</param>
public sealed class MeteredOps(IOps inner, WorkMeter meter, bool isTimed = false) : IOps
{
    private readonly ConditionalWeakTable<IndexBuffer, int[]> _indices = [];

    /// <summary>Counts.</summary>
    public WorkMeter Meter => meter;

    /// <summary>Operations so far.</summary>
    public long Calls { get; private set; }

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public int ElementBytes => inner.ElementBytes;

    /// <inheritdoc/>
    public int BlockRows => inner.BlockRows;

    /// <inheritdoc/>
    public long MemoryBytes => inner.MemoryBytes;

    /// <inheritdoc/>
    public void Finish() => inner.Finish();

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long length) => inner.Allocate(length);

    /// <inheritdoc/>
    public DeviceBuffer Upload(Tensor tensor) => inner.Upload(tensor);

    /// <inheritdoc/>
    public IndexBuffer Upload(ReadOnlySpan<int> values)
    {
        var buffer = inner.Upload(values);
        _indices.Add(buffer, values.ToArray());
        return buffer;
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> values, DeviceBuffer destination, long start) => inner.Upload(values, destination, start);

    /// <inheritdoc/>
    public void Download(DeviceBuffer source, long start, Span<double> values) => inner.Download(source, start, values);

    /// <inheritdoc/>
    public SumBuffer AllocateSums(int slots, int width) => inner.AllocateSums(slots, width);

    /// <inheritdoc/>
    public WeightMatrix CreateWeights(Tensor tensor, int firstColumn, int columns, int kBlock, int columnBlock, bool transposed = false) =>
        inner.CreateWeights(tensor, firstColumn, columns, kBlock, columnBlock, transposed);

    /// <inheritdoc/>
    public void Embed(IndexBuffer tokens, IndexBuffer positions, DeviceBuffer tokenTable, DeviceBuffer positionTable, Rows rows, int dModel, DeviceBuffer resid)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Embed(tokens, positions, tokenTable, positionTable, rows, dModel, resid);
        Add(0, start);
    }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null)
    {
        var start = Stopwatch.GetTimestamp();
        inner.LayerNorm(resid, rows, norm, dModel, normalized, scales);
        Add(0, start);
    }

    /// <inheritdoc/>
    public void Project(DeviceBuffer a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, DeviceBuffer? bias, Activation activation, bool byRow, DeviceBuffer destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Project(a, rows, weights, columnBlocks, bias, activation, byRow, destination);
        Add(2L * rows.Count * weights.K * columnBlocks.Length * weights.ColumnBlock, start);
    }

    /// <inheritdoc/>
    public void ProjectAdd(View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots, DeviceBuffer destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.ProjectAdd(a, rows, weights, kBlocks, source, table, slots, destination);
        Add(2L * rows.Count * kBlocks.Length * weights.KBlock * weights.N, start);
    }

    /// <inheritdoc/>
    public void Attention(DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, int nHeads, int dHead, View z, DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Attention(q, kv, rows, chains, heads, nHeads, dHead, z, scores, pattern, nCtx);
        var positions = Indices(chains.Positions);
        var pairs = 0L;
        foreach (var row in Indices(rows.Ids).AsSpan(rows.Start, rows.Count)) pairs += positions[row] + 1;
        Add(4L * dHead * heads.Length * pairs, start);
    }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AddTable(source, rows, table, slots, width, destination);
        Add(0, start);
    }

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Add(source, rows, compact, width, destination);
        Add(0, start);
    }

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta)
    {
        var start = Stopwatch.GetTimestamp();
        inner.HeadDelta(z, rows, means, slots, head, nHeads, dHead, delta);
        Add(0, start);
    }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AddToSums(values, rows, slots, weights, sums);
        Add(0, start);
    }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Average(sums, counts, means);
        Add(0, start);
    }

    /// <inheritdoc/>
    public void LogitDiff(DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer directions, IndexBuffer pairs, int dModel, Span<double> result)
    {
        var start = Stopwatch.GetTimestamp();
        inner.LogitDiff(resid, ends, norm, directions, pairs, dModel, result);
        Add(2L * ends.Count * dModel, start);
    }

    private int[] Indices(IndexBuffer buffer) =>
        _indices.TryGetValue(buffer, out var values) ? values : throw new InvalidOperationException("An index buffer of another backend.");

    private void Add(long flops, long start)
    {
        Calls++;
        if (isTimed) inner.Finish();
        meter.Add(flops, Stopwatch.GetTimestamp() - start);
    }
}
