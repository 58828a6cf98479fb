using System.Diagnostics;
using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What the parts of a benchmark share.</summary>
internal sealed class BenchRun
{
    private readonly List<double> _peaks = [];

    public required Gpt2Model Model { get; init; }

    public required WorkMeter Meter { get; init; }

    public required PromptSet Clean { get; init; }

    public required PromptSet Corrupted { get; init; }

    public required NodePruningConfig Search { get; init; }

    public required Func<double>? Peak { get; init; }

    public required IProgress<BenchProgress>? Progress { get; init; }

    public required CancellationToken CancellationToken { get; init; }

    /// <summary>Median of the samples so far, in GFLOP/s.</summary>
    public double? MedianPeak
    {
        get
        {
            if (_peaks.Count == 0) return null;
            var sorted = _peaks.Order().ToArray();
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public void SamplePeak(int samples)
    {
        for (var i = 0; i < samples && Peak is not null; i++) _peaks.Add(Peak());
    }
}

/// <summary>Some timed work.</summary>
/// <param name="CandidatesTimed">Circuits scored in it.</param>
/// <param name="Flops">Executed.</param>
/// <param name="Seconds">Wall-clock time that is reported: measured, or estimated from what was.</param>
/// <param name="TimedSeconds">Wall-clock time measured.</param>
/// <param name="ProcessorSeconds">Processor time of it, all threads.</param>
internal readonly record struct Timed(int CandidatesTimed, double Flops, double Seconds, double TimedSeconds, double ProcessorSeconds);

/// <summary>A stopwatch for wall-clock time, processor time and executed work.</summary>
internal sealed class BenchWatch(WorkMeter meter)
{
    private long _start;
    private long _flopsBefore;
    private TimeSpan _processorBefore;

    public double Seconds { get; private set; }

    public double ProcessorSeconds { get; private set; }

    public double Flops { get; private set; }

    public void Start()
    {
        (_flopsBefore, _processorBefore) = (meter.Flops, Environment.CpuUsage.TotalTime);
        _start = Stopwatch.GetTimestamp();
    }

    public void Stop()
    {
        Seconds += Stopwatch.GetElapsedTime(_start).TotalSeconds;
        ProcessorSeconds += (Environment.CpuUsage.TotalTime - _processorBefore).TotalSeconds;
        Flops += meter.Flops - _flopsBefore;
    }
}
