using System.Diagnostics;
using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What the parts of a benchmark share.</summary>
internal sealed record BenchRun(
    Gpt2Model Model, WorkMeter Meter, PromptSet Clean, PromptSet Corrupted, NodePruningConfig Search, Func<double>? Peak,
    IProgress<BenchProgress>? Progress, CancellationToken CancellationToken)
{
    private readonly List<double> _peaks = [];

    /// <summary>Median of the samples so far, in GFLOP/s.</summary>
    public double? MedianPeak =>
        _peaks.Count == 0 ? null : (_peaks.Order().ElementAt((_peaks.Count - 1) / 2) + _peaks.Order().ElementAt(_peaks.Count / 2)) / 2;

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

    /// <summary>All of it, which some circuits took.</summary>
    public Timed Of(int circuits) => new(circuits, Flops, Seconds, Seconds, ProcessorSeconds);

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
