using System.Diagnostics;

namespace SeqCont.Engine;

/// <summary>Any backend, with its work counted.</summary>
/// <param name="inner">The backend; disposed with this.</param>
/// <param name="meter">Counts.</param>
/// <param name="isTimed">Whether to wait for every operation, so that its time is its own: a GPU that is waited for
/// is slower than one that is not.</param>
public sealed class MeteredOps(IOps inner, WorkMeter meter, bool isTimed = false) : IOps
{
    /// <inheritdoc/>
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
    public IndexBuffer Upload(ReadOnlySpan<int> values) => inner.Upload(values);

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
    OperationCall IOps.Pass(long flops, Rows rows, Chains? chains)
    {
        if (chains is not null)
        {
            var pairs = 0L;
            foreach (var row in rows.Numbers) pairs += chains.Positions.Values[row] + 1;
            flops *= pairs;
        }

        return new OperationCall(inner, this, flops, Stopwatch.GetTimestamp());
    }

    internal void Add(long flops, long start)
    {
        Calls++;
        if (isTimed) inner.Finish();
        meter.Add(flops, Stopwatch.GetTimestamp() - start);
    }
}

/// <summary>One operation on its way through a decorator: until its end, its time counts.</summary>
/// <param name="To">Who does it; null: nobody.</param>
/// <param name="Counted">Who counts it, or null.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="Start">When it began.</param>
internal readonly record struct OperationCall(IOps? To, MeteredOps? Counted, long Flops, long Start) : IDisposable
{
    public void Dispose() => Counted?.Add(Flops, Start);
}
