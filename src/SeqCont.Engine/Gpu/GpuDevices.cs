using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Backends;
using ILGPU.IR.Transformations;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Engine.Gpu;

/// <summary>How precisely a GPU multiplies.</summary>
public enum GpuPrecision
{
    /// <summary>float32, or as accurate by other means.</summary>
    Fp32,

    /// <summary>tf32 factors, float32 sums.</summary>
    Tf32,
}

/// <summary>A GPU that was found.</summary>
/// <param name="Id">How it is asked for: "cuda:0", "opencl:1".</param>
/// <param name="Name">Its maker's name for it.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record GpuDevice(string Id, string Name, long MemoryBytes, string? Problem);

/// <summary>What was looked for and found.</summary>
/// <param name="Devices">GPUs, CUDA first.</param>
/// <param name="CudaProblem">Why there is no CUDA at all; null when there is.</param>
/// <param name="OpenClProblem">Why there is no OpenCL at all; null when there is.</param>
public sealed record GpuSearch(IReadOnlyList<GpuDevice> Devices, string? CudaProblem, string? OpenClProblem);

/// <summary>
/// Finds and opens GPUs. An OpenCL device that does not declare generic pointers is refused by ILGPU; our kernels use none,
/// and with <see cref="AnyOpenClVariable"/> set to 1 such a device is tried all the same. No GPU library is touched before one of these
/// methods is called.
/// </summary>
public static class GpuDevices
{
    /// <summary>Environment variable that admits OpenCL devices without generic pointers, such as PoCL's processors.</summary>
    public const string AnyOpenClVariable = "SEQCONT_OPENCL_ANY";

    private const string NoOpenCl = "no libOpenCL was found: there is no OpenCL driver on this machine";

    // Older ones lack double-precision atomics and more; nobody tests them.
    private const int LeastArchitecture = 60;

    private static readonly Lazy<bool> Resolver = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, _, _) =>
            OperatingSystem.IsLinux() && name is "cuda" or "OpenCL"
                && NativeLibrary.TryLoad($"lib{name}.so.1", out var library) ? library : IntPtr.Zero);
        return true;
    });

    /// <summary>
    /// Whether a CUDA driver with a device is there: what <c>--device auto</c> asks first. Loads the driver, nothing else.
    /// </summary>
    public static bool HasCuda => CudaDriver.Problem is null;

    /// <summary>Looks for everything.</summary>
    public static GpuSearch Find()
    {
        using var context = Create();
        static GpuDevice Found(string id, Device device, string more) =>
            new(id, device.Name.Trim() + more, device.MemorySize, ProblemOf(device));
        CudaDevice[] cuda = [.. context.GetCudaDevices()];
        CLDevice[] openCl = [.. context.GetCLDevices()];
        GpuDevice[] found =
        [
            .. cuda.Select((device, i) =>
                Found($"cuda:{i}", device, $" (sm_{device.Architecture?.Major}{device.Architecture?.Minor})")),
            .. openCl.Select((device, i) => Found($"opencl:{i}", device, "")),
        ];
        return new GpuSearch(found, CudaDriver.Problem, openCl.Length > 0 ? null
            : HasLibrary("OpenCL") ? "libOpenCL is there, but no device that its drivers offer can be used" : NoOpenCl);
    }

    /// <summary>Opens a GPU.</summary>
    /// <param name="id">"cuda", "cuda:1", "opencl", "opencl:1".</param>
    /// <param name="precision">How products are multiplied.</param>
    /// <exception cref="NotSupportedException">It is not there or cannot be used; the message says why.</exception>
    public static GpuOps Open(string id, GpuPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(id);
        var (kind, number) = id.Split(':') is [var name, var text]
            ? (name, int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)) : (id, 0);
        if (kind == "cuda" && CudaDriver.Problem is { } problem) throw new NotSupportedException($"--device {id}: {problem}.");
        var context = Create();
        try
        {
            Device[] devices = kind == "cuda" ? [.. context.GetCudaDevices()] : [.. context.GetCLDevices()];
            if (devices.Length == 0)
                throw new NotSupportedException($"--device {id}: {WhyNone(kind)}.");
            if (number >= devices.Length)
                throw new NotSupportedException(
                    $"--device {id}: there {(devices.Length == 1 ? "is one such device" : $"are {devices.Length} such devices")}, "
                        + $"numbered from 0.");
            if (ProblemOf(devices[number]) is { } reason)
                throw new NotSupportedException($"--device {id}: {devices[number].Name.Trim()}: {reason}.");
            if (precision == GpuPrecision.Tf32
                && !(devices[number] is CudaDevice { Architecture: { } architecture } && architecture >= CudaArchitecture.SM_80))
                throw new NotSupportedException(
                    $"--precision tf32: {devices[number].Name.Trim()} has no tf32 tensor cores (sm_80 or later has); give --precision "
                        + $"fp32.");
            return Open(context, devices[number], precision);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>A context with our instructions.</summary>
    /// <param name="more">What else it should have.</param>
    internal static Context Create(Action<Context.Builder>? more = null)
    {
        _ = Resolver.Value;
        var context = Context.Create(builder =>
        {
            builder.Cuda().OpenCL(Admit).EnableAlgorithms().Optimize(OptimizationLevel.O2);
            more?.Invoke(builder);
        });
        PtxIntrinsics.Register(context);
        return context;
    }

    /// <summary>The operations on a device of a context.</summary>
    internal static GpuOps Open(Context context, Device device, GpuPrecision precision)
    {
        var accelerator = device.CreateAccelerator(context);
        LeaveOutCodePlacement(accelerator.GetBackend());
        return new GpuOps(context, accelerator, precision);
    }

    private static bool AdmitsAnyOpenCl => Environment.GetEnvironmentVariable(AnyOpenClVariable) == "1";

    /// <summary>
    /// The last pass of ILGPU 1.5.3's O2 moves loads of shared memory past the barriers that guard them, on CUDA and OpenCL alike
    /// (a test holds that it does, and that without it none is moved). O1 has no such pass, but does not know which memory
    /// a pointer is of, which some OpenCL devices must know. So: O2 without its last pass, before a kernel is compiled.
    /// </summary>
    internal static void LeaveOutCodePlacement(Backend backend)
    {
        var property = typeof(Backend).GetProperty("KernelTransformers",
            BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!;
        var transformers = (ImmutableArray<Transformer>)property.GetValue(backend)!;
        static bool Stays(Transformation pass) =>
            !(pass.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(CodePlacement<>));
        property.SetValue(backend, transformers.Select(transformer =>
            Transformer.Create(transformer.Configuration, [.. transformer.Transformations.Where(Stays)])).ToImmutableArray());
    }

    private static bool HasLibrary(string name) => NativeLibrary.TryLoad(OperatingSystem.IsLinux() ? $"lib{name}.so.1" : name, out _);

    /// <summary>All are listed; those that ILGPU would refuse are marked as able to where that is asked for.</summary>
    private static bool Admit(CLDevice device)
    {
        if (AdmitsAnyOpenCl)
            typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!.SetValue(device.Capabilities, true);
        return true;
    }

    private static string? ProblemOf(Device device) => device switch
    {
        CudaDevice { Architecture: { } architecture } when architecture.Major * 10 + architecture.Minor < LeastArchitecture =>
            $"its compute capability {architecture.Major}.{architecture.Minor} is below {LeastArchitecture / 10}.{LeastArchitecture % 10}",
        CudaDevice { Architecture: null } => "its compute capability is unknown",
        CLDevice { Capabilities.GenericAddressSpace: false } =>
            $"it declares no generic pointers, which ILGPU asks for ({AnyOpenClVariable}=1 tries it all the same)",
        CLDevice { Capabilities.Float64: false } => "it has no double precision",
        _ => null,
    };

    private static string WhyNone(string kind) =>
        kind == "cuda" ? "the driver reports a device, but ILGPU cannot use it (the driver may be too old)"
        : HasLibrary("OpenCL") ? "no usable OpenCL device was found"
        : NoOpenCl;
}
