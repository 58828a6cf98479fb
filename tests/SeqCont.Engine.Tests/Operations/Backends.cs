using ILGPU.Runtime.CPU;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Gpu;
using SeqCont.Kernels;
using SeqCont.Kernels.Gemm;

namespace SeqCont.Engine.Tests;

/// <summary>
/// Every backend that can run here: the CPU on each instruction set; a CUDA device where there is one; OpenCL where there is a
/// driver, which PoCL makes of a plain processor; and the GPU's kernels on ILGPU's own emulator, with each kind of product.
/// </summary>
internal static class Backends
{
    public const string OpenCl = "opencl", Cuda = "cuda", EmulatedSimt = "emulated simt", EmulatedSplit = "emulated split",
        EmulatedTf32 = "emulated tf32";

    private static readonly Dictionary<string, GpuOps?> Gpus = [];

    /// <summary>All names but tf32's: its products have tests and tolerances of their own.</summary>
    public static string[] All { get; } =
        [.. InstructionSets.Available().Select(InstructionSets.Name), EmulatedSimt, EmulatedSplit, OpenCl, .. GpuDevices.HasCuda
            ? [Cuda] : Array.Empty<string>()];

    public static IEnumerable<object[]> Names => All.Select(name => new object[] { name });

    public static bool IsGpu(string name) => name is OpenCl or Cuda or EmulatedSimt or EmulatedSplit or EmulatedTf32;

    /// <summary>A thread of the operating system for every thread of a group: small shapes only.</summary>
    public static bool IsEmulated(string name) => name is EmulatedSimt or EmulatedSplit or EmulatedTf32;

    /// <summary>Opens one. GPUs are opened once and shared: whoever asks does not dispose them.</summary>
    public static IOps Open(string name, int threads = 2)
    {
        if (!IsGpu(name)) return new CpuOps(InstructionSets.Available().Single(path => InstructionSets.Name(path) == name), threads);
        if (!Gpus.TryGetValue(name, out var gpu)) Gpus[name] = gpu = OpenGpu(name);
        if (gpu is null) Assert.Inconclusive("no OpenCL driver here: .ci/run installs PoCL");
        return gpu!;
    }

    public static int TileRows(string name) =>
        IsGpu(name) ? 16 : GemmShape.Of(InstructionSets.Available().Single(path => InstructionSets.Name(path) == name)).TileRows;

    public static int TileColumns(string name) =>
        IsGpu(name) ? 32 : GemmShape.Of(InstructionSets.Available().Single(path => InstructionSets.Name(path) == name)).PanelWidth;

    private static GpuOps? OpenGpu(string name)
    {
        if (name == Cuda) return GpuDevices.Open("cuda", GpuPrecision.Fp32);
        if (name == OpenCl)
        {
            Environment.SetEnvironmentVariable(GpuDevices.AnyOpenClVariable, "1");
            return GpuDevices.Find().OpenClProblem is null ? GpuDevices.Open("opencl", GpuPrecision.Fp32) : null;
        }

        // One multiprocessor of 8 warps: a group of 256 threads, each a thread of the operating system.
        var context = GpuDevices.Create(builder => builder.CPU(new CPUDevice(32, 8, 1)));
        var ops = GpuDevices.Open(context, context.GetCPUDevice(0), GpuPrecision.Fp32);
        ops.ForcedTile = 2;
        if (name == EmulatedSimt) return ops;
        (ops.Arithmetic, ops.AlignedLoads) = (name == EmulatedTf32 ? GpuArithmetic.Tf32 : GpuArithmetic.SplitTf32, GpuLoads.Async);
        return ops;
    }
}
