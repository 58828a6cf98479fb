using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>Weights of extreme size: scores are right or refused, on every backend.</summary>
[TestClass]
public sealed class ExtremeWeightsTests
{
    public static IEnumerable<object[]> Kinds => Enum.GetValues<AblationKind>().Select(kind => new object[] { kind });

    public static IEnumerable<object[]> Backends => [[TestOps.Fp64], [TestOps.Cpu], [TestOps.Gpu]];

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void ScoreWithout_OneHeadWritesAllThereIs_EqualsNaive(AblationKind kind)
    {
        for (var seed = 500; seed < 520; seed++)
        {
            var random = new RandomCase(seed, equalLengths: true);
            var rows = random.Config.DHead * random.Config.DModel;
            var weights = Change(
                random.Weights, 0, layer => layer with { WO = Map(layer.WO, (i, value) => i < rows ? value * 1e25 : value) });
            var (naive, ablation) = (new NaiveGpt2(weights), new AblationConfig { Kind = kind });
            using var ops = new ReferenceOps();
            using var model = new Gpt2Model(ops, weights);
            using var scorer = new NodeScorer(model, random.Clean, random.Corrupted, ablation, Circuit.Full(random.Config));
            foreach (var node in ((NodeSpace)random.Config).Nodes)
            {
                var (actual, expected) = (
                    scorer.ScoreWithout(node), naive.LogitDiffs(random.Clean, random.Corrupted, scorer.Current.Without(node), ablation));
                for (var i = 0; i < actual.Length; i++)
                    Assert.AreEqual(expected[i], actual[i], 1e-7, $"seed {seed}, {node}, prompt {i}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Backends))]
    public void Searches_NumbersLeaveTheirRange_NameThePart(string backend)
    {
        using var test = TestOps.OrNull(backend);
        if (test is null) Assert.Inconclusive(TestOps.NoGpu);
        var (clean, corrupted) = (Prompts(1), Prompts(2));
        // Beyond double precision too, for the reference: weights of that size are stored as F64.
        var factor = backend == TestOps.Fp64 ? 1e200 : 1e38;
        foreach (var (says, change) in (ReadOnlySpan<(string, Func<LayerWeights, LayerWeights>)>)[
            ("blocks.1.attn, head 0,", layer => layer with { WQkv = Map(layer.WQkv, (_, value) => value * factor) }),
            ("blocks.1.mlp", layer => layer with { WIn = Map(layer.WIn, (_, value) => value * factor) })])
        {
            using var model = new Gpt2Model(test!.Ops, Change(SmallModels.Random(), 1, change));
            var (full, space) = (Circuit.Full(model.Config), (NodeSpace)model.Config);
            Refuses(says, () => NodePruning.Run(model, clean, corrupted, new NodePruningConfig { MinFaithfulness = 0.5 }));
            Refuses(says, () => LogitLens.Run(model, clean, new LogitLensConfig()));
            using var scorer = new NodeScorer(model, clean, corrupted, new AblationConfig(), full);
            Refuses(says, () => scorer.ScoreCurrent());
            Refuses(says, () => scorer.ScoreWithout(space.Nodes.First()));
        }
    }

    [TestMethod]
    [DataRow(EdgePaths.Strict)]
    [DataRow(EdgePaths.ThroughMlps)]
    public void EdgePruning_ZeroInPlaceOfAHeadThatWritesAllThereIs_IsRefused(EdgePaths paths)
    {
        using var ops = new CpuOps(threads: 1);
        var weights = SmallModels.Random(dHead: 4);
        using var sane = new Gpt2Model(ops, weights);
        using var model = new Gpt2Model(
            ops, Change(weights, 1, layer => layer with { WO = Map(layer.WO, (i, value) => i < 4 * 12 ? value * 1e25 : value) }));
        foreach (var patch in (AblationKind[])[AblationKind.Zero, AblationKind.Resample])
        {
            var config = new EdgePruningConfig { Circuit = Circuit.Full(model.Config), Paths = paths, Patch = patch };
            EdgePruningResult Run(Gpt2Model on) =>
                EdgePruning.Run(on, ThroughputBench.WithPreferredAnswers(on, Prompts(1)), Prompts(2), config);
            Assert.IsTrue(double.IsFinite(Run(sane).Final.Ratio));
            if (patch == AblationKind.Zero)
                Assert.StartsWith("a1.h0: it writes ", Assert.ThrowsExactly<InvalidDataException>(() => Run(model)).Message);
            else Assert.IsTrue(double.IsFinite(Run(model).Final.Ratio));
        }
    }

    [TestMethod]
    public void NodePruning_ResumedWhereAHeadThatWroteAllThereIsIsGone_SameBits()
    {
        using var ops = new CpuOps(threads: 1);
        using var model = new Gpt2Model(ops, Change(SmallModels.Random(dHead: 4), 1,
            layer => layer with { WO = Map(layer.WO, (i, value) => i < 4 * 12 ? value * 1e9 : value) }));
        var (clean, corrupted) = (ThroughputBench.WithPreferredAnswers(model, Prompts(1)), Prompts(2));
        var config = new NodePruningConfig
        {
            MinFaithfulness = double.MinValue,
            Ablation = new AblationConfig { Kind = AblationKind.Zero },
        };
        var whole = NodePruning.Run(model, clean, corrupted, config);
        Assert.IsTrue(whole.Trace.Any(decision => decision.Node == new NodeId(1, 0) && decision.Removed));
        for (var cut = 0; cut < whole.Trace.Count; cut++)
            CollectionAssert.AreEqual(whole.Trace.ToArray(), NodePruning.Run(
                model, clean, corrupted, config with { Resume = [.. whole.Trace.Take(cut)] }).Trace.ToArray(), $"resumed after {cut}");
    }

    [TestMethod]
    public void ScoreWithout_OnlyCorruptedPromptsLeaveTheRange_SaysSo()
    {
        using var ops = new CpuOps(threads: 1);
        var weights = SmallModels.Random();
        // Token 9 is the corrupted prompts' alone; with position 0's embedding it is beyond float32.
        using var model = new Gpt2Model(ops, new Gpt2Weights(weights.Name, weights.Config, weights.Tensors with
        {
            WE = Map(weights.WE, (i, value) => i / weights.Config.DModel == 9 ? 3e38 : value),
            WPos = Map(weights.WPos, (i, value) => i == 3 ? 3e38 : value),
        }, () => ""));
        using var scorer = new NodeScorer(model, Prompts(1), Prompts(9), new AblationConfig(), Circuit.Full(model.Config));
        Assert.IsTrue(scorer.ScoreCurrent().All(double.IsFinite));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => scorer.ScoreWithout(NodeId.Mlp(1)));
        Assert.StartsWith("the logit difference without m1 is not finite: corrupted prompt 1: the output of the embeddings", error.Message);
    }

    [TestMethod]
    public void Unablated_NaNInAnUntiedUnembedding_NamesTheTensor()
    {
        using var ops = new CpuOps(threads: 1);
        var weights = SmallModels.Random();
        var untied = Map(weights.WE, (i, value) => i / weights.Config.DModel == 3 ? double.NaN : value);
        using var model = new Gpt2Model(ops, new Gpt2Weights(weights.Name, weights.Config, weights.Tensors with
        {
            WU = new ArrayTensor("lm_head.weight", Values(untied), untied.Shape),
        }, () => ""));
        var error = Assert.ThrowsExactly<InvalidDataException>(() => Faithfulness.Unablated(model, Prompts(1)));
        Assert.StartsWith("prompt 1: the logit difference is not finite", error.Message);
        Assert.Contains("tensor lm_head.weight holds 15 NaN", error.Message);
    }

    private static void Refuses(string says, Action run)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(run);
        Assert.Contains($"the output of {says}", error.Message);
        Assert.Contains("the largest weight is", error.Message);
    }

    private static PromptSet Prompts(int first) => PromptSet.Create(
        [.. Enumerable.Range(0, 3).Select(i => new PromptRow
        {
            Tokens = [first, 2 + i, 5, 7],
            Corr = new PromptAnswer(3),
            Incorr = new PromptAnswer(4),
        })], null, SmallModels.Config(), null, "prompts");

    private static Gpt2Weights Change(Gpt2Weights weights, int layer, Func<LayerWeights, LayerWeights> change) => new(
        weights.Name, weights.Config,
        weights.Tensors with { Layers = [.. weights.Layers.Select((old, i) => i == layer ? change(old) : old)] }, () => "");

    private static double[] Values(Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        return values;
    }

    private static ArrayTensor Map(Tensor tensor, Func<int, double, double> change)
    {
        var values = Values(tensor);
        for (var i = 0; i < values.Length; i++) values[i] = change(i, values[i]);
        return new ArrayTensor(tensor.Name, values, tensor.Shape);
    }
}
