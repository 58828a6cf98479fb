using ILGPU;
using ILGPU.Runtime;
using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Embed;
using SeqCont.Kernels.Gemm;
using SeqCont.Kernels.LayerNorm;
using SeqCont.Kernels.Means;
using SeqCont.Kernels.NormDot;

namespace SeqCont.Engine.Gpu;

/// <summary>Compiled kernels of one accelerator; each is compiled when it is first launched.</summary>
internal sealed class GpuKernels(Accelerator accelerator)
{
    public Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int,
        ArrayView<float>> Embed =>
        field ??= accelerator.LoadKernel<ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<int>, int,
            ArrayView<float>>(EmbedGpu.Kernel);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>, double, int,
        ArrayView<float>, ArrayView<float>, int> LayerNorm =>
        field ??= accelerator.LoadKernel<ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>, double, int,
            ArrayView<float>, ArrayView<float>, int>(LayerNormGpu.Kernel);

    public Action<AcceleratorStream, KernelConfig, AttentionGpuArgs> Attention =>
        field ??= accelerator.LoadKernel<AttentionGpuArgs>(AttentionGpu.Kernel);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, ArrayView<int>, ArrayView<float>, ArrayView<int>, int, int,
        ArrayView<float>> AddTable =>
        field ??= accelerator.LoadKernel<ArrayView<float>, int, ArrayView<int>, ArrayView<float>, ArrayView<int>, int, int,
            ArrayView<float>>(ElementwiseGpu.AddTable);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<float>, int, ArrayView<float>> Add =>
        field ??= accelerator.LoadKernel<ArrayView<float>, ArrayView<int>, ArrayView<float>, int, ArrayView<float>>(ElementwiseGpu.Add);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<int>, int, int, int,
        ArrayView<float>> HeadDelta =>
        field ??= accelerator.LoadKernel<ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<int>, int, int, int,
            ArrayView<float>>(ElementwiseGpu.HeadDelta);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<int>, int, ArrayView<double>> Accumulate =>
        field ??= accelerator.LoadKernel<ArrayView<float>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
            int, ArrayView<double>>(MeansGpu.Accumulate);

    public Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<long>, int, ArrayView<float>> Average =>
        field ??= accelerator.LoadKernel<ArrayView<double>, ArrayView<long>, int, ArrayView<float>>(MeansGpu.Average);

    public Action<
        AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>, double, ArrayView<float>,
            ArrayView<int>, int, int,
        ArrayView<double>> NormDot => field ??= accelerator.LoadKernel<
        ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>, double, ArrayView<float>, ArrayView<int>, int, int,
        ArrayView<double>>(NormDotGpu.Kernel);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<int>, int, ArrayView<float>> Gather =>
        field ??= accelerator.LoadKernel<ArrayView<float>, ArrayView<int>, int, ArrayView<float>>(ElementwiseGpu.Gather);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, int, int, ArrayView<float>> Transpose =>
        field ??= accelerator.LoadKernel<ArrayView<float>, int, int, int, int, ArrayView<float>>(TransposeGpu.Kernel);
}
