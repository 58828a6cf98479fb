using SeqCont.Kernels;
using SeqCont.Kernels.Gemm;

namespace SeqCont.Engine.Cpu;

internal sealed class CpuBuffer(long length) : DeviceBuffer(length)
{
    public AlignedMemory<float> Memory { get; } = new(length);

    /// <summary>Row <paramref name="row"/> of [row, width].</summary>
    public Span<float> Row(long row, int width) => Memory.Slice(row * width, width);

    protected override void Dispose(bool disposing) => Memory.Dispose();
}

internal sealed class CpuIndices(int[] values) : IndexBuffer(values);

internal sealed class CpuSums(int slots, int width) : SumBuffer(slots, width)
{
    public AlignedMemory<double> Memory { get; } = new((long)slots * width);

    public Span<double> Row(long slot) => Memory.Slice(slot * Width, Width);

    protected override void Dispose(bool disposing) => Memory.Dispose();
}

internal sealed class CpuWeights : WeightMatrix
{
    public CpuWeights(InstructionSet path, int k, int n, int kBlock, int columnBlock)
        : base(k, n, kBlock, columnBlock) =>
        Packed = new PackedWeights(path, k, n, columnBlock);

    public PackedWeights Packed { get; }

    protected override void Dispose(bool disposing) => Packed.Dispose();
}
