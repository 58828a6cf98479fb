using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Testing;

namespace SeqCont.Model.Tests.Forward;

/// <summary>Logits and every hook against values that Hugging Face's and TransformerLens's code computed.</summary>
[TestClass]
public sealed class TinyFixtureTests
{
    [TestMethod]
    [DataRow("tiny-2x3", "tiny-2x3", TestOps.Cpu)]
    [DataRow("tiny-2x3", "tiny-2x3", TestOps.Fp64)]
    [DataRow("tiny-2x3", "tiny-2x3", TestOps.Gpu)]
    [DataRow("tiny-2x3-prefixed", "tiny-2x3", TestOps.Cpu)]
    [DataRow("tiny-12x12", "tiny-12x12", TestOps.Cpu)]
    [DataRow("tiny-12x12", "tiny-12x12", TestOps.Fp64)]
    [DataRow("tiny-12x12", "tiny-12x12", TestOps.Gpu)]
    public void Logits_EqualHuggingFaces(string model, string expectedFile, string backend)
    {
        if (TestOps.OrNull(backend) is not { } opened)
        {
            Assert.Inconclusive(TestOps.NoGpu);
            return;
        }

        using var closing = opened;
        using var expected = SafetensorsFile.FromFile(TestFiles.Data("tiny", "a_logits", expectedFile + ".safetensors"));
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", model));
        using var run = new PlainRun(opened.Ops, weights, Tokens(expected));
        // Published as float32: half a unit in the last place of logits up to 32 is 2e-6.
        AssertClose(Values(expected, "logits"), run.Logits().SelectMany(prompt => prompt).SelectMany(position => position),
            backend == TestOps.Fp64 ? 2e-6 : 2e-4, "logits");
    }

    [TestMethod]
    [DataRow("unprocessed", WeightProcessing.None, TestOps.Cpu)]
    [DataRow("unprocessed", WeightProcessing.None, TestOps.Fp64)]
    [DataRow("unprocessed", WeightProcessing.None, TestOps.Gpu)]
    [DataRow("processed",
        WeightProcessing.FoldLayerNorm | WeightProcessing.CentreWritingWeights | WeightProcessing.CentreUnembedding
            | WeightProcessing.FoldValueBiases, TestOps.Cpu)]
    [DataRow("processed",
        WeightProcessing.FoldLayerNorm | WeightProcessing.CentreWritingWeights | WeightProcessing.CentreUnembedding
            | WeightProcessing.FoldValueBiases, TestOps.Fp64)]
    [DataRow("processed",
        WeightProcessing.FoldLayerNorm | WeightProcessing.CentreWritingWeights | WeightProcessing.CentreUnembedding
            | WeightProcessing.FoldValueBiases, TestOps.Gpu)]
    public void Hooks_EqualTransformerLens(string file, WeightProcessing processing, string backend)
    {
        if (TestOps.OrNull(backend) is not { } opened)
        {
            Assert.Inconclusive(TestOps.NoGpu);
            return;
        }

        using var closing = opened;
        using var tokens = SafetensorsFile.FromFile(TestFiles.Data("tiny", "a_logits", "tiny-2x3.safetensors"));
        using var expected = SafetensorsFile.FromFile(TestFiles.Data("tiny", "b_cache", file + ".safetensors"));
        using var raw = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));
        using var weights = raw.Process(processing);
        using var run = new PlainRun(opened.Ops, weights, Tokens(tokens), _ => true);
        _ = run.Logits();
        var tolerance = backend == TestOps.Fp64 ? 4e-6 : 2e-4;
        foreach (var hook in run.Cache.Hooks)
        {
            var attention = hook.Kind is HookKind.AttnScores or HookKind.Pattern;
            var actual = attention ? Attention(run, hook, weights.Config) : Flat(run, hook);
            AssertClose(Values(expected, hook.ToString()), actual, tolerance, hook.ToString());
        }

        string[] inFile = [.. expected.Names.Where(name => name != "tokens")];
        CollectionAssert.AreEquivalent(inFile, run.Cache.Hooks.Select(hook => hook.ToString()).ToArray());
        CollectionAssert.AreEquivalent(inFile, HookPoint.All(weights.Config).Select(hook => hook.ToString()).ToArray());
    }

    [TestMethod]
    [DataRow("Reference")]
    [DataRow("Cpu")]
    public void Processing_AnyCombination_SameLogitDifferences(string backend)
    {
        using var file = SafetensorsFile.FromFile(TestFiles.Data("tiny", "a_logits", "tiny-2x3.safetensors"));
        using var raw = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));
        using IOps ops = backend == "Reference" ? new ReferenceOps() : new CpuOps();
        double[] Differences(WeightProcessing processing)
        {
            using var weights = raw.Process(processing);
            using var run = new PlainRun(ops, weights, Tokens(file));
            return [.. run.Logits().SelectMany(prompt => prompt).SelectMany(logits => logits.Skip(1).Select(logit => logit - logits[0]))];
        }

        var plain = Differences(WeightProcessing.None);
        for (var flags = 1; flags < 16; flags++)
            AssertClose(plain, Differences((WeightProcessing)flags), backend == "Reference"
                ? 1e-11 : 2e-4, ((WeightProcessing)flags).ToString());
    }

    private static IEnumerable<double> Flat(PlainRun run, HookPoint hook) =>
        run.Prompts.SelectMany((prompt, i) => Enumerable.Range(0, prompt.Length).SelectMany(p => run.Cache.At(hook, i, p).ToArray()));

    /// <summary>[prompt, head, query, key], keys after the query -inf (scores) or 0 (pattern) as TransformerLens has them.</summary>
    private static IEnumerable<double> Attention(PlainRun run, HookPoint hook, ModelConfig config)
    {
        for (var i = 0; i < run.Prompts.Count; i++)
            for (var head = 0; head < config.NHeads; head++)
                for (var query = 0; query < run.Prompts[i].Length; query++)
                    for (var key = 0; key < run.Prompts[i].Length; key++)
                        yield return key <= query
                            ? run.Cache.At(hook, i, query)[head * run.Prompts.Max(prompt => prompt.Length) + key]
                            : hook.Kind == HookKind.Pattern ? 0 : double.NegativeInfinity;
    }

    private static int[][] Tokens(SafetensorsFile file)
    {
        var tokens = file.ReadIntegers("tokens");
        return [.. tokens.Chunk(10).Select(prompt => prompt.Select(token => (int)token).ToArray())];
    }

    private static double[] Values(SafetensorsFile file, string name)
    {
        var tensor = file.Open(name);
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        return values;
    }

    private static void AssertClose(double[] expected, IEnumerable<double> actual, double tolerance, string what)
    {
        var values = actual.ToArray();
        Assert.HasCount(expected.Length, values, what);
        var worst = Enumerable.Range(0, values.Length).MaxBy(i => expected[i].Equals(values[i]) ? 0 : Math.Abs(expected[i] - values[i]));
        if (!expected[worst].Equals(values[worst]))
            Assert.AreEqual(expected[worst], values[worst], tolerance, $"{what}, worst at {worst} of {values.Length}");
    }
}
