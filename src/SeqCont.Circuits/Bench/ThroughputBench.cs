using System.Diagnostics;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// How fast this machine scores candidates: replays a node search, times the naive engine in the same run, and
/// measures the machine's peak in between. A dry run counts the work of both beforehand.
/// </summary>
public static class ThroughputBench
{
    private const double PeakEverySeconds = 3;
    private const int PeakSamplesAtOnce = 3;
    private const int NaiveCandidates = 3;
    private const int QuickNaivePrompts = 32;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="config">What to measure.</param>
    /// <param name="progress">Told of every step, synchronously.</param>
    /// <param name="cancellationToken">Checked between candidates.</param>
    /// <exception cref="InvalidDataException">The full model's mean logit difference on given prompts is not positive.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ThroughputBenchResult Run(
        ThroughputBenchConfig config, IProgress<BenchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (config.Clean is null != config.Corrupted is null)
            throw new ArgumentException("prompts: expected clean and corrupted ones, or neither.");
        if (config is { Quick: true, EarlyStop: not null })
            throw new ArgumentException("early stopping: only the whole search can be timed with it, not a sample.");
        using var own = config.Weights is null ? RandomWeights.Create(ModelConfig.Small, seed: 1) : null;
        var meter = new WorkMeter();
        // Not disposed: that would dispose the borrowed backend.
        using var model = new Gpt2Model(new MeteredOps(config.Ops, meter), config.Weights ?? own!);
        var (clean, corrupted) = config.Clean is null
            ? BenchPrompts.Create(model.Config, config.Prompts) : (config.Clean, config.Corrupted!);
        if (config.Clean is null || config.Weights is null) clean = WithPreferredAnswers(model, clean);
        var verdicts = config.Verdicts ?? PublishedDecisions.Numerals(model.Config);
        var replayed = new NodePruningConfig { Replay = verdicts, Memory = config.Memory };
        var cpu = config.Ops as CpuOps;
        var bench = new BenchRun(
            model, meter, clean, corrupted, replayed, cpu is null ? null : () => cpu.MeasurePeak(), progress, cancellationToken);
        var plan = DryBench.Count(model.Config, clean, corrupted, bench.Search);
        bench.SamplePeak(PeakSamplesAtOnce);
        var search = config.Quick ? BenchSample.Estimate(bench, plan) : Replay(bench, config.EarlyStop);
        bench.SamplePeak(PeakSamplesAtOnce);
        var naivePrompts = config.Quick ? Math.Min(QuickNaivePrompts, clean.Count) : clean.Count;
        var naive = TimeNaive(bench, plan, naivePrompts, config.Quick ? 1 : Math.Min(NaiveCandidates, plan.Decisions.Count));
        bench.SamplePeak(PeakSamplesAtOnce);
        return new ThroughputBenchResult(
            Device: config.Ops.Name, PromptSource: clean.Source, Prompts: clean.Count, Rows: plan.Rows, NaiveRows: plan.NaiveRows,
            Threads: cpu?.Threads ?? 1, Candidates: plan.Decisions.Count, IsEstimate: config.Quick,
            CandidatesTimed: search.CandidatesTimed, NaiveCandidatesTimed: naive.CandidatesTimed, NaivePromptsTimed: naivePrompts,
            Seconds: search.Seconds, ExecutedTflop: (config.Quick ? plan.Flops : search.Flops) / 1e12,
            NaiveTflop: ((double)plan.NaiveCandidateFlops * plan.Decisions.Count + plan.NaiveFullModelFlops) / 1e12,
            NaiveGflopsPerSecond: naive.Flops / naive.Seconds / 1e9,
            NaiveSecondsPerCandidate: plan.NaiveCandidateFlops / (naive.Flops / naive.Seconds), PeakGflopsPerSecond: bench.MedianPeak,
            Utilisation: search.ProcessorSeconds / (search.TimedSeconds * (cpu?.Threads ?? 1)));
    }

    /// <summary>The whole search. The peak is measured between candidates, outside the time.</summary>
    private static Timed Replay(BenchRun bench, double? earlyStop)
    {
        var watch = new BenchWatch(bench.Meter);
        var lastPeak = Stopwatch.GetTimestamp();
        var total = bench.Search.Replay!.Count;
        watch.Start();
        var result = NodePruning.Run(bench.Model, bench.Clean, bench.Corrupted, bench.Search with { EarlyStop = earlyStop },
            new SynchronousProgress<SearchProgress>(step =>
        {
            watch.Stop();
            bench.Progress?.Report(new BenchProgress("search", step.Decision.Index, total));
            if (Stopwatch.GetElapsedTime(lastPeak).TotalSeconds > PeakEverySeconds)
            {
                bench.SamplePeak(1);
                lastPeak = Stopwatch.GetTimestamp();
            }

            watch.Start();
        }), bench.CancellationToken);
        watch.Stop();
        return watch.Of(result.Trace.Count);
    }

    /// <summary>A few of the search's circuits, spread over it: the naive engine's cost does not depend on the circuit.</summary>
    private static Timed TimeNaive(BenchRun bench, DryBench plan, int prompts, int candidates)
    {
        using var naive = new NaiveEngine(bench.Model, First(bench.Clean, prompts), First(bench.Corrupted, prompts));
        var watch = new BenchWatch(bench.Meter);
        for (var i = 0; i < candidates; i++)
        {
            bench.CancellationToken.ThrowIfCancellationRequested();
            var circuit = plan.Candidates[(int)((2L * i + 1) * plan.Candidates.Count / (2L * candidates))];
            watch.Start();
            naive.Score(circuit);
            watch.Stop();
            bench.SamplePeak(1);
            bench.Progress?.Report(new BenchProgress("naive engine", i + 1, candidates));
        }

        return watch.Of(candidates);
    }

    /// <summary>Every k-th prompt, so that all templates take part.</summary>
    private static PromptSet First(PromptSet prompts, int count) =>
        prompts.Select([.. Enumerable.Range(0, count).Select(i => (int)((long)i * prompts.Count / count))]);

    /// <summary>
    /// The answers swapped where a model of random weights, or on made-up prompts, prefers the wrong one: a search needs something to lose.
    /// </summary>
    internal static PromptSet WithPreferredAnswers(Gpt2Model model, PromptSet clean)
    {
        var answers = Faithfulness.Unablated(model, clean).Values;
        return clean.WithAnswers([.. clean.Answers.Select((sets, i) =>
            answers[i] < 0 ? new AnswerSets(sets.Incorrect, sets.Correct) : sets)]);
    }
}
