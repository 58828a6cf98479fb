using System.Diagnostics;
using SeqCont.Engine.Gpu;

namespace SeqCont.GpuCheck;

/// <summary>Times queued work: the median of a few rounds, each long enough that starting it does not show.</summary>
internal static class Stopwatching
{
    private const int Rounds = 5;

    /// <summary>Seconds of one call.</summary>
    public static double Seconds(GpuOps gpu, Action call, double roundSeconds = 0.05)
    {
        call();
        gpu.Finish();
        var once = Round(gpu, call, 1);
        var calls = (int)Math.Clamp(roundSeconds / Math.Max(once, 1e-7), 1, 1000);
        return Enumerable.Range(0, Rounds).Select(_ => Round(gpu, call, calls)).Order().ElementAt(Rounds / 2);
    }

    private static double Round(GpuOps gpu, Action call, int calls)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++) call();
        gpu.Finish();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }
}
