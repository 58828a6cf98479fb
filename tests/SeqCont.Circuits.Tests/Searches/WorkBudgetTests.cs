using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>Executed work of the published searches on the GPT-2 small shape, counted by a dry run.</summary>
[TestClass]
public sealed class WorkBudgetTests
{
    [TestMethod]
    [DataRow(512, 285.0)]
    [DataRow(32, 20.0)]
    public void Run_PublishedNumeralsDecisions_WithinTheCostModel(int perTemplate, double teraflops)
    {
        if (PublishedSearch.Prompts("numerals", perTemplate) is not { } prompts || PublishedSearch.Verdicts("numerals") is not { } verdicts)
        {
            Assert.Inconclusive("../shared/datasets or ../shared/golden is absent");
            return;
        }

        var (meter, result) = DryRun(prompts, new NodePruningConfig { Replay = verdicts });
        Assert.HasCount(239, result.Trace);
        Console.WriteLine(
            $"{3 * perTemplate} prompts, {result.CleanRows} rows: {meter.Flops / 1e12:0.0} TFLOP, predicted "
                + $"{result.Memory.PredictedBytes / 1e9:0.00} GB");
        foreach (var stage in meter.ByStage) Console.WriteLine($"  {stage.Stage} {stage.Layer}: {stage.Flops / 1e12:0.000}");
        Assert.IsLessThanOrEqualTo(teraflops, meter.Flops / 1e12);
    }

    /// <summary>The months circuit loses m11 first: MLP means then follow every head, up to the last layer.</summary>
    [TestMethod]
    [DataRow(512)]
    [DataRow(32)]
    public void Run_LastMlpAblatedFirst_CostsAtMostTwice(int perTemplate)
    {
        if (PublishedSearch.Prompts("numerals", perTemplate) is not { } prompts || PublishedSearch.Verdicts("numerals") is not { } verdicts)
        {
            Assert.Inconclusive("../shared/datasets or ../shared/golden is absent");
            return;
        }

        var last = NodeId.Mlp(11);
        Assert.AreEqual(last, verdicts[0].Node);
        ReplayedDecision[] madeUp = [new(last, true), .. verdicts.Where(verdict => verdict.Node != last)];
        var (meter, _) = DryRun(prompts, new NodePruningConfig { Replay = madeUp });
        var (published, _) = DryRun(prompts, new NodePruningConfig { Replay = verdicts });
        Console.WriteLine(
            $"{3 * perTemplate} prompts, m11 ablated first: {meter.Flops / 1e12:0.0} TFLOP, {(double)meter.Flops / published.Flops:0.00} "
                + $"of the published search");
        Assert.IsLessThan(2 * published.Flops, meter.Flops);
        Assert.IsGreaterThan(published.Flops, meter.Flops);
    }

    private static (WorkMeter Meter, NodePruningResult Result) DryRun(
        (PromptSet Clean, PromptSet Corrupted) prompts, NodePruningConfig config)
    {
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new DryOps(), meter);
        using var weights = RandomWeights.Create(ModelConfig.Small, seed: 1);
        using var model = new Gpt2Model(ops, weights);
        return (meter, NodePruning.Run(model, prompts.Clean, prompts.Corrupted, config));
    }
}
