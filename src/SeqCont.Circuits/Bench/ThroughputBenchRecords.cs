using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What to measure.</summary>
public sealed record ThroughputBenchConfig
{
    /// <summary>Backend, without a meter; borrowed.</summary>
    public required IOps Ops { get; init; }

    /// <summary>Weights; borrowed. Null: the GPT-2 small shape with random weights made in memory.</summary>
    public Gpt2Weights? Weights { get; init; }

    /// <summary>Prompts that are scored; null, together with <see cref="Corrupted"/>: made-up ones of the study's shape.</summary>
    public PromptSet? Clean { get; init; }

    /// <summary>Prompts that means are taken over.</summary>
    public PromptSet? Corrupted { get; init; }

    /// <summary>How many prompts to make up.</summary>
    public int Prompts { get; init; } = 96;

    /// <summary>Verdicts of the search to replay; null: <see cref="PublishedDecisions.Numerals"/>.</summary>
    public IReadOnlyList<ReplayedDecision>? Verdicts { get; init; }

    /// <summary>Estimate from a sample of the candidates instead of running them all.</summary>
    public bool Quick { get; init; }

    /// <summary>Bytes to stay below; null for a share of the machine's.</summary>
    public long? Memory { get; init; }

    /// <summary>When given: candidates are decided on part of the prompts where that is clear; the accepted chance of error.</summary>
    public double? EarlyStop { get; init; }
}

/// <summary>How far a benchmark is.</summary>
/// <param name="Stage">What it is at, for people.</param>
/// <param name="Done">Steps of it that are done.</param>
/// <param name="Total">Steps in all.</param>
public readonly record struct BenchProgress(string Stage, int Done, int Total);

/// <summary>What a benchmark measured. Work is of matrix products and attention; a multiply-add counts as two.</summary>
/// <param name="Device">The backend.</param>
/// <param name="PromptSource">Where the prompts came from.</param>
/// <param name="Prompts">Prompts scored.</param>
/// <param name="Rows">Distinct prefixes of them: rows that the engine computes at most.</param>
/// <param name="NaiveRows">Positions that the naive engine computes: prompts times the longest length.</param>
/// <param name="Threads">Threads of the backend.</param>
/// <param name="Candidates">Candidates of the replayed search.</param>
/// <param name="IsEstimate">Whether the search's time is estimated from some of its candidates.</param>
/// <param name="CandidatesTimed">Candidates that were timed: all, unless this is an estimate.</param>
/// <param name="NaiveCandidatesTimed">Circuits that the naive engine was timed on.</param>
/// <param name="NaivePromptsTimed">Prompts that the naive engine was timed on; its speed is scaled to all of them by work.</param>
/// <param name="Seconds">Seconds of the whole search: means, stored prefixes, full model and every candidate.</param>
/// <param name="ExecutedTflop">
/// Work of the whole search, in TFLOP, from the engine's counters; in an estimate, from those of a dry run.
/// </param>
/// <param name="NaiveTflop">Work of the same search by the naive engine (every candidate, and the full model once), in TFLOP.</param>
/// <param name="NaiveSecondsPerCandidate">Seconds of one candidate by the naive engine.</param>
/// <param name="NaiveGflopsPerSecond">The naive engine's speed, in GFLOP/s.</param>
/// <param name="PeakGflopsPerSecond">
/// Multiply-adds that the machine can do, measured before, between and after (median), in GFLOP/s; null where the backend has no
/// such measurement.
/// </param>
/// <param name="Utilisation">
/// Processor time over wall-clock time and threads, 1 = all threads busy, over what was timed of the search.
/// </param>
public sealed record ThroughputBenchResult(
    string Device, string PromptSource, int Prompts, int Rows, int NaiveRows, int Threads, int Candidates, bool IsEstimate,
    int CandidatesTimed, int NaiveCandidatesTimed, int NaivePromptsTimed, double Seconds, double ExecutedTflop, double NaiveTflop,
    double NaiveSecondsPerCandidate, double NaiveGflopsPerSecond, double? PeakGflopsPerSecond, double Utilisation)
{
    /// <summary>Candidates a second, everything that the search does included.</summary>
    public double CandidatesPerSecond => Candidates / Seconds;

    /// <summary>The naive engine's candidates a second.</summary>
    public double NaiveCandidatesPerSecond => 1 / NaiveSecondsPerCandidate;

    /// <summary>How many times the naive engine's candidates a second.</summary>
    public double RatioToNaive => CandidatesPerSecond / NaiveCandidatesPerSecond;

    /// <summary>Speed over the executed work, in GFLOP/s.</summary>
    public double GflopsPerSecond => ExecutedTflop * 1000 / Seconds;

    /// <summary><see cref="GflopsPerSecond"/> over the peak, 1 = peak.</summary>
    public double? FractionOfPeak => GflopsPerSecond / PeakGflopsPerSecond;

    /// <summary><see cref="NaiveGflopsPerSecond"/> over the peak, 1 = peak: a slow naive engine would flatter the ratio.</summary>
    public double? NaiveFractionOfPeak => NaiveGflopsPerSecond / PeakGflopsPerSecond;
}
