using SeqCont.Cli.Options;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Gpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;

namespace SeqCont.Cli.Running;

/// <summary>What auto takes.</summary>
/// <param name="Device">As it is asked for by name: "cpu", "cuda:1".</param>
/// <param name="PassedOver">CUDA devices that come before it and cannot be used, with reasons; null when there is none.</param>
internal sealed record AutoChoice(string Device, string? PassedOver);

/// <summary>The operations that a run was asked to use.</summary>
internal static class Backend
{
    // Devices are looked at once a process, and not at all where there is no CUDA: that would load every GPU library at each start.
    private static readonly Lazy<AutoChoice> OfThisMachine =
        new(() => GpuDevices.HasCuda ? Choose(GpuDevices.Find()) : new AutoChoice("cpu", null));

    /// <summary>Opens a device. Only auto chooses; what was asked for by name is there or an error.</summary>
    public static IOps Open(ModelChoice choice)
    {
        if (choice.Precision == "fp64") return new ReferenceOps();
        var device = choice.Device == "auto" ? Auto(choice).Device : choice.Device;
        return device == "cpu" ? new CpuOps(threads: choice.Threads) : GpuDevices.Open(device, choice.Precision == "tf32"
            ? GpuPrecision.Tf32 : GpuPrecision.Fp32);
    }

    /// <summary>
    /// What auto takes: the first CUDA device that can be used, unless threads of the CPU were asked for or there is none.
    /// </summary>
    public static AutoChoice Auto(ModelChoice? choice = null) =>
        choice?.Threads is null ? OfThisMachine.Value : new AutoChoice("cpu", null);

    /// <summary>The same, of what was found on some machine.</summary>
    public static AutoChoice Choose(GpuSearch search)
    {
        GpuDevice[] cuda = [.. search.Devices.Where(device => device.Id.StartsWith("cuda", StringComparison.Ordinal))];
        if (cuda.Length == 0)
            return new AutoChoice("cpu", search.CudaProblem is null
                ? "a CUDA device that its driver reports and ILGPU does not find (the driver may be too old)" : null);
        var passedOver = cuda.TakeWhile(device => device.Problem is not null)
            .Select(device => $"{device.Id}, {device.Name}: {device.Problem}").ToArray();
        return new AutoChoice(passedOver.Length < cuda.Length
            ? cuda[passedOver.Length].Id : "cpu", passedOver.Length == 0 ? null : string.Join("; ", passedOver));
    }

    /// <summary>What computes, as run.json names it.</summary>
    public static string DeviceOf(IOps ops) => ops is GpuOps gpu ? gpu.Kind : "cpu";

    /// <summary>What computes and how precisely, for people; a GPU's name says both.</summary>
    public static string Describe(IOps ops, ModelChoice choice) => ops is GpuOps ? ops.Name : $"{ops.Name}, {choice.Precision}";

    /// <summary>The same, and whether auto chose it and what it passed over.</summary>
    public static string DescribeChoice(IOps ops, ModelChoice choice) =>
        Describe(ops, choice) + (choice.Device == "auto" ? DescribeAutoChoice(Auto(choice)) : "");

    /// <summary>That auto chose, and what it passed over; follows a device's name.</summary>
    public static string DescribeAutoChoice(AutoChoice auto) =>
        $", chosen by --device auto{(auto.PassedOver is { } reasons ? $", which passed over {reasons}" : "")}";

    /// <summary>What the bits of a result depend on: not the number of threads; a GPU in full.</summary>
    public static string Arithmetic(IOps ops) => ops is CpuOps cpu ? InstructionSets.Arithmetic(cpu.Path) : ops.Name;
}
