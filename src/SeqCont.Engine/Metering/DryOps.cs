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
    public IndexBuffer Upload(ReadOnlySpan<int> values) => new DryIndices([.. values]);

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
    OperationCall IOps.Pass(long flops, Rows rows, Chains? chains) => default;

    private sealed class DryBuffer(long length) : DeviceBuffer(length);

    private sealed class DryIndices(int[] values) : IndexBuffer(values);

    private sealed class DrySums(int slots, int width) : SumBuffer(slots, width);

    private sealed class DryWeights(int k, int n, int kBlock, int columnBlock) : WeightMatrix(k, n, kBlock, columnBlock);
}
