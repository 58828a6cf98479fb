using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>The yardstick against the optimised scorer, and against a model that shares no code with either.</summary>
[TestClass]
public sealed class NaiveEngineTests
{
    private const int Seeds = 40;

    [TestMethod]
    [DataRow(true, 1e-9)]
    [DataRow(false, 1e-2)]
    public void Score_RandomModelsCircuitsPrompts_EqualsScorer(bool reference, double percentPoints)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using IOps ops = reference ? new ReferenceOps() : new CpuOps();
            using var model = random.On(ops);
            using var naive = new NaiveEngine(model, random.Clean, random.Corrupted);
            var scale = 100 / Math.Max(1, Math.Abs(naive.ScoreFullModel().Average()));
            foreach (var (headShare, mlpShare) in new[] { (0.5, 0.5), (0.8, 0.8), (1, 0), (0, 1), (0.0, 0.0), (1, 1) })
            {
                var circuit = random.RandomCircuit(headShare, mlpShare);
                using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, new AblationConfig(), circuit);
                Assert.AreEqual(scale * naive.Score(circuit).Average(), scale * scorer.ScoreCurrent().Average(), percentPoints,
                    $"seed {seed}, {circuit}");
                foreach (var node in circuit.Heads.Concat(circuit.Mlps).Take(3))
                    Assert.AreEqual(scale * naive.Score(circuit.Without(node)).Average(), scale * scorer.ScoreWithout(node).Average(),
                        percentPoints, $"seed {seed}, {circuit} less {node}");
            }
        }
    }

    [TestMethod]
    public void Score_RandomModelsCircuitsPrompts_EqualsOnePromptAtATime()
    {
        for (var seed = 100; seed < 100 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            using var naive = new NaiveEngine(model, random.Clean, random.Corrupted);
            var plain = new NaiveGpt2(random.Weights);
            foreach (var share in new[] { 0.0, 0.5, 1.0 })
            {
                var circuit = random.RandomCircuit(share, share);
                var expected = plain.LogitDiffs(random.Clean, random.Corrupted, circuit, new AblationConfig());
                var actual = naive.Score(circuit);
                for (var i = 0; i < expected.Length; i++)
                    Assert.AreEqual(expected[i], actual[i], 1e-11 * Math.Max(1, Math.Abs(expected[i])),
                        $"seed {seed}, {circuit}, prompt {i}");
            }
        }
    }

    [TestMethod]
    public void Score_AnyCircuit_ExecutesEverything()
    {
        var random = new RandomCase(3);
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new DryOps(), meter);
        using var model = random.On(ops);
        using var naive = new NaiveEngine(model, random.Clean, random.Corrupted);
        naive.ScoreFullModel();
        long full = meter.Flops, rows = naive.Rows,
            corrupted = (long)random.Corrupted.Count * random.Corrupted.Tokens.Max(tokens => tokens.Length);
        var unembedding = 2 * rows * random.Config.DModel * random.Config.DVocab;
        var perRow = 2L * random.Config.NLayers * random.Config.DModel * (4 * random.Config.DModel + 2 * random.Config.DMlp);
        Assert.IsGreaterThanOrEqualTo(rows * perRow + unembedding, full);
        foreach (var circuit in new[] { random.RandomCircuit(0, 0), random.RandomCircuit(0.5, 0.5), Circuit.Full(random.Config) })
        {
            var before = meter.Flops;
            naive.Score(circuit);
            Assert.AreEqual(full + 2 * ((full - unembedding) * corrupted / rows), meter.Flops - before, $"{circuit}");
        }
    }

    [TestMethod]
    public void Constructor_PromptLongerThanAllCorrupted_Refused()
    {
        var random = new RandomCase(7);
        using var ops = new ReferenceOps();
        using var model = random.On(ops);
        var longest = random.Clean.Tokens.Max(tokens => tokens.Length);
        int[] shorter = [.. Enumerable.Range(0, random.Corrupted.Count).Where(i => random.Corrupted.Tokens[i].Length < longest)];
        var error = Assert.ThrowsExactly<InvalidDataException>(() =>
        {
            using var naive = new NaiveEngine(model, random.Clean, RandomCase.Permuted(random.Corrupted, shorter));
        });
        Assert.Contains($"{longest} tokens", error.Message);
    }

    /// <summary>The search stands on any scorer: the naive one leads it to the same decisions.</summary>
    [TestMethod]
    public void NodeSearch_OnTheNaiveEngine_SameDecisions()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var random = new RandomCase(seed);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            var clean = ThroughputBench.WithPreferredAnswers(model, random.Clean);
            var config = new NodePruningConfig { MinFaithfulness = 0.7 };
            var found = NodePruning.Run(model, clean, random.Corrupted, config);
            using var naive = new NaiveEngine(model, clean, random.Corrupted);
            var search = new NodeSearch(
                naive, naive.Current, Faithfulness.Measure(model, clean, config.Metric), config, null, null, CancellationToken.None);
            search.RunToConvergence();
            Assert.IsGreaterThan(random.Config.NLayers, search.Trace.Count);
            CollectionAssert.AreEqual(
                found.Trace.Select(decision => (decision.Node, decision.Removed)).ToArray(),
                search.Trace.Select(decision => (decision.Node, decision.Removed)).ToArray(), $"seed {seed}");
            Assert.AreEqual(found.Circuit, naive.Current);
        }
    }
}
