using SeqCont.Cli.Options;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Gpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;

namespace SeqCont.Cli.Running;

/// <summary>The operations that a run was asked to use.</summary>
internal static class Backend
{
    /// <summary>Opens a device. Only auto chooses; what was asked for by name is there or an error.</summary>
    public static IOps Open(ModelChoice choice)
    {
        if (choice.Precision == "fp64") return new ReferenceOps();
        var device = choice.Device == "auto" ? Auto(choice) : choice.Device;
        return device == "cpu" ? new CpuOps(threads: choice.Threads) : GpuDevices.Open(device, choice.Precision == "tf32" ? GpuPrecision.Tf32 : GpuPrecision.Fp32);
    }

    /// <summary>What auto takes: the first CUDA device where there is one, unless threads of the CPU were asked for.</summary>
    public static string Auto(ModelChoice? choice = null) => choice?.Threads is null && GpuDevices.HasCuda ? "cuda:0" : "cpu";

    /// <summary>What computes, as run.json names it.</summary>
    public static string DeviceOf(IOps ops) => ops is GpuOps gpu ? gpu.Kind : "cpu";

    /// <summary>What computes and how precisely, for people; a GPU's name says both.</summary>
    public static string Describe(IOps ops, ModelChoice choice) => ops is GpuOps ? ops.Name : $"{ops.Name}, {choice.Precision}";

    /// <summary>The same, and whether auto chose it.</summary>
    public static string DescribeChoice(IOps ops, ModelChoice choice) => Describe(ops, choice) + (choice.Device == "auto" ? ", chosen by --device auto" : "");

    /// <summary>What the bits of a result depend on: the instruction set, not the number of threads; a GPU in full.</summary>
    public static string Arithmetic(IOps ops) => ops is CpuOps cpu ? InstructionSets.Name(cpu.Path) : ops.Name;
}
