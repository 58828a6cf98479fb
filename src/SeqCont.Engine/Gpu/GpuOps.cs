using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using static SeqCont.Engine.Gpu.GpuChecks;

namespace SeqCont.Engine.Gpu;

/// <summary>
/// The operations in float32 on a GPU, through ILGPU. Calls queue kernels on one stream and return; only downloads and
/// <see cref="NormDot"/> wait. Results repeat on one device.
/// </summary>
public sealed partial class GpuOps : IOps
{
    // Enough rows that every product fills the device many times over, so that its last wave is a small share.
    private const int RowsAtOnce = 1 << 15;

    // What is left of a device's free memory for the driver, compiled kernels and fragmentation.
    private const double MemoryShare = 0.9;

    // Threads of a group that works on a row, or on a stretch of columns.
    private const int GroupThreads = 256;

    // Numbers read from a model at once on the way to the device.
    private const int ChunkLength = 1 << 22;

    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly CudaAccelerator? _cuda;
    private readonly AcceleratorStream _stream;
    private readonly GpuKernels _kernels;
    private readonly GpuConstants<int> _lists;
    private readonly GpuConstants<long> _counts;
    private readonly Dictionary<int, GpuConstants<int>> _maps = [];
    private readonly Dictionary<GemmDialect, Action<AcceleratorStream, KernelConfig, Kernels.Gemm.GemmGpuArgs>> _products = [];
    private readonly GpuBuffer _nothing;
    private readonly GpuIndices _noIndices;
    private readonly float[] _chunk = new float[ChunkLength];
    private MemoryBuffer1D<double, Stride1D.Dense>? _dots;
    private double[] _dotsOnHost = [];

    /// <summary>Takes over an accelerator.</summary>
    /// <param name="context">Its context, prepared by <see cref="GpuDevices.Create"/>; disposed with this.</param>
    /// <param name="accelerator">The accelerator; disposed with this.</param>
    /// <param name="precision">How products are multiplied where the device can.</param>
    internal GpuOps(Context context, Accelerator accelerator, GpuPrecision precision)
    {
        (_context, _accelerator) = (context, accelerator);
        _stream = accelerator.DefaultStream;
        _kernels = new GpuKernels(accelerator);
        (_lists, _counts) = (new(accelerator), new(accelerator));
        (_nothing, _noIndices) = (new GpuBuffer(accelerator, 1), new GpuIndices(accelerator, [0]));
        _cuda = accelerator as CudaAccelerator;
        var hasTensorCores = _cuda?.Architecture >= CudaArchitecture.SM_80;
        Arithmetic = !hasTensorCores ? GpuArithmetic.Simt : precision == GpuPrecision.Tf32 ? GpuArithmetic.Tf32 : GpuArithmetic.SplitTf32;
        AlignedLoads = hasTensorCores ? GpuLoads.Async : GpuLoads.Wide;
        MemoryBytes = (long)((_cuda?.GetFreeMemory() ?? accelerator.MemorySize) * MemoryShare);
    }

    /// <summary>How products are multiplied on this device.</summary>
    public GpuArithmetic Arithmetic { get; internal set; }

    /// <inheritdoc/>
    public string Name =>
        $"{Kind} {_accelerator.Name.Trim()}{(_cuda is null ? "" : $" (sm_{Architecture})")}, {ArithmeticName}";

    /// <inheritdoc/>
    public int BlockRows => RowsAtOnce;

    /// <inheritdoc/>
    public long MemoryBytes { get; }

    /// <summary>The loads of aligned operands.</summary>
    internal GpuLoads AlignedLoads { get; set; }

    /// <summary>The tile of every product; null: chosen by shape.</summary>
    internal int? ForcedTile { get; set; }

    /// <summary>"cuda" or "opencl".</summary>
    public string Kind => _accelerator.AcceleratorType.ToString().ToLowerInvariant();

    /// <summary>Multiprocessors of the device.</summary>
    internal int Multiprocessors => _accelerator.NumMultiprocessors;

    /// <summary>Compute capability as one number, such as 90; 0 where there is none.</summary>
    internal int Architecture => _cuda is { Architecture: var architecture } ? architecture.Major * 10 + architecture.Minor : 0;

    /// <summary>The highest clock of its multiprocessors; 0 where it is not known.</summary>
    internal double ClockHertz => 1e3 * (_cuda?.ClockRate ?? 0);

    private string ArithmeticName => Arithmetic switch
    {
        GpuArithmetic.SplitTf32 => "fp32 by 3xTF32 tensor cores",
        GpuArithmetic.Tf32 => "tf32 tensor cores",
        _ => "fp32",
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var map in _maps.Values) map.Dispose();
        _lists.Dispose();
        _counts.Dispose();
        _nothing.Dispose();
        _noIndices.Dispose();
        _dots?.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
    }

    /// <inheritdoc/>
    public void Finish() => _stream.Synchronize();

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long length)
    {
        var buffer = new GpuBuffer(_accelerator, length);
        buffer.View.MemSetToZero(_stream);
        return buffer;
    }

    /// <inheritdoc/>
    public DeviceBuffer Upload(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return OperandChecks.Filled(new GpuBuffer(_accelerator, tensor.Length), buffer =>
        {
            for (long start = 0; start < tensor.Length; start += ChunkLength)
                Send(OperandChecks.ReadFinite(tensor, start, _chunk.AsSpan(0, (int)Math.Min(ChunkLength, tensor.Length - start))),
                    buffer.View.SubView(start));
        });
    }

    /// <inheritdoc/>
    public IndexBuffer Upload(ReadOnlySpan<int> values) => new GpuIndices(_accelerator, [.. values]);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> values, DeviceBuffer destination, long start)
    {
        var target = Buffer(destination);
        for (var done = 0; done < values.Length; done += ChunkLength)
        {
            var part = values.Slice(done, Math.Min(ChunkLength, values.Length - done));
            for (var i = 0; i < part.Length; i++) _chunk[i] = (float)part[i];
            Send(_chunk.AsSpan(0, part.Length), target.SubView(start + done));
        }
    }

    /// <inheritdoc/>
    public void Download(DeviceBuffer source, long start, Span<double> values)
    {
        var origin = Buffer(source);
        for (var done = 0; done < values.Length; done += ChunkLength)
        {
            var part = values.Slice(done, Math.Min(ChunkLength, values.Length - done));
            origin.SubView(start + done, part.Length).CopyToCPU(_stream, _chunk.AsSpan(0, part.Length));
            _stream.Synchronize();
            for (var i = 0; i < part.Length; i++) part[i] = _chunk[i];
        }
    }

    /// <inheritdoc/>
    public SumBuffer AllocateSums(int slots, int width) => new GpuSums(_accelerator, slots, width);

    /// <inheritdoc/>
    public WeightMatrix CreateWeights(Tensor tensor, int firstColumn, int columns, int kBlock, int columnBlock, bool transposed = false)
    {
        var k = OperandChecks.InnerDimension(tensor, firstColumn, columns, transposed);
        return OperandChecks.Filled(new GpuWeights(_accelerator, k, columns, kBlock, columnBlock), weights =>
        {
            if (transposed) SendTransposed(tensor, firstColumn, weights);
            else SendRows(tensor, firstColumn, weights);
        });
    }

    private void SendRows(Tensor tensor, int firstColumn, GpuWeights weights)
    {
        var stride = weights.Stride;
        var rowsAtOnce = Math.Max(1, ChunkLength / stride);
        var chunk = stride <= ChunkLength ? _chunk : new float[stride];
        Array.Clear(chunk);
        for (var first = 0; first < weights.K; first += rowsAtOnce)
        {
            var rows = Math.Min(rowsAtOnce, weights.K - first);
            OperandChecks.ReadRows(tensor, first, rows, firstColumn, weights.N, chunk, stride);
            Send(chunk.AsSpan(0, rows * stride), weights.View.SubView((long)first * stride));
        }
    }

    private void SendTransposed(Tensor tensor, int firstColumn, GpuWeights weights)
    {
        var rowsAtOnce = Math.Max(1, ChunkLength / weights.K);
        var chunk = weights.K <= ChunkLength ? _chunk : new float[weights.K];
        using var turned = _accelerator.Allocate1D<float>((long)Math.Min(rowsAtOnce, weights.N) * weights.K);
        weights.View.MemSetToZero(_stream);
        for (var first = 0; first < weights.N; first += rowsAtOnce)
        {
            var rows = Math.Min(rowsAtOnce, weights.N - first);
            Send(OperandChecks.ReadFinite(tensor, (long)(firstColumn + first) * weights.K, chunk.AsSpan(0, rows * weights.K)), turned.View);
            _kernels.Transpose(
                _stream, Columns(rows, weights.K), turned.View, rows, weights.K, first, weights.Stride, weights.View);
            _stream.Synchronize();
        }
    }

    /// <summary>Copies to the device; the chunk is free afterwards.</summary>
    private void Send(ReadOnlySpan<float> chunk, ArrayView<float> destination)
    {
        destination.SubView(0, chunk.Length).CopyFromCPU(_stream, chunk);
        _stream.Synchronize();
    }
}
