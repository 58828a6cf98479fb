using SeqCont.Circuits.Tests.Searches;
using SeqCont.Engine.Cpu;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Bench;

/// <summary>The benchmark's bookkeeping; speeds are not asserted.</summary>
[TestClass]
public sealed class ThroughputBenchTests
{
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_SmallModel_WorkIsTheDryRuns(bool quick)
    {
        using var ops = new CpuOps();
        using var weights = SmallModels.Random(nLayers: 4, nCtx: 23, dVocab: 211);
        var result = ThroughputBench.Run(new ThroughputBenchConfig { Ops = ops, Weights = weights, Prompts = 12, Quick = quick });
        var dry = Dry(weights.Config, 12);
        Assert.AreEqual(dry.Flops / 1e12, result.ExecutedTflop, 1e-15);
        Assert.AreEqual((dry.NaiveCandidateFlops * (double)dry.Decisions.Count + dry.NaiveFullModelFlops) / 1e12, result.NaiveTflop, 1e-15);
        Assert.AreEqual(PublishedDecisions.Numerals(weights.Config).Count, result.Candidates);
        Assert.AreEqual(quick, result.IsEstimate);
        if (!quick) Assert.AreEqual(result.Candidates, result.CandidatesTimed);
        else Assert.IsInRange(1, result.Candidates - 1, result.CandidatesTimed);
        Assert.AreEqual((12, 12 * 23, ops.Threads), (result.Prompts, result.NaiveRows, result.Threads));
        Assert.IsGreaterThan(0, result.Seconds);
        Assert.AreEqual(result.CandidatesPerSecond * result.NaiveSecondsPerCandidate, result.RatioToNaive, 1e-9 * result.RatioToNaive);
        Assert.IsNotNull(result.PeakGflopsPerSecond);
    }

    [TestMethod]
    public void Run_Cancelled_Stops()
    {
        using var ops = new CpuOps();
        using var weights = SmallModels.Random(nLayers: 2, nCtx: 23, dVocab: 211);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() =>
            ThroughputBench.Run(new ThroughputBenchConfig { Ops = ops, Weights = weights, Prompts = 6 }, null, source.Token));
    }

    [TestMethod]
    public void Numerals_Gpt2SmallShape_ArePublished()
    {
        var decisions = PublishedDecisions.Numerals(ModelConfig.Small);
        Assert.HasCount(239, decisions);
        if (PublishedSearch.Verdicts("numerals") is not { } published)
        {
            Assert.Inconclusive("../shared/golden is absent");
            return;
        }

        CollectionAssert.AreEqual(published, decisions.ToArray());
    }

    [TestMethod]
    public void Count_MadeUpPrompts_WorkAndRowsLikeThePublished()
    {
        var dry = Dry(ModelConfig.Small, 96);
        Console.WriteLine(
            $"{dry.Rows} rows, {dry.Flops / 1e12:0.00} TFLOP, naive "
                + $"{(dry.NaiveCandidateFlops * 239.0 + dry.NaiveFullModelFlops) / 1e12:0.0} TFLOP");
        Assert.AreEqual(2134.0, dry.Rows, 30.0);
        Assert.IsLessThanOrEqualTo(20.0, dry.Flops / 1e12);
        Assert.AreEqual(310.0, (dry.NaiveCandidateFlops * 239.0 + dry.NaiveFullModelFlops) / 1e12, 3.0);
        var chosen = BenchSample.Choose(dry);
        var strata = chosen.Select(
            i => (dry.Decisions[i].Decision.Iteration, dry.Decisions[i].Decision.Direction, dry.Decisions[i].Decision.Node.Layer))
                .Distinct().Count();
        Console.WriteLine($"{chosen.Count} candidates of {strata} strata, {chosen.Sum(i => dry.Decisions[i].Flops) / 1e12:0.00} TFLOP");
        Assert.IsGreaterThan(12, strata);
    }

    private static DryBench Dry(ModelConfig config, int prompts)
    {
        var (clean, corrupted) = BenchPrompts.Create(config, prompts);
        return DryBench.Count(config, clean, corrupted, new NodePruningConfig { Replay = PublishedDecisions.Numerals(config) });
    }
}
