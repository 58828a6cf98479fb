using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Embed;
using SeqCont.Kernels.Gemm;
using SeqCont.Kernels.LayerNorm;
using SeqCont.Kernels.Means;
using SeqCont.Kernels.NormDot;
using Doubles = ILGPU.ArrayView<double>;
using Floats = ILGPU.ArrayView<float>;
using Ints = ILGPU.ArrayView<int>;
using Longs = ILGPU.ArrayView<long>;
using Stream = ILGPU.Runtime.AcceleratorStream;

namespace SeqCont.Engine.Gpu;

/// <summary>Compiled kernels of one accelerator; each is compiled when it is first launched.</summary>
internal sealed class GpuKernels(Accelerator accelerator)
{
    public Action<Stream, KernelConfig, Ints, Ints, Floats, Floats, Ints, int, Floats> Embed => Load(ref field, EmbedGpu.Kernel);

    public Action<Stream, KernelConfig, Floats, Ints, Floats, Floats, double, int, Floats, Floats, int> LayerNorm =>
        Load(ref field, LayerNormGpu.Kernel);

    public Action<Stream, KernelConfig, AttentionGpuArgs> Attention => Load(ref field, AttentionGpu.Kernel);

    public Action<Stream, KernelConfig, Floats, int, Ints, Floats, Ints, int, int, Floats> AddTable =>
        Load(ref field, ElementwiseGpu.AddTable);

    public Action<Stream, KernelConfig, Floats, Ints, Floats, int, Floats> Add => Load(ref field, ElementwiseGpu.Add);

    public Action<Stream, KernelConfig, Floats, Ints, Floats, Ints, int, int, int, Floats> HeadDelta =>
        Load(ref field, ElementwiseGpu.HeadDelta);

    public Action<Stream, KernelConfig, Floats, Ints, Ints, Ints, Ints, Ints, int, Doubles> Accumulate =>
        Load(ref field, MeansGpu.Accumulate);

    public Action<Stream, KernelConfig, Doubles, Longs, int, Floats> Average => Load(ref field, MeansGpu.Average);

    public Action<Stream, KernelConfig, Floats, Ints, Floats, Floats, double, Floats, Ints, int, int, Doubles> NormDot =>
        Load(ref field, NormDotGpu.Kernel);

    public Action<Stream, KernelConfig, Floats, Ints, int, Floats> Gather => Load(ref field, ElementwiseGpu.Gather);

    public Action<Stream, KernelConfig, Floats, int, int, int, int, Floats> Transpose => Load(ref field, TransposeGpu.Kernel);

    private T Load<T>(ref T? kernel, Delegate method)
        where T : Delegate => kernel ??= accelerator.LoadKernel<T>(method.Method);
}
