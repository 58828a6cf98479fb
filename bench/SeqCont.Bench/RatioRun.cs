using System.Diagnostics;

namespace SeqCont.Bench;

/// <summary>Something to time: what it is called, how many floating point operations one run of it does, and how to run it once.</summary>
internal sealed record Work(string Name, double Flops, Action Run);

/// <summary>What came out for one piece of work.</summary>
/// <param name="Name">The work.</param>
/// <param name="MedianGflops">Median over rounds of 1e9 operations a second.</param>
/// <param name="BestGflops">Best round.</param>
/// <param name="MedianShare">Median over rounds of the ratio to the roof of the same round.</param>
/// <param name="BestShare">Largest such ratio.</param>
internal sealed record Measured(string Name, double MedianGflops, double BestGflops, double MedianShare, double BestShare);

/// <summary>
/// Times pieces of work against a roof in the same round, right before and right after each, so that a clock or a
/// neighbour that slows both cancels out of the ratio. The clock gives seconds: of the wall, or, where others use the
/// machine too, of the processor (which hides time spent idle).
/// </summary>
internal sealed class RatioRun(Work roof, IReadOnlyList<Work> works, double secondsPerSample, Func<double> clock)
{
    /// <summary>Runs everything once to warm up, then <paramref name="rounds"/> rounds; the roof comes first in the result.</summary>
    public IReadOnlyList<Measured> Measure(int rounds)
    {
        Sample(roof);
        foreach (var work in works) Sample(work);
        var speeds = works.Select(_ => new double[rounds]).ToArray();
        var shares = works.Select(_ => new double[rounds]).ToArray();
        var roofs = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var before = Sample(roof);
            roofs.Add(before);
            for (var i = 0; i < works.Count; i++)
            {
                speeds[i][round] = Sample(works[i]);
                var after = Sample(roof);
                roofs.Add(after);
                shares[i][round] = speeds[i][round] / ((before + after) / 2);
                before = after;
            }
        }

        var best = roofs.Max();
        var results = new List<Measured> { new(roof.Name, Median(roofs), best, Median(roofs) / best, 1) };
        for (var i = 0; i < works.Count; i++)
            results.Add(new(works[i].Name, Median(speeds[i]), speeds[i].Max(), Median(shares[i]), shares[i].Max()));
        return results;
    }

    /// <summary>Seconds of the wall.</summary>
    public static double Wall() => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    /// <summary>Seconds that this process has spent on processors, all threads together.</summary>
    public static double Processor() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private double Sample(Work work)
    {
        var start = clock();
        var runs = 0;
        do
        {
            work.Run();
            runs++;
        }
        while (clock() - start < secondsPerSample);
        return runs * work.Flops / (clock() - start) / 1e9;
    }

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
