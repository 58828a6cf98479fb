using SeqCont.Circuits.Tests.Scoring;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Comparison;

/// <summary>The matrix against models that share nothing with it.</summary>
[TestClass]
public sealed class CircuitComparisonTests
{
    private const int Seeds = 12;

    [TestMethod]
    [DataRow(true, 1e-9)]
    [DataRow(false, 2e-3)]
    public void Run_MeanAblation_EqualsNaiveEngine(bool reference, double tolerance)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (random, other) = (new RandomCase(seed), new RandomCase(seed));
            using IOps ops = reference ? new ReferenceOps() : new CpuOps();
            using var model = random.On(ops);
            ComparedCircuit[] circuits =
                [Given("half", random, 0.5), Given("most", random, 0.8), Given("none", random, 0), Given("all", random, 1)];
            // The second task reads the first one's prompts in another order, so that a mix-up of tasks shows.
            var clean = ThroughputBench.WithPreferredAnswers(model, random.Clean);
            int[] order = [.. Enumerable.Range(1, clean.Count - 1)];
            ComparedTask[] tasks = [new("one", clean, random.Corrupted),
                new("two", RandomCase.Permuted(clean, order), RandomCase.Permuted(other.Corrupted, order))];
            if (tasks[1].Clean.Tokens.Max(tokens => tokens.Length) > tasks[1].Corrupted.Tokens.Max(tokens => tokens.Length)) continue;
            var result = CircuitComparison.Run(model, circuits, tasks, random: 3, seed: 7);
            for (var column = 0; column < tasks.Length; column++)
            {
                using var naive = new NaiveEngine(model, tasks[column].Clean, tasks[column].Corrupted);
                var full = naive.ScoreFullModel().Average();
                Assert.AreEqual(full, result.Full[column].Mean, tolerance * Math.Max(1, Math.Abs(full)));
                for (var row = 0; row < circuits.Length; row++)
                {
                    var (circuit, score, what) =
                        (circuits[row].Circuit, result.Scores[row][column], $"seed {seed}, {circuits[row].Name}, task {column}");
                    var scale = Math.Max(1, 1 / full);
                    Assert.AreEqual(naive.Score(circuit).Average() / full, score.Faithfulness, tolerance * scale, what);
                    Assert.AreEqual(score.Faithfulness, score.NodeFaithfulness, what);
                    var drawn = RandomCircuits.Draw(random.Config, circuit.Heads.Count(), circuit.Mlps.Count(), 3, 7);
                    for (var i = 0; i < 3; i++)
                        Assert.AreEqual(naive.Score(drawn[i]).Average() / full, score.Random!.Faithfulness[i], tolerance * scale,
                            $"{what}, random {i}");
                }
            }
        }
    }

    [TestMethod]
    public void Run_EveryAblation_EqualsOnePromptAtATime()
    {
        AblationConfig[] ablations =
            [new(), new() { MlpMeans = MlpMeans.Full }, new() { Kind = AblationKind.Zero }, new() { Kind = AblationKind.Resample }];
        for (var seed = 100; seed < 100 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            var (clean, naive) = (ThroughputBench.WithPreferredAnswers(model, random.Clean), new NaiveGpt2(random.Weights));
            ComparedCircuit[] circuits = [
                .. ablations.SelectMany((ablation, i) =>
                    new[] { 0.3, 0.7 }.Select(share => new ComparedCircuit($"{i} {share}", random.RandomCircuit(share, share), ablation)))];
            var result = CircuitComparison.Run(model, circuits, [new("task", clean, random.Corrupted)], 0, 0);
            for (var row = 0; row < circuits.Length; row++)
            {
                var expected = PromptMean.Of(naive.LogitDiffs(clean, random.Corrupted, circuits[row].Circuit, circuits[row].Ablation));
                Assert.AreEqual(expected.Mean, result.Scores[row][0].Metric.Mean, 1e-10 * Math.Max(1, Math.Abs(expected.Mean)),
                    $"seed {seed}, {circuits[row].Name}");
                Assert.AreEqual(expected.StandardError, result.Scores[row][0].Metric.StandardError,
                    1e-10 * Math.Max(1, expected.StandardError));
                Assert.IsNull(result.Scores[row][0].Random);
                Assert.IsNull(result.Scores[row][0].RandomEdges);
            }
        }
    }

    [TestMethod]
    public void Run_EdgeSets_ScoreAsAWholeBesideTheirNodes()
    {
        for (var seed = 200; seed < 200 + Seeds; seed++)
        {
            var random = new RandomCase(seed, equalLengths: true);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            var (clean, circuit) = (ThroughputBench.WithPreferredAnswers(model, random.Clean), random.RandomCircuit(0.8, 0.8));
            var config = new EdgePruningConfig { Circuit = circuit };
            Edge[] all = [.. config.Edges], half = [.. all.Where((_, i) => i % 2 == 0)];
            ComparedCircuit[] circuits =
                [new("all", circuit, new(), new ComparedEdges(config, all)), new("half", circuit, new(), new ComparedEdges(config, half))];
            var result = CircuitComparison.Run(model, circuits, [new("task", clean, random.Corrupted)], 2, 1);
            var (whole, part) = (result.Scores[0][0], result.Scores[1][0]);
            Assert.AreEqual(whole.NodeFaithfulness, whole.Faithfulness, 1e-9 * Math.Max(1, Math.Abs(whole.Faithfulness)),
                $"seed {seed}: every edge kept is the circuit");
            var (full, score, _) = EdgePruning.ScoreSet(model, clean, random.Corrupted, config, half);
            Assert.AreEqual(score.Ratio, part.Faithfulness, $"seed {seed}");
            Assert.AreEqual(score.Answers.Mean, part.Metric);
            Assert.AreEqual(full.Mean, result.Full[0]);
            Assert.AreEqual(whole.NodeFaithfulness, part.NodeFaithfulness);
            CollectionAssert.AreEqual(whole.Random!.Faithfulness.ToArray(), part.Random!.Faithfulness.ToArray(),
                "Circuits of one size share their controls.");
            CollectionAssert.AreEqual(new[] { whole.Faithfulness, whole.Faithfulness }, whole.RandomEdges!.Faithfulness.ToArray(),
                "There is one choice of all edges.");
            var drawn = RandomEdges.Draw(config.Edges, half.Length, 2, 1);
            for (var i = 0; i < 2; i++)
                Assert.AreEqual(EdgePruning.ScoreSet(model, clean, random.Corrupted, config, drawn[i]).Score.Ratio,
                    part.RandomEdges!.Faithfulness[i], $"seed {seed}, random set {i}");
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void MoveTo_CircuitAfterCircuit_SameBitsAsAFreshScorer(int kind)
    {
        AblationConfig[] ablations =
            [new(), new() { MlpMeans = MlpMeans.Full }, new() { Kind = AblationKind.Zero }, new() { Kind = AblationKind.Resample }];
        for (var seed = 300; seed < 300 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using var ops = new CpuOps();
            using var model = random.On(ops);
            using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, ablations[kind], random.RandomCircuit(0.5, 0.5));
            foreach (var share in new[] { 0.2, 1, 0, 0.6, 0.9, 0.4 })
            {
                var circuit = random.RandomCircuit(share, share);
                scorer.MoveTo(circuit);
                using var fresh = new NodeScorer(model, random.Clean, random.Corrupted, ablations[kind], circuit);
                CollectionAssert.AreEqual(fresh.ScoreCurrent(), scorer.ScoreCurrent(), $"seed {seed}, {circuit}");
                CollectionAssert.AreEqual(fresh.TopPredictions(), scorer.TopPredictions());
                // What a candidate left behind must not reach the next circuit.
                foreach (var node in circuit.Heads.Concat(circuit.Mlps).Take(2))
                    CollectionAssert.AreEqual(fresh.ScoreWithout(node), scorer.ScoreWithout(node), $"seed {seed}, {circuit} less {node}");
            }
        }
    }

    [TestMethod]
    public void Run_Progress_TellsEveryScoreAndStopsWhenCancelled()
    {
        var random = new RandomCase(2);
        using var ops = new CpuOps();
        using var model = random.On(ops);
        var clean = ThroughputBench.WithPreferredAnswers(model, random.Clean);
        ComparedCircuit[] circuits = [Given("a", random, 0.5), Given("b", random, 1)];
        ComparedTask[] tasks = [new("one", clean, random.Corrupted), new("two", clean, random.Corrupted)];
        var told = new Told(_ => { });
        CircuitComparison.Run(model, circuits, tasks, 3, 0, progress: told);
        var sizes = circuits.Select(circuit => (circuit.Circuit.Heads.Count(), circuit.Circuit.Mlps.Count())).Distinct().Count();
        Assert.HasCount(2 * (2 + 3 * sizes), told.All);
        Assert.AreEqual(0, told.All[^1].Left);
        Assert.AreEqual("two", told.All[^1].Task);
        Assert.AreEqual(3 * sizes, told.All.Count(score => score.Task == "one" && score.Circuit is null));
        using var cancellation = new CancellationTokenSource();
        var stopped = new Told(score => { if (score.Task == "two") cancellation.Cancel(); });
        Assert.ThrowsExactly<OperationCanceledException>(() =>
            CircuitComparison.Run(model, circuits, tasks, 3, 0, progress: stopped, cancellationToken: cancellation.Token));
        Assert.AreEqual(1, stopped.All.Count(score => score.Task == "two"));
    }

    [TestMethod]
    public void RandomControl_Spread_IsOfTheSample()
    {
        var control = new RandomControl([0.1, 0.4, 0.1, 0.2]);
        Assert.AreEqual(0.2, control.Mean, 1e-15);
        Assert.AreEqual(Math.Sqrt(0.06 / 3), control.Deviation, 1e-15);
        Assert.AreEqual(0, new RandomControl([0.3]).Deviation);
    }

    private static ComparedCircuit Given(string name, RandomCase random, double share) =>
        new(name, random.RandomCircuit(share, share), new AblationConfig());

    private sealed class Told(Action<ComparisonProgress> also) : IProgress<ComparisonProgress>
    {
        public List<ComparisonProgress> All { get; } = [];

        public void Report(ComparisonProgress value)
        {
            All.Add(value);
            also(value);
        }
    }
}
