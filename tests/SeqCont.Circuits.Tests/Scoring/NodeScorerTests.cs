using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>The scorer, with everything that it stores, shares and resumes, against a model that does nothing clever.</summary>
[TestClass]
public sealed class NodeScorerTests
{
    private const int Seeds = 40;

    private static readonly AblationConfig[] Ablations =
    [
        new(),
        new() { MlpMeans = MlpMeans.Full },
        new() { Kind = AblationKind.Zero },
        new() { Kind = AblationKind.Resample },
    ];

    public static IEnumerable<object[]> Kinds => Ablations.Select((_, i) => new object[] { i });

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void ScoreCurrent_RandomCircuits_EqualsNaive(int kind)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new RandomCase(seed);
            var naive = new NaiveGpt2(random.Weights);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            foreach (var (headShare, mlpShare) in new[] { (0.5, 0.5), (1, 0), (0, 1), (0.0, 0.0), (1, 1) })
            {
                var circuit = random.RandomCircuit(headShare, mlpShare);
                using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, Ablations[kind], circuit);
                AssertClose(naive.LogitDiffs(random.Clean, random.Corrupted, circuit, Ablations[kind]), scorer.ScoreCurrent(), 1e-11,
                    $"seed {seed}, {circuit}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void ScoreWithout_AnyOrderOfRemovals_EqualsNaive(int kind)
    {
        for (var seed = 100; seed < 100 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            var naive = new NaiveGpt2(random.Weights);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, Ablations[kind], Circuit.Full(random.Config));
            while (scorer.Current.Count > 0)
            {
                NodeId[] nodes = [.. scorer.Current.Heads.Concat(scorer.Current.Mlps)];
                for (var asked = 0; asked < 2; asked++)
                {
                    var node = random.Choose(nodes);
                    var expected = naive.LogitDiffs(random.Clean, random.Corrupted, scorer.Current.Without(node), Ablations[kind]);
                    AssertClose(expected, scorer.ScoreWithout(node), 1e-11, $"seed {seed}, {scorer.Current} less {node}");
                }

                scorer.Commit(random.Choose(nodes));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void ScoreWithout_AnyMemoryThreadsAndPath_SameBits(int kind)
    {
        foreach (var path in InstructionSets.Available())
        {
            for (var seed = 200; seed < 206; seed++)
            {
                var expected = Bits(seed, kind, path, threads: 1, tight: false);
                foreach (var threads in (int[])[1, 2, 3])
                {
                    CollectionAssert.AreEqual(expected, Bits(seed, kind, path, threads, tight: true),
                        $"seed {seed}, {path}, {threads} threads, little memory");
                    CollectionAssert.AreEqual(expected, Bits(seed, kind, path, threads, tight: false),
                        $"seed {seed}, {path}, {threads} threads");
                }
            }
        }
    }

    [TestMethod]
    public void ScoreCurrent_WholeModel_IsExactlyTheFullModel()
    {
        for (var seed = 300; seed < 300 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using var ops = new CpuOps();
            using var model = random.On(ops);
            foreach (var ablation in Ablations)
            {
                using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, ablation, Circuit.Full(random.Config));
                CollectionAssert.AreEqual(Faithfulness.Unablated(model, random.Clean).Values, scorer.ScoreCurrent(), $"seed {seed}");
            }
        }
    }

    [TestMethod]
    public void ScoreWithout_Permuted_SameToRounding()
    {
        for (var seed = 400; seed < 400 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using var ops = new ReferenceOps();
            using var model = random.On(ops);
            var circuit = random.RandomCircuit(0.6, 0.6);
            // Every prompt twice, in another order: means do not move.
            int[] twice = [.. Enumerable.Range(0, random.Clean.Count).Reverse(), .. Enumerable.Range(0, random.Clean.Count)];
            using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, new AblationConfig(), circuit);
            using var other = new NodeScorer(model, RandomCase.Permuted(random.Clean, twice),
                RandomCase.Permuted(random.Corrupted, twice), new AblationConfig(), circuit);
            var (expected, actual) = (scorer.ScoreCurrent(), other.ScoreCurrent());
            AssertClose([.. twice.Select(i => expected[i])], actual, 1e-11, $"seed {seed}");
        }
    }

    [TestMethod]
    [DataRow(true, 1e-9)]
    [DataRow(false, 1e-2)]
    public void ScoreWithout_RankUpdateAgainstCanonical_SameToRounding(bool reference, double percentPoints)
    {
        for (var seed = 500; seed < 500 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using IOps ops = reference ? new ReferenceOps() : new CpuOps();
            using var model = random.On(ops);
            var scale = 100 / Math.Max(1, Math.Abs(Faithfulness.Unablated(model, random.Clean).Mean.Mean));
            using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, new AblationConfig(),
                random.RandomCircuit(0.8, 0.8));
            foreach (var node in NodePruning.Order(scorer.Current, SweepDirection.Backward))
            {
                using var canonical = new NodeScorer(model, random.Clean, random.Corrupted, new AblationConfig(),
                    scorer.Current.Without(node));
                Assert.AreEqual(scale * canonical.ScoreCurrent().Average(), scale * scorer.ScoreWithout(node).Average(), percentPoints,
                    $"seed {seed}, {node}");
            }
        }
    }

    [TestMethod]
    [DataRow(true, 1e-9)]
    [DataRow(false, 1e-2)]
    public void ScoreCurrent_ProcessedWeights_SameToRounding(bool reference, double percentPoints)
    {
        for (var seed = 600; seed < 600 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            using IOps ops = reference ? new ReferenceOps() : new CpuOps();
            using var processed = random.Weights.Process(WeightProcessing.FoldLayerNorm | WeightProcessing.CentreWritingWeights
                | WeightProcessing.CentreUnembedding);
            using var model = random.On(ops);
            using var other = new Gpt2Model(ops, processed);
            var scale = 100 / Math.Max(1, Math.Abs(Faithfulness.Unablated(model, random.Clean).Mean.Mean));
            var circuit = random.RandomCircuit(0.5, 0.5);
            foreach (var ablation in Ablations.Where(ablation => ablation.Kind != AblationKind.Zero))
            {
                using var a = new NodeScorer(model, random.Clean, random.Corrupted, ablation, circuit);
                using var b = new NodeScorer(other, random.Clean, random.Corrupted, ablation, circuit);
                Assert.AreEqual(scale * a.ScoreCurrent().Average(), scale * b.ScoreCurrent().Average(), percentPoints,
                    $"seed {seed}, {ablation}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void BatchesWithout_AnyPartition_SameBitsAsAllAtOnce(int kind)
    {
        for (var seed = 700; seed < 700 + Seeds; seed++)
        {
            var random = new RandomCase(seed);
            int[] shuffled = [.. Enumerable.Range(0, random.Clean.Count)];
            new Random(seed).Shuffle(shuffled);
            var cut = random.Choose(shuffled);
            int[][] batches = cut == 0 ? [shuffled] : [shuffled[..cut], shuffled[cut..]];
            using var ops = new CpuOps();
            using var model = random.On(ops);
            var circuit = random.RandomCircuit(0.8, 0.8);
            using var whole = new NodeScorer(model, random.Clean, random.Corrupted, Ablations[kind], circuit);
            using var parts = new NodeScorer(model, random.Clean, random.Corrupted, Ablations[kind], circuit, batches: batches);
            foreach (var node in NodePruning.Order(circuit, SweepDirection.Backward))
            {
                CollectionAssert.AreEqual(whole.ScoreWithout(node), parts.ScoreWithout(node), $"seed {seed}, {node}");
                // Leaving off after the first batch leaves nothing behind.
                _ = parts.BatchesWithout(node).First();
                if (!random.Choose([true, false])) continue;
                whole.Commit(node);
                parts.Commit(node);
            }

            CollectionAssert.AreEqual(whole.ScoreCurrent(), parts.ScoreCurrent(), $"seed {seed}");
        }
    }

    [TestMethod]
    public void Constructor_PromptLongerThanAllCorrupted_NamesIt()
    {
        var random = new RandomCase(7);
        using var ops = new ReferenceOps();
        using var model = random.On(ops);
        var longest = Enumerable.Range(0, random.Clean.Count).MaxBy(i => random.Clean.Tokens[i].Length);
        int[] shorter = [.. Enumerable.Range(0, random.Clean.Count)
            .Where(i => random.Corrupted.Tokens[i].Length < random.Clean.Tokens[longest].Length)];
        var error = Assert.ThrowsExactly<InvalidDataException>(() =>
        {
            using var scorer = new NodeScorer(model, random.Clean, RandomCase.Permuted(random.Corrupted, shorter), new AblationConfig(),
                Circuit.Full(random.Config));
        });
        Assert.Contains($"prompt {longest + 1}", error.Message);
    }

    [TestMethod]
    public void Constructor_MemoryBelowTheLeast_SaysHowMuchIsNeeded()
    {
        var random = new RandomCase(7);
        using var ops = new ReferenceOps();
        using var model = random.On(ops);
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
        {
            using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, new AblationConfig(), Circuit.Full(random.Config),
                memory: 1000);
        });
        Assert.Contains("needs at least", error.Message);
    }

    private static long[] Bits(int seed, int kind, InstructionSet path, int threads, bool tight)
    {
        var random = new RandomCase(seed);
        using var ops = new CpuOps(path, threads);
        using var model = random.On(ops);
        var circuit = Circuit.Full(random.Config);
        using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, Ablations[kind], circuit, tight
            ? Least(model, random, Ablations[kind]) : null);
        var bits = new List<long>();
        foreach (var node in NodePruning.Order(circuit, SweepDirection.Backward))
        {
            bits.AddRange(scorer.ScoreWithout(node).Select(BitConverter.DoubleToInt64Bits));
            if (random.Choose([true, false])) scorer.Commit(node);
        }

        foreach (var node in NodePruning.Order(scorer.Current, SweepDirection.Forward))
            bits.AddRange(scorer.ScoreWithout(node).Select(BitConverter.DoubleToInt64Bits));
        bits.AddRange(scorer.ScoreCurrent().Select(BitConverter.DoubleToInt64Bits));
        return [.. bits];
    }

    /// <summary>The smallest budget that a run accepts: two prefixes of each kind and the smallest blocks.</summary>
    private static long Least(Gpt2Model model, RandomCase random, AblationConfig ablation)
    {
        long low = 0, high = 1L << 30;
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            try
            {
                _ = MemoryPlan.For(random.Config, model.Ops, random.Clean, random.Corrupted, ablation, middle);
                high = middle;
            }
            catch (ArgumentException)
            {
                low = middle;
            }
        }

        return high;
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"{what}, prompt {i}");
    }
}
