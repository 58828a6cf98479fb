using System.Diagnostics;
using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Engine.Gpu;
using SeqCont.Model;

namespace SeqCont.GpuCheck;

/// <summary>The published numerals decisions, replayed on GPT-2 small's shape with random weights.</summary>
internal static class SearchTimes
{
    public static void Run(GpuOps gpu, Report report, CheckOptions options)
    {
        report.Table("The published numerals search, replayed", "prompts", "rows", "TFLOP", "seconds", "candidates a second", "TFLOP/s",
            "device idle", "predicted memory, GB");
        var config = options.IsQuick ? ModelConfig.Small with { NLayers = 2, DVocab = 512, BosTokenId = null } : ModelConfig.Small;
        using var weights = RandomWeights.Create(config, seed: 1);
        foreach (var count in options.IsQuick ? [8] : new[] { 96, 1536 })
            Time(gpu, report, weights, options.Prompts(count) ?? BenchPrompts.Create(config, count));
    }

    private static void Time(GpuOps gpu, Report report, Gpt2Weights weights, (PromptSet Clean, PromptSet Corrupted) prompts)
    {
        var (config, replay) = (weights.Config, new NodePruningConfig { Replay = PublishedDecisions.Numerals(weights.Config) });
        PromptSet clean;
        using (var model = new Gpt2Model(gpu, weights)) clean = ThroughputBench.WithPreferredAnswers(model, prompts.Clean);
        (NodePruningResult Result, double Seconds) Search(IOps ops)
        {
            using var model = new Gpt2Model(ops, weights);
            gpu.Finish();
            var start = Stopwatch.GetTimestamp();
            var result = NodePruning.Run(model, clean, prompts.Corrupted, replay);
            return (result, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Search(gpu); // compiles
        var (result, seconds) = Search(gpu);
        // Once more, waiting for every call: what the device was busy with is the calls' time less that of an empty wait.
        var meter = new WorkMeter();
        var counted = new MeteredOps(gpu, meter, isTimed: true);
        Search(counted);
        var wait = Stopwatching.Seconds(gpu, () => gpu.Finish(), roundSeconds: 0.01);
        var busy = meter.Ticks / (double)Stopwatch.Frequency - counted.Calls * wait;
        report.Row(
            $"{clean.Count}",
            $"{result.CleanRows}", Report.Number(meter.Flops / 1e12),
            Report.Number(seconds, "0.00"), Report.Number(result.Trace.Count / seconds), Report.Number(meter.Flops / seconds / 1e12),
            Report.Number(100 * Math.Max(0, 1 - busy / seconds)) + " %", Report.Number(result.Memory.PredictedBytes / 1e9));
    }
}
