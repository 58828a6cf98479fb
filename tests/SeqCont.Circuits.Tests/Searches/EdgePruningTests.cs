using SeqCont.Circuits.Tests.Scoring;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>Edge searches on random models: what must hold whatever the circuit.</summary>
[TestClass]
public sealed class EdgePruningTests
{
    /// <summary>The sweep patches an edge inside one run; the set is computed receiver by receiver. Both must say the same.</summary>
    [TestMethod]
    public void Run_RandomCircuits_OneEdgeMissingScoresAsThatEdgePatched()
    {
        var tested = 0;
        for (var seed = 0; seed < 24; seed++)
        {
            var random = new RandomCase(seed, equalLengths: true);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            var search = Config(random, seed);
            using var scorer = new EdgeScorer(model, random.Clean, random.Corrupted, search);
            var preferred = ThroughputBench.WithPreferredAnswers(model, random.Clean);
            var whole = CircuitAblation.Score(model, preferred, random.Corrupted, search.Circuit, search.Ablation).Answers;
            using var own = new EdgeScorer(model, preferred, random.Corrupted, search);
            Near(whole.Values, own.ScoreCurrent(), $"seed {seed}: the unpatched circuit");
            var edges = search.Edges;
            var perEdge = edges.ToDictionary(edge => edge, scorer.ScoreWithout);
            foreach (var edge in edges.Where((_, i) => i % 5 == seed % 5))
            {
                scorer.MoveTo(edges.Where(other => other != edge).ToHashSet());
                Near(perEdge[edge], scorer.ScoreCurrent(), $"seed {seed}: {edge}");
                tested++;
            }
        }

        Assert.IsGreaterThan(200, tested);
    }

    [TestMethod]
    public void Run_Float32_NearDoublePrecision()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new RandomCase(seed, equalLengths: true);
            var paths = (EdgePaths)(seed % 3);
            using IOps reference = new ReferenceOps(), cpu = new CpuOps();
            using var exact = random.On(reference);
            using var fast = random.On(cpu);
            var (prompts, search) = (ThroughputBench.WithPreferredAnswers(exact, random.Clean),
                Config(random, seed) with { Paths = paths, InputSends = paths != EdgePaths.AsPublished });
            var (a, b) = (EdgePruning.Run(exact, prompts, random.Corrupted, search),
                EdgePruning.Run(fast, prompts, random.Corrupted, search));
            Assert.HasCount(a.Trace.Count, b.Trace);
            for (var i = 0; i < a.Trace.Count; i++)
                Assert.AreEqual(a.Trace[i].Metric.Mean, b.Trace[i].Metric.Mean, 1e-3 * Math.Abs(a.Trace[i].Metric.Mean) + 1e-4,
                    $"seed {seed}: {a.Trace[i].Edge}");
        }
    }

    [TestMethod]
    [DataRow(EdgePaths.Strict)]
    [DataRow(EdgePaths.ThroughMlps)]
    [DataRow(EdgePaths.AsPublished)]
    public void Run_ResumedAfterAnyDecision_SameBits(EdgePaths paths)
    {
        var random = new RandomCase(6, equalLengths: true);
        using var ops = new CpuOps();
        using var model = random.On(ops);
        var prompts = ThroughputBench.WithPreferredAnswers(model, random.Clean);
        var search = new EdgePruningConfig
        {
            Circuit = Circuit.Full(random.Config),
            Paths = paths,
            InputSends = paths != EdgePaths.AsPublished
        };
        var whole = EdgePruning.Run(model, prompts, random.Corrupted, search);
        Assert.IsGreaterThan(30, whole.Trace.Count);
        for (var cut = 0; cut <= whole.Trace.Count; cut += 1 + cut % 7)
        {
            var told = new Told();
            var resumed = EdgePruning.Run(model, prompts, random.Corrupted, search with { Resume = [.. whole.Trace.Take(cut)] },
                progress: told);
            CollectionAssert.AreEqual(whole.Trace.ToArray(), resumed.Trace.ToArray(), $"resumed after {cut}");
            CollectionAssert.AreEqual(whole.Final.Answers.Values, resumed.Final.Answers.Values);
            CollectionAssert.AreEqual(whole.Trace.Skip(cut).ToArray(), told.Decisions.ToArray(), "only new decisions are told of");
        }
    }

    /// <summary>What is recorded for edges that nobody asks for changes nothing.</summary>
    [TestMethod]
    [DataRow(EdgePaths.Strict)]
    [DataRow(EdgePaths.ThroughMlps)]
    [DataRow(EdgePaths.AsPublished)]
    public void Sweep_OnlySomeEdges_SameBitsForLess(EdgePaths paths)
    {
        var random = new RandomCase(6, equalLengths: true);
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new CpuOps(), meter);
        using var model = random.On(ops);
        var search = new EdgePruningConfig
        {
            Circuit = Circuit.Full(random.Config),
            Paths = paths,
            InputSends = paths != EdgePaths.AsPublished
        };
        var before = 0L;
        Dictionary<Edge, double[]> Sweep(Func<Edge, bool>? wanted)
        {
            var (scored, edges) = (new Dictionary<Edge, double[]>(), search.Edges.Where(wanted ?? (_ => true)).ToArray());
            var config = search with { Only = wanted is null ? null : edges };
            using var scorer = new EdgeScorer(model, random.Clean, random.Corrupted, config);
            before = meter.Flops;
            foreach (var edge in edges) scored.Add(edge, scorer.ScoreWithout(edge));
            return scored;
        }

        var all = Sweep(null);
        var whole = meter.Flops - before;
        foreach (var wanted in (Func<Edge, bool>[])[edge => edge.Receiver == NodeId.Logits, edge => edge.Receiver.IsMlp,
            edge => edge.Receiver.Kind == NodeKind.Head,
            edge => edge.Sender.IsMlp, edge => edge.Sender.Kind == NodeKind.Head])
        {
            var some = Sweep(wanted);
            Assert.IsGreaterThan(0, some.Count);
            Assert.IsLessThan(whole, meter.Flops - before);
            foreach (var (edge, logitDiffs) in some) CollectionAssert.AreEqual(all[edge], logitDiffs, $"{paths}: {edge}");
        }
    }

    [TestMethod]
    public void Run_ResumedWithAnotherSearchsDecisions_SaysWhich()
    {
        var random = new RandomCase(6, equalLengths: true);
        using var ops = new CpuOps();
        using var model = random.On(ops);
        var prompts = ThroughputBench.WithPreferredAnswers(model, random.Clean);
        var search = new EdgePruningConfig { Circuit = Circuit.Full(random.Config) };
        var trace = EdgePruning.Run(model, prompts, random.Corrupted, search).Trace;
        void Fails(string inMessage, params EdgeDecision[] decisions) =>
            Assert.Contains(inMessage, Assert.ThrowsExactly<InvalidDataException>(() =>
                EdgePruning.Run(model, prompts, random.Corrupted, search with { Resume = decisions })).Message);
        Fails($", as this search decides, got {trace[1].Edge} ", trace[1]);
        Fails($"decision 2: expected {trace[1].Edge} {(trace[1].Kept ? "kept" : "removed")}, metric ",
            trace[0], trace[1] with { Kept = !trace[1].Kept });
        Fails("were given", [.. trace, trace[^1]]);
    }

    [TestMethod]
    public void Run_Cancelled_StopsAfterTheCurrentEdge()
    {
        var random = new RandomCase(6, equalLengths: true);
        using var ops = new CpuOps();
        using var model = random.On(ops);
        using var cancellation = new CancellationTokenSource();
        var told = new Told { After = () => cancellation.Cancel() };
        Assert.ThrowsExactly<OperationCanceledException>(() =>
            EdgePruning.Run(model, ThroughputBench.WithPreferredAnswers(model, random.Clean), random.Corrupted,
                new EdgePruningConfig { Circuit = Circuit.Full(random.Config) }, progress: told, cancellationToken: cancellation.Token));
        Assert.HasCount(1, told.Decisions);
    }

    [TestMethod]
    public void Run_MinDropAndThreshold_KeepByTheirRules()
    {
        var random = new RandomCase(6, equalLengths: true);
        using var ops = new ReferenceOps();
        using var model = random.On(ops);
        var prompts = ThroughputBench.WithPreferredAnswers(model, random.Clean);
        var search = new EdgePruningConfig { Circuit = Circuit.Full(random.Config) };
        var byThreshold = EdgePruning.Run(model, prompts, random.Corrupted, search with { Threshold = 0.9 });
        foreach (var decision in byThreshold.Trace) Assert.AreEqual(decision.Ratio < 0.9, decision.Kept, $"{decision}");
        var byDrop = EdgePruning.Run(model, prompts, random.Corrupted, search with { MinDrop = 0.05, PruneNodes = true });
        foreach (var decision in byDrop.Trace) Assert.AreEqual(1 - decision.Ratio > 0.05, decision.Kept, $"{decision}");
        Assert.AreNotEqual(byThreshold.Trace.Count(decision => decision.Kept), byDrop.Trace.Count(decision => decision.Kept));
        var kept = byDrop.Trace.Where(decision => decision.Kept).Select(decision => decision.Edge);
        Assert.AreEqual(Circuit.LeadingToOutput(random.Config, kept), byDrop.Final.Circuit);
        Assert.IsFalse(byDrop.ThresholdAboveCircuit);
        Assert.IsTrue(EdgePruning.Run(model, prompts, random.Corrupted, search with { Threshold = 1.01 }).ThresholdAboveCircuit);
    }

    /// <summary>A circuit, an ablation and a patch that differ from seed to seed.</summary>
    private static EdgePruningConfig Config(RandomCase random, int seed) => new()
    {
        Circuit = seed % 4 == 0 ? Circuit.Full(random.Config) : random.RandomCircuit(0.6, 0.7),
        InputSends = seed % 2 == 0,
        Ablation = new AblationConfig { Kind = (AblationKind)(seed % 3), MlpMeans = seed % 5 == 0 ? MlpMeans.Full : MlpMeans.Circuit },
        Patch = (AblationKind)(seed / 3 % 3),
    };

    private static void Near(double[] expected, double[] actual, string what)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-9 * Math.Max(1, Math.Abs(expected[i])), $"{what}, prompt {i}");
    }

    private sealed class Told : IProgress<EdgeProgress>
    {
        public List<EdgeDecision> Decisions { get; } = [];

        public Action After { get; init; } = () => { };

        public void Report(EdgeProgress value)
        {
            Decisions.Add(value.Decision);
            Assert.IsTrue(value.WorkDone is > 0 and <= 1 + 1e-9, $"{value.WorkDone}");
            After();
        }
    }
}
