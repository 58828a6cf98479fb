using SeqCont.Cli.Options;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;

namespace SeqCont.Cli.Running;

/// <summary>The operations that a run was asked to use.</summary>
internal static class Backend
{
    /// <summary>The device that auto takes.</summary>
    public const string Device = "cpu";

    public static IOps Open(ModelChoice choice) =>
        choice.Precision == "fp64" ? new ReferenceOps() : new CpuOps(threads: choice.Threads);

    /// <summary>What the bits of a result depend on: the instruction set, not the number of threads.</summary>
    public static string Arithmetic(IOps ops) => ops is CpuOps cpu ? InstructionSets.Name(cpu.Path) : ops.Name;
}
