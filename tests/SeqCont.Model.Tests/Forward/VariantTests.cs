using System.Text;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Kernels;
using SeqCont.Model.Tests.Weights;
using SeqCont.Testing;

namespace SeqCont.Model.Tests.Forward;

/// <summary>
/// Models whose config.json asks for another activation or other attention scores, from files to logits and hooks, against a
/// forward pass in double precision that shares no code with the engine.
/// </summary>
[TestClass]
public sealed class VariantTests
{
    private static readonly int[][] Prompts = [[3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 2], [7], [3, 1, 4, 1, 5, 8]];

    private static readonly HookKind[] Kinds =
        [HookKind.AttnScores, HookKind.Pattern, HookKind.Z, HookKind.MlpPre, HookKind.MlpPost, HookKind.ResidPost];

    public static IEnumerable<object[]> Backends =>
        [[TestOps.Fp64, 1e-12], .. InstructionSets.Available().Select(path => new object[] { InstructionSets.Name(path), 2e-4 }),
            [TestOps.Gpu, 2e-4]];

    [TestMethod]
    [DynamicData(nameof(Backends))]
    public void LogitsAndHooks_EveryVariant_EqualThePlainForward(string backend, double tolerance)
    {
        if (Open(backend) is not { } ops)
        {
            Assert.Inconclusive(TestOps.NoGpu);
            return;
        }

        // On a GPU each activation is a kernel to compile, and the operations' tests have them all.
        var isGpu = backend == TestOps.Gpu;
        foreach (var (number, variant) in NaiveVariant.All.Index().Where(item => !isGpu || item.Item.Json.Contains("scale")))
        {
            using var weights = Loaded(variant, seed: number);
            using var run = new PlainRun(ops, weights, Prompts, hook => Kinds.Contains(hook.Kind));
            var logits = run.Logits();
            foreach (var (prompt, tokens) in Prompts.Index())
            {
                var expected = PlainForward.Logits(weights, tokens, variant, (kind, layer, position, values) =>
                    RequireClose(values, AtHook(run, new HookPoint(kind, layer), prompt, position, weights.Config), tolerance,
                        $"{variant} on {backend}: {kind} {layer}, prompt {prompt}, position {position}"));
                for (var position = 0; position < tokens.Length; position++)
                    RequireClose(expected[position], logits[prompt][position], tolerance, $"{variant} on {backend}: logits");
            }
        }

        if (!isGpu) ops.Dispose();
    }

    [TestMethod]
    public void Variants_DifferFromGpt2AndFromEachOther()
    {
        // Names of one formula aside: what is not GPT-2 must show in the logits.
        var seen = new List<double>();
        foreach (var variant in NaiveVariant.All.Append(NaiveVariant.Gpt2).Where(variant => !variant.Json.Contains("tanh")))
        {
            using var weights = Loaded(variant, seed: 1);
            using var ops = new ReferenceOps();
            using var run = new PlainRun(ops, weights, Prompts);
            var logit = run.Logits()[0][^1][5];
            foreach (var other in seen) Assert.IsGreaterThan(1e-6, Math.Abs(other - logit), variant.Json);
            seen.Add(logit);
        }
    }

    [TestMethod]
    public void Processing_EveryVariant_LeavesLogitDifferences()
    {
        foreach (var variant in NaiveVariant.All)
        {
            using var weights = Loaded(variant, seed: 3);
            using var processed = weights.Process(WeightProcessing.All);
            using var ops = new ReferenceOps();
            using var run = new PlainRun(ops, processed, [Prompts[0]]);
            var expected = PlainForward.Logits(weights, Prompts[0], variant)[^1];
            var actual = run.Logits()[0][^1];
            RequireClose([.. expected.Select(logit => logit - expected[0])], [.. actual.Select(logit => logit - actual[0])], 1e-11,
                $"{variant}");
        }
    }

    [TestMethod]
    public void Save_EveryVariant_IsReadBackAsItWas()
    {
        foreach (var variant in NaiveVariant.All)
        {
            using var folder = new TempFolder();
            using var weights = Loaded(variant, seed: 1);
            weights.Save(folder.Path);
            using var again = Gpt2Weights.Load(folder.Path);
            Assert.AreEqual(weights.Config, again.Config);
            Assert.AreEqual(weights.Config.Layout, again.Config.Layout);
        }
    }

    [TestMethod]
    public void RandomWeights_OfAVariant_AreNotThoseOfGpt2()
    {
        var sizes = SmallModels.Config();
        string[] hashes =
            [.. NaiveVariant.All.Append(NaiveVariant.Gpt2).Select(variant => RandomWeights.Create(variant.Config(sizes), 1).Sha256)];
        // gelu_pytorch_tanh is gelu_new.
        Assert.HasCount(NaiveVariant.All.Count, hashes.Distinct());
        Assert.AreEqual(RandomWeights.Create(NaiveVariant.Gpt2.Config(sizes), 1).Sha256, hashes[^1]);
    }

    [TestMethod]
    public void Variant_Gpt2s_SaysNothingAndOthersSayWhat()
    {
        static string Said(string fields) => string.Join("; ", new NaiveVariant(fields, x => x).Config(SmallModels.Config()).Variant()
            .Select(part => $"{part.What} {part.How}"));
        Assert.AreEqual("", Said("{}"));
        Assert.AreEqual("", Said("""{"activation_function": "gelu_fast", "reorder_and_upcast_attn": true, "scale_attn_weights": true}"""));
        Assert.AreEqual("activation silu; epsilon 1E-06", Said("""{"activation_function": "swish", "layer_norm_epsilon": 1e-6}"""));
        Assert.AreEqual("attention scores not over sqrt(d_head)", Said("""{"scale_attn_weights": false}"""));
        Assert.AreEqual("attention scores over sqrt(d_head) and over the layer's number, from 1",
            Said("""{"scale_attn_by_inverse_layer_idx": true}"""));
        Assert.AreEqual("attention scores over the layer's number, from 1; not over sqrt(d_head)",
            Said("""{"scale_attn_weights": false, "scale_attn_by_inverse_layer_idx": true}"""));
    }

    [TestMethod]
    public void AttentionOf_ByLayer_DividesByItsNumber()
    {
        var config = ModelConfig.Parse(Encoding.UTF8.GetBytes(
            """{"n_layer":3,"n_head":2,"n_embd":8,"n_positions":4,"vocab_size":5,"scale_attn_by_inverse_layer_idx":true}"""),
            "config.json");
        Assert.AreEqual(new AttentionShape(2, 2, 4, 2), config.AttentionOf(0));
        Assert.AreEqual(new AttentionShape(2, 2, 4, 6), config.AttentionOf(2));
    }

    private static IOps? Open(string backend) => backend is TestOps.Fp64 or TestOps.Gpu
        ? TestOps.OrNull(backend)?.Ops
        : new CpuOps(InstructionSets.Available().Single(path => InstructionSets.Name(path) == backend), threads: 2);

    /// <summary>A small random model, written, its config.json changed, and read. Its layers matter, its activations are used on
    /// both sides of 0.</summary>
    private static Gpt2Weights Loaded(NaiveVariant variant, int seed)
    {
        using var folder = new TempFolder();
        using (var weights = SmallModels.Random(seed, nLayers: 3, deviation: 0.5)) weights.Save(folder.Path);
        variant.WriteTo(folder.File("config.json"));
        return Gpt2Weights.Load(folder.Path);
    }

    private static double[] AtHook(PlainRun run, HookPoint hook, int prompt, int position, ModelConfig config)
    {
        var values = run.Cache.At(hook, prompt, position).ToArray();
        if (hook.Kind is not (HookKind.AttnScores or HookKind.Pattern)) return values;
        var length = values.Length / config.NHeads;
        return [.. Enumerable.Range(0, config.NHeads).SelectMany(head => values.Skip(head * length).Take(position + 1))];
    }

    private static void RequireClose(double[] expected, double[] actual, double tolerance, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance * Math.Max(1, Math.Abs(expected[i])), $"{what}, number {i}");
    }
}
