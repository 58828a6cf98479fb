using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Gpu;
using SeqCont.Engine.Reference;

namespace SeqCont.Testing;

/// <summary>A backend by name, for tests that run on several.</summary>
public sealed class TestOps : IDisposable
{
    /// <summary>The plain reference.</summary>
    public const string Fp64 = "fp64";

    /// <summary>The CPU.</summary>
    public const string Cpu = "cpu";

    /// <summary>A CUDA device where there is one, else OpenCL, which PoCL makes of a plain processor.</summary>
    public const string Gpu = "gpu";

    // Opened once: its kernels are compiled once.
    private static readonly Lazy<GpuOps?> SharedGpu = new(OpenGpu);

    private TestOps(IOps ops) => Ops = ops;

    /// <summary>The backend.</summary>
    public IOps Ops { get; }

    /// <summary>Opens a backend; null where there is no GPU: the test then ends as inconclusive with <see cref="NoGpu"/>.</summary>
    public static TestOps? OrNull(string name) => name switch
    {
        Fp64 => new TestOps(new ReferenceOps()),
        Cpu => new TestOps(new CpuOps()),
        _ => SharedGpu.Value is { } gpu ? new TestOps(gpu) : null,
    };

    /// <summary>Why a test on a GPU was skipped.</summary>
    public const string NoGpu = "neither a CUDA nor an OpenCL driver here; .ci/run installs PoCL";

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Ops is not GpuOps) Ops.Dispose();
    }

    private static GpuOps? OpenGpu()
    {
        if (GpuDevices.HasCuda) return GpuDevices.Open("cuda", GpuPrecision.Fp32);
        Environment.SetEnvironmentVariable(GpuDevices.AnyOpenClVariable, "1");
        return GpuDevices.Find().OpenClProblem is null ? GpuDevices.Open("opencl", GpuPrecision.Fp32) : null;
    }
}
