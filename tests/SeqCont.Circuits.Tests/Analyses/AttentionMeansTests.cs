using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class AttentionMeansTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Measure_TinyFixture_EqualsTransformerLens(bool reference)
    {
        using var tokens = SafetensorsFile.FromFile(TestFiles.Data("tiny", "a_logits", "tiny-2x3.safetensors"));
        using var expected = SafetensorsFile.FromFile(TestFiles.Data("tiny", "b_cache", "unprocessed.safetensors"));
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));
        int[][] prompts = [.. tokens.ReadIntegers("tokens").Select(token => (int)token).Chunk(10)];
        var means = Measure(weights, reference, prompts, [0, 1], perPrompt: true);
        foreach (var layer in new[] { 0, 1 })
        {
            var patterns = Values(expected.Open($"blocks.{layer}.attn.hook_pattern"));
            var mean = Enumerable.Range(0, 300).Select(i => Enumerable.Range(0, 8).Average(prompt => patterns[prompt * 300 + i])).ToArray();
            AssertClose(mean, means.Layer(layer).ToArray(), reference ? 1e-6 : 1e-4);
            AssertClose(patterns, [.. means.PerPrompt(layer).ToArray().Select(value => (double)value)], reference ? 1e-6 : 1e-4);
            for (var head = 0; head < 3; head++)
                for (var query = 0; query < 10; query++)
                    AssertClose(mean.AsSpan(head * 100 + query * 10, query + 1).ToArray(), means.Pattern(new NodeId(layer, head))[query],
                        reference ? 1e-6 : 1e-4);
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Measure_NanoSort_EqualsThePublishedPattern(bool reference)
    {
        if (TestFiles.SharedOrNull("golden", "gpt-nano-sort", "model.json") is not { } path)
        {
            Assert.Inconclusive("../shared/golden/gpt-nano-sort is absent");
            return;
        }

        using var weights = MinGptFile.ReadModel(path);
        var partials = MinGptFile.ReadTensors(Path.Combine(Path.GetDirectoryName(path)!, "partials.json"));
        int[][] prompts = [.. Values(partials["idx"]).Select(token => (int)token).Chunk(weights.Config.NCtx)];
        var patterns = Values(partials["attSm"]);
        var size = patterns.Length / prompts.Length;
        var means = Measure(weights, reference, prompts, [0]);
        AssertClose([.. Enumerable.Range(0, size)
            .Select(i => Enumerable.Range(0, prompts.Length).Average(prompt => patterns[prompt * size + i]))], means.Layer(0).ToArray(),
            reference ? 5e-6 : 1e-4);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Measure_SharedPrefixesOtherLengthsRepeats_EqualsPromptByPrompt(bool reference)
    {
        using var weights = SmallModels.Random(seed: 3, nLayers: 3);
        var draws = new SplitMix64(5);
        // More prompts than one batch holds, few tokens to choose from: prefixes are shared and prompts repeat.
        int[][] prompts = [.. Enumerable.Range(0, 300)
            .Select(_ => Enumerable.Range(0, 1 + draws.Next(7)).Select(_ => draws.Next(3)).ToArray())];
        var means = Measure(weights, reference, prompts, [0, 2], perPrompt: true);
        Assert.AreEqual(7, means.Length);
        CollectionAssert.AreEqual(new[] { 0, 2 }, means.Layers.ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 7).Select(p => (long)prompts.Count(prompt => prompt.Length > p)).ToArray(),
            means.PromptsAt.ToArray());
        var alone = prompts.Select(prompt => string.Join(' ', prompt))
            .Distinct().ToDictionary(text => text, text => Measure(weights, true, [[.. text.Split(' ').Select(int.Parse)]], [0, 2]));
        foreach (var head in new[] { new NodeId(0, 1), new NodeId(2, 0), new NodeId(2, 2) })
        {
            var pattern = means.Pattern(head);
            for (var query = 0; query < 7; query++)
            {
                var reaching = prompts.Where(prompt => prompt.Length > query)
                    .Select(prompt => alone[string.Join(' ', prompt)].Pattern(head)[query]).ToArray();
                AssertClose([.. Enumerable.Range(0, query + 1).Select(key => reaching.Average(row => row[key]))], pattern[query], reference
                    ? 1e-12 : 1e-5);
                Assert.AreEqual(1, pattern[query].Sum(), 1e-5);
            }

            for (var prompt = 0; prompt < prompts.Length; prompt++)
            {
                var own = alone[string.Join(' ', prompts[prompt])].Pattern(head);
                for (var query = 0; query < 7; query++)
                    for (var key = 0; key < 7; key++)
                        Assert.AreEqual(query < own.Length
                            && key <= query ? own[query][key] : 0, means.PerPrompt(head.Layer)[((prompt * 3 + head.Index) * 7 + query) * 7
                                + key], 1e-5);
            }
        }
    }

    [TestMethod]
    public void Measure_TooLittleMemory_SaysHowMuch()
    {
        using var weights = SmallModels.Random();
        using var ops = new CpuOps();
        using var model = new Gpt2Model(ops, weights);
        Assert.StartsWith("memory: these patterns need", Assert.ThrowsExactly<ArgumentException>(() =>
            AttentionMeans.Measure(model, Set(weights, [[1, 2, 3]]), [0], budget: 1000)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => AttentionMeans.Measure(model, Set(weights, [[1, 2, 3]]), [2]));
        Assert.ThrowsExactly<ArgumentException>(() => AttentionMeans.Measure(model, Set(weights, [[1, 2, 3]]), []));
        Assert.ThrowsExactly<InvalidOperationException>(() => AttentionMeans.Measure(model, Set(weights, [[1, 2, 3]]), [0])
            .PerPrompt(0).Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    internal static AttentionMeans Measure(
        Gpt2Weights weights, bool reference, IReadOnlyList<int[]> prompts, int[] layers, bool perPrompt = false)
    {
        using IOps ops = reference ? new ReferenceOps() : new CpuOps();
        using var model = new Gpt2Model(ops, weights);
        return AttentionMeans.Measure(model, Set(weights, prompts), layers, perPrompt);
    }

    private static PromptSet Set(Gpt2Weights weights, IReadOnlyList<int[]> prompts) =>
        PromptSet.Create([.. prompts.Select(tokens => TaskFixtures.TokenRow(tokens, 1, 2))], null, weights.Config, null, "p");

    private static double[] Values(Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        return values;
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        var worst = Enumerable.Range(0, actual.Length).MaxBy(i => Math.Abs(expected[i] - actual[i]));
        Assert.AreEqual(expected[worst], actual[worst], tolerance, $"worst at {worst} of {actual.Length}");
    }
}
