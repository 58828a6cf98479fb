using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The fields of <c>bench --json</c>.</summary>
public static class BenchFile
{
    /// <summary>Writes them into an open JSON object.</summary>
    public static void WriteFields(Utf8JsonWriter writer, ThroughputBenchResult result)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(result);
        writer.WriteNumber("schema", JsonFile.Schema);
        writer.WriteString("device", result.Device);
        writer.WriteString("promptSource", result.PromptSource);
        writer.WriteNumber("prompts", result.Prompts);
        writer.WriteNumber("rows", result.Rows);
        writer.WriteNumber("threads", result.Threads);
        writer.WriteNumber("candidates", result.Candidates);
        writer.WriteNumber("candidatesTimed", result.CandidatesTimed);
        writer.WriteBoolean("estimate", result.IsEstimate);
        writer.WriteFinite("seconds", result.Seconds);
        writer.WriteFinite("candidatesPerSecond", result.CandidatesPerSecond);
        writer.WriteFinite("naiveCandidatesPerSecond", result.NaiveCandidatesPerSecond);
        writer.WriteFinite("ratioToNaive", result.RatioToNaive);
        writer.WriteFinite("executedTflop", result.ExecutedTflop);
        writer.WriteFinite("naiveTflop", result.NaiveTflop);
        writer.WriteFinite("gflopsPerSecond", result.GflopsPerSecond);
        writer.WriteFinite("naiveGflopsPerSecond", result.NaiveGflopsPerSecond);
        writer.WriteFinite("peakGflopsPerSecond", result.PeakGflopsPerSecond ?? double.NaN);
        writer.WriteFinite("fractionOfPeak", result.FractionOfPeak ?? double.NaN);
        writer.WriteFinite("naiveFractionOfPeak", result.NaiveFractionOfPeak ?? double.NaN);
        writer.WriteFinite("utilisation", result.Utilisation);
    }
}
