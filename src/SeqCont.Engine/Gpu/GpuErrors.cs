using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace SeqCont.Engine.Gpu;

/// <summary>What a GPU's errors mean, for people.</summary>
public static class GpuErrors
{
    /// <summary>
    /// One line about an error of a GPU or its compiler; null when the error is another's. Loads no GPU library for that.
    /// </summary>
    public static string? Explain(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception.GetType().Assembly.GetName().Name is "ILGPU" or "ILGPU.Algorithms" ? Describe(exception) : null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string Describe(Exception exception) => exception switch
    {
        CudaException { Error: nameof(CudaError.CUDA_ERROR_OUT_OF_MEMORY) }
            or CLException { Error: CLError.CL_MEM_OBJECT_ALLOCATION_FAILURE or CLError.CL_OUT_OF_RESOURCES } =>
            "the GPU is out of memory, which another program may hold: give --memory with less than what is free, or fewer prompts "
                + "(--num-samps)",
        CudaException { Error: nameof(CudaError.CUDA_ERROR_ILLEGAL_ADDRESS) } =>
            "a GPU kernel read or wrote where it must not: a defect of this program, please report it",
        CudaException cuda => $"the GPU failed: {cuda.Error}",
        CLException openCl => $"the OpenCL device failed: {openCl.Error}",
        _ => $"the GPU's compiler failed: {exception.Message}",
    };
}
