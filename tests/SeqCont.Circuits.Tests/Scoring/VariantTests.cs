using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>Circuits of models that are not quite GPT-2: scores and searches against code that does nothing clever.</summary>
[TestClass]
public sealed class VariantTests
{
    public static IEnumerable<object[]> Variants => NaiveVariant.All.Select(variant => new object[] { variant });

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Scores_EqualOnePromptAtATime(NaiveVariant variant)
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var random = new RandomCase(seed, variant: variant);
            var naive = new NaiveGpt2(random.Weights, variant);
            foreach (var (ops, tolerance) in new (IOps, double)[] { (new ReferenceOps(), 1e-11), (new CpuOps(threads: 1), 2e-4) })
            {
                using var model = random.On(ops);
                var circuit = random.RandomCircuit(0.6, 0.6);
                using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, new AblationConfig(), circuit);
                var expected = naive.LogitDiffs(random.Clean, random.Corrupted, circuit, new AblationConfig());
                var actual = scorer.ScoreCurrent();
                for (var i = 0; i < expected.Length; i++)
                    Assert.AreEqual(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"seed {seed}, prompt {i}");
                ops.Dispose();
            }
        }
    }

    /// <summary>A node of which no edge is left sends what it does on the corrupted prompts: as if it were ablated.</summary>
    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void Edges_AllOfANodesGone_EqualOnePromptAtATime(NaiveVariant variant)
    {
        var ablation = new AblationConfig { Kind = AblationKind.Resample };
        for (var seed = 1; seed < 4; seed++)
        {
            var random = new RandomCase(seed, equalLengths: true, variant);
            var naive = new NaiveGpt2(random.Weights, variant);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            var full = Circuit.Full(random.Config);
            var search = new EdgePruningConfig { Circuit = full };
            using var scorer = new EdgeScorer(model, random.Clean, random.Corrupted, search);
            foreach (var node in full.Heads.Concat(full.Mlps))
            {
                scorer.MoveTo(search.Edges.Where(edge => edge.Sender != node).ToHashSet());
                var expected = naive.LogitDiffs(random.Clean, random.Corrupted, full.Without(node), ablation);
                var actual = scorer.ScoreCurrent();
                for (var i = 0; i < expected.Length; i++)
                    Assert.AreEqual(expected[i], actual[i], 1e-10 * Math.Max(1, Math.Abs(expected[i])), $"seed {seed}, {node}, prompt {i}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Variants))]
    public void NodeSearch_OnTheNaiveEngine_SameDecisions(NaiveVariant variant)
    {
        var random = new RandomCase(2, variant: variant);
        using var ops = new ReferenceOps();
        using var model = random.On(ops);
        var clean = ThroughputBench.WithPreferredAnswers(model, random.Clean);
        var config = new NodePruningConfig { MinFaithfulness = 0.7 };
        var found = NodePruning.Run(model, clean, random.Corrupted, config);
        using var naive = new NaiveEngine(model, clean, random.Corrupted);
        var search = new NodeSearch(
            naive, naive.Current, Faithfulness.Measure(model, clean, config.Metric), config, null, null, CancellationToken.None);
        search.RunToConvergence();
        CollectionAssert.AreEqual(
            found.Trace.Select(decision => (decision.Node, decision.Removed)).ToArray(),
            search.Trace.Select(decision => (decision.Node, decision.Removed)).ToArray());
        Assert.AreEqual(found.Circuit, naive.Current);
    }
}
