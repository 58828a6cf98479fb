using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The fields of <c>bench --json</c>.</summary>
public static class BenchFile
{
    /// <summary>What was measured.</summary>
    public static Json Of(ThroughputBenchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return
        [
            ("schema", JsonFile.Schema), ("device", result.Device), ("promptSource", result.PromptSource), ("prompts", result.Prompts),
            ("rows", result.Rows), ("threads", result.Threads), ("candidates", result.Candidates),
            ("candidatesTimed", result.CandidatesTimed), ("estimate", result.IsEstimate), ("seconds", result.Seconds),
            ("candidatesPerSecond", result.CandidatesPerSecond), ("naiveCandidatesPerSecond", result.NaiveCandidatesPerSecond),
            ("ratioToNaive", result.RatioToNaive), ("executedTflop", result.ExecutedTflop), ("naiveTflop", result.NaiveTflop),
            ("gflopsPerSecond", result.GflopsPerSecond), ("naiveGflopsPerSecond", result.NaiveGflopsPerSecond),
            ("peakGflopsPerSecond", result.PeakGflopsPerSecond), ("fractionOfPeak", result.FractionOfPeak),
            ("naiveFractionOfPeak", result.NaiveFractionOfPeak), ("utilisation", result.Utilisation),
        ];
    }
}
