using SeqCont.Kernels;
using static SeqCont.Engine.Cpu.CpuChecks;

namespace SeqCont.Engine.Cpu;

/// <summary>
/// The operations in float32 on the processor's vector units, with all threads inside each call. Matrix products
/// use the best instruction set, or the one asked for; the rest is portable vectors. No sum is split between
/// threads, so results have the same bits for any number of them.
/// </summary>
public sealed partial class CpuOps : IOps
{
    // Numbers that make an item of an elementwise operation worth handing to another thread.
    private const int NumbersPerItem = 1 << 15;

    private readonly WorkerTeam _team;
    private readonly CpuWeightReader _reader;
    private readonly AlignedMemory<float>?[] _gemmScratch;
    private readonly float[][] _attentionScratch;
    private int[] _panels = [];
    private int[] _runs = [];
    private int[] _heads = [];
    private double[] _products = [];

    /// <summary>Starts the threads.</summary>
    /// <param name="path">Instruction set of the matrix products; null: <see cref="InstructionSets.Choose()"/>.</param>
    /// <param name="threads">Threads in all, the caller included; null: one a processor.</param>
    /// <exception cref="ArgumentException">The instruction set is not available, or threads is not positive.</exception>
    public CpuOps(InstructionSet? path = null, int? threads = null)
    {
        Path = path is { } asked ? InstructionSets.Choose(InstructionSets.Name(asked)) : InstructionSets.Choose();
        _team = new WorkerTeam(threads ?? Environment.ProcessorCount);
        _reader = new CpuWeightReader(_team);
        _gemmScratch = new AlignedMemory<float>?[_team.Threads];
        _attentionScratch = new float[_team.Threads][];
        Array.Fill(_attentionScratch, []);
    }

    /// <summary>Instruction set of the matrix products.</summary>
    public InstructionSet Path { get; }

    /// <summary>Threads in all, the caller included.</summary>
    public int Threads => _team.Threads;

    /// <inheritdoc/>
    public string Name => $"cpu {InstructionSets.Name(Path)}, {Threads} {(Threads == 1 ? "thread" : "threads")}";

    /// <inheritdoc/>
    public void Finish() { }

    /// <inheritdoc/>
    public void Dispose()
    {
        _team.Dispose();
        foreach (var scratch in _gemmScratch) scratch?.Dispose();
    }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long length) => new CpuBuffer(length);

    /// <inheritdoc/>
    public DeviceBuffer Upload(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return OperandChecks.Filled(new CpuBuffer(tensor.Length), buffer => _reader.Read(tensor, buffer));
    }

    /// <inheritdoc/>
    public IndexBuffer Upload(ReadOnlySpan<int> values) => new CpuIndices(values.ToArray());

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> values, DeviceBuffer destination, long start)
    {
        var target = Buffer(destination).Memory.Slice(start, values.Length);
        for (var i = 0; i < values.Length; i++) target[i] = (float)values[i];
    }

    /// <inheritdoc/>
    public void Download(DeviceBuffer source, long start, Span<double> values)
    {
        var origin = Buffer(source).Memory.Slice(start, values.Length);
        for (var i = 0; i < values.Length; i++) values[i] = origin[i];
    }

    /// <inheritdoc/>
    public SumBuffer AllocateSums(int slots, int width) => new CpuSums(slots, width);

    /// <inheritdoc/>
    public WeightMatrix CreateWeights(
        Tensor tensor, int firstColumn, int columns, int kBlock, int columnBlock, bool transposed = false) => OperandChecks.Filled(
        new CpuWeights(Path, OperandChecks.InnerDimension(tensor, firstColumn, columns, transposed), columns, kBlock, columnBlock),
        weights => _reader.Pack(tensor, firstColumn, weights, transposed));
}
