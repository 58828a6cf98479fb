using SeqCont.Engine;
using SeqCont.Engine.Cpu;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>Edges taken out one after the other: what a scorer resumes from against one that starts anew.</summary>
[TestClass]
public sealed class EdgeScorerTests
{
    [TestMethod]
    [DataRow(AblationKind.Resample)]
    [DataRow(AblationKind.Mean)]
    [DataRow(AblationKind.Zero)]
    public void ScoreWithout_AnyOrderOfCommits_SameBitsAsFromTheEmbedding(AblationKind patch)
    {
        for (var seed = 0; seed < 6; seed++)
        {
            var random = new RandomCase(seed, equalLengths: true);
            using var ops = new CpuOps();
            using var model = random.On(ops);
            var search = new EdgePruningConfig
            {
                Circuit = seed % 2 == 0 ? Circuit.Full(random.Config) : random.RandomCircuit(0.7, 0.7),
                InputSends = seed % 3 == 0,
                Patch = patch,
            };
            double[] Fresh(IEnumerable<Edge> kept)
            {
                using var other = new EdgeScorer(model, random.Clean, random.Corrupted, search);
                other.MoveTo(kept.ToHashSet());
                return other.ScoreCurrent();
            }

            using var scorer = new EdgeScorer(model, random.Clean, random.Corrupted, search);
            List<Edge> kept = [.. search.Edges];
            for (var step = 0; step < 12 && kept.Count > 1; step++)
            {
                var (gone, asked) = (random.Choose(kept), random.Choose(kept));
                scorer.Commit(gone);
                kept.Remove(gone);
                if (asked != gone)
                    CollectionAssert.AreEqual(
                        Fresh(kept.Where(edge => edge != asked)), scorer.ScoreWithout(asked), $"seed {seed}, step {step}: less {asked}");
                if (step % 3 == 0) CollectionAssert.AreEqual(Fresh(kept), scorer.ScoreCurrent(), $"seed {seed}, step {step}");
            }

            scorer.MoveTo(search.Edges.ToHashSet());
            using var whole = new EdgeScorer(model, random.Clean, random.Corrupted, search);
            CollectionAssert.AreEqual(whole.ScoreCurrent(), scorer.ScoreCurrent(), "every edge again");
            var edge = search.Edges[^1];
            CollectionAssert.AreEqual(whole.ScoreWithout(edge), scorer.ScoreWithout(edge), "a sweep after a set");
            CollectionAssert.AreEqual(
                whole.ScoreWithout(search.Edges[0]), scorer.ScoreWithout(search.Edges[0]), "an edge that the sweep has passed");
        }
    }

    /// <summary>A candidate costs what lies above its receiver: an edge into the logits next to nothing.</summary>
    [TestMethod]
    public void ScoreWithout_EdgesMissing_ResumesAtTheReceiver()
    {
        var random = new RandomCase(6, equalLengths: true);
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new CpuOps(), meter);
        using var model = random.On(ops);
        var search = new EdgePruningConfig { Circuit = Circuit.Full(random.Config) };
        using var scorer = new EdgeScorer(model, random.Clean, random.Corrupted, search);
        scorer.Commit(search.Edges[0]);
        var intoLogits = search.Edges.Where(edge => edge.Receiver == NodeId.Logits).Take(2).ToArray();
        var before = meter.Flops;
        scorer.ScoreWithout(intoLogits[0]);
        var first = meter.Flops - before;
        scorer.ScoreWithout(intoLogits[1]);
        Assert.IsLessThan(first / 5, meter.Flops - before - first);
    }

    [TestMethod]
    public void ScoreWithout_EdgesMissingAndIndirectPaths_Refused()
    {
        var random = new RandomCase(6, equalLengths: true);
        using var ops = new CpuOps();
        using var model = random.On(ops);
        var search = new EdgePruningConfig { Circuit = Circuit.Full(random.Config), Paths = EdgePaths.ThroughMlps };
        using var scorer = new EdgeScorer(model, random.Clean, random.Corrupted, search);
        scorer.Commit(search.Edges[0]);
        Assert.ThrowsExactly<InvalidOperationException>(() => scorer.ScoreWithout(search.Edges[1]));
    }
}
