using System.Diagnostics;

namespace SeqCont.Cli.Running;

/// <summary>Seconds by phase.</summary>
internal sealed class Phases
{
    private readonly List<KeyValuePair<string, double>> _seconds = [];
    private readonly long _start = Stopwatch.GetTimestamp();

    public DateTime StartedAt { get; } = DateTime.UtcNow;

    public double Elapsed => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    public T Measure<T>(string phase, Func<T> work)
    {
        var start = Stopwatch.GetTimestamp();
        var result = work();
        _seconds.Add(new(phase, Stopwatch.GetElapsedTime(start).TotalSeconds));
        return result;
    }

    /// <summary>All phases so far, and the total.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Seconds() => [.. _seconds, new("total", Elapsed)];
}
