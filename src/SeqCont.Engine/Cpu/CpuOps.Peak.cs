using System.Diagnostics;
using SeqCont.Kernels.Peak;

namespace SeqCont.Engine.Cpu;

/// <summary>The roof that this machine's products are measured against.</summary>
public sealed partial class CpuOps
{
    // Half a millisecond of a fast core: many items a thread, so that none waits long for the last one.
    private const int FlopsPerPeakItem = 50_000_000;
    private const int PeakItemsPerThread = 32;

    /// <summary>
    /// Multiply-adds in registers on all of this backend's threads, with its instruction set: what the machine
    /// can do at this moment, in GFLOP/s (a multiply-add is two).
    /// </summary>
    /// <param name="seconds">How long to measure, at least.</param>
    public double MeasurePeak(double seconds = 0.1)
    {
        var steps = FlopsPerPeakItem / FmaPeak.FlopsPerStep(Path);
        var items = Threads * PeakItemsPerThread;
        var (flops, start) = (0.0, Stopwatch.GetTimestamp());
        do
        {
            _team.Run(items, new PeakJob(Path, steps));
            flops += (double)items * steps * FmaPeak.FlopsPerStep(Path);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        return flops / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    private readonly struct PeakJob(Kernels.InstructionSet path, int steps) : ITeamJob
    {
        public void Run(int item, int worker)
        {
            if (!float.IsFinite(FmaPeak.Run(path, steps))) throw new InvalidOperationException("FMA peak: expected a finite sum.");
        }
    }
}
