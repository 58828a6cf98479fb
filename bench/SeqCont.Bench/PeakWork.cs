using SeqCont.Kernels;
using SeqCont.Kernels.Peak;

namespace SeqCont.Bench;

/// <summary>The roof: multiply-adds in registers on so many threads.</summary>
internal static class PeakWork
{
    private const double FlopsPerThread = 2e9;

    public static Work On(InstructionSet path, int threads)
    {
        var steps = (int)(FlopsPerThread / FmaPeak.FlopsPerStep(path));
        var flops = (double)steps * FmaPeak.FlopsPerStep(path) * threads;
        return new Work($"FMA peak, {threads} {(threads == 1 ? "thread" : "threads")}", flops, () => Run(path, steps, threads));
    }

    private static void Run(InstructionSet path, int steps, int threads)
    {
        var others = new Thread[threads - 1];
        for (var i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(() => Once(path, steps));
            others[i].Start();
        }

        Once(path, steps);
        foreach (var other in others) other.Join();
    }

    private static void Once(InstructionSet path, int steps)
    {
        if (!float.IsFinite(FmaPeak.Run(path, steps))) throw new InvalidOperationException("FMA peak: expected a finite sum.");
    }
}
