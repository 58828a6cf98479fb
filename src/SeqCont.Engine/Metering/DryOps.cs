namespace SeqCont.Engine;

/// <summary>
/// A backend that holds sizes and computes nothing: under <see cref="MeteredOps"/> it counts the work of a run
/// without doing it. Every logit difference is 1.
/// </summary>
/// <param name="of">The backend whose run is counted: plans for its numbers, blocks and memory; null: the CPU's.</param>
public sealed class DryOps(IOps? of = null) : IOps
{
    /// <inheritdoc/>
    public string Name => "dry run";

    /// <inheritdoc/>
    public int ElementBytes => of?.ElementBytes ?? sizeof(float);

    /// <inheritdoc/>
    public int BlockRows => of?.BlockRows ?? HostMemory.BlockRows;

    /// <inheritdoc/>
    public long MemoryBytes => of?.MemoryBytes ?? HostMemory.Bytes;

    /// <inheritdoc/>
    public void Finish() { }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long length) => new DryBuffer(length);

    /// <inheritdoc/>
    public DeviceBuffer Upload(Tensor tensor) => new DryBuffer(tensor.Length);

    /// <inheritdoc/>
    public IndexBuffer Upload(ReadOnlySpan<int> values) => new DryIndices(values.Length);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> values, DeviceBuffer destination, long start) { }

    /// <inheritdoc/>
    public void Download(DeviceBuffer source, long start, Span<double> values) => values.Clear();

    /// <inheritdoc/>
    public SumBuffer AllocateSums(int slots, int width) => new DrySums(slots, width);

    /// <inheritdoc/>
    public WeightMatrix CreateWeights(Tensor tensor, int firstColumn, int columns, int kBlock, int columnBlock, bool transposed = false) =>
        new DryWeights(tensor.Shape[transposed ? 1 : 0], columns, kBlock, columnBlock);

    /// <inheritdoc/>
    public void Embed(IndexBuffer tokens, IndexBuffer positions, DeviceBuffer tokenTable, DeviceBuffer positionTable, Rows rows, int dModel, DeviceBuffer resid) { }

    /// <inheritdoc/>
    public void LayerNorm(DeviceBuffer resid, Rows rows, Norm norm, int dModel, DeviceBuffer normalized, DeviceBuffer? scales = null) { }

    /// <inheritdoc/>
    public void Project(DeviceBuffer a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> columnBlocks, DeviceBuffer? bias, Activation activation, bool byRow, DeviceBuffer destination) { }

    /// <inheritdoc/>
    public void ProjectAdd(View a, Rows rows, WeightMatrix weights, ReadOnlySpan<int> kBlocks, DeviceBuffer? source, DeviceBuffer? table, IndexBuffer? slots, DeviceBuffer destination) { }

    /// <inheritdoc/>
    public void Attention(DeviceBuffer q, DeviceBuffer kv, Rows rows, Chains chains, ReadOnlySpan<int> heads, int nHeads, int dHead, View z, DeviceBuffer? scores = null, DeviceBuffer? pattern = null, int nCtx = 0) { }

    /// <inheritdoc/>
    public void AddTable(DeviceBuffer? source, Rows rows, DeviceBuffer table, IndexBuffer? slots, int width, DeviceBuffer destination) { }

    /// <inheritdoc/>
    public void Add(DeviceBuffer source, Rows rows, DeviceBuffer compact, int width, DeviceBuffer destination) { }

    /// <inheritdoc/>
    public void HeadDelta(View z, Rows rows, DeviceBuffer means, IndexBuffer slots, int head, int nHeads, int dHead, DeviceBuffer delta) { }

    /// <inheritdoc/>
    public void AddToSums(View values, Rows rows, IndexBuffer slots, IndexBuffer weights, SumBuffer sums) { }

    /// <inheritdoc/>
    public void Average(SumBuffer sums, ReadOnlySpan<long> counts, DeviceBuffer means) { }

    /// <inheritdoc/>
    public void LogitDiff(DeviceBuffer resid, Rows ends, Norm norm, DeviceBuffer directions, IndexBuffer pairs, int dModel, Span<double> result) => result.Fill(1);

    private sealed class DryBuffer(long length) : DeviceBuffer(length);

    private sealed class DryIndices(int length) : IndexBuffer(length);

    private sealed class DrySums(int slots, int width) : SumBuffer(slots, width);

    private sealed class DryWeights(int k, int n, int kBlock, int columnBlock) : WeightMatrix(k, n, kBlock, columnBlock);
}
