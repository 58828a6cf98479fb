using SeqCont.Cli.Options;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;

namespace SeqCont.Cli.Running;

/// <summary>The operations that a run was asked to use.</summary>
internal static class Backend
{
    /// <summary>The device that auto takes.</summary>
    public const string Device = "cpu";

    public static IOps Open(ModelChoice choice) =>
        choice.Precision == "fp64" ? new ReferenceOps() : new CpuOps(threads: choice.Threads);
}
