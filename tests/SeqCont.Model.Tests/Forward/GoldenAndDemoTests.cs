using System.Text.Json;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Testing;

namespace SeqCont.Model.Tests.Forward;

/// <summary>A trained nano GPT published by others with all its intermediates, and this project's demo model.</summary>
[TestClass]
public sealed class GoldenAndDemoTests
{
    [TestMethod]
    [DataRow(TestOps.Fp64, 5e-6)]
    [DataRow(TestOps.Cpu, 1e-4)]
    [DataRow(TestOps.Gpu, 1e-4)]
    public void NanoSort_EveryIntermediate_AsPublished(string backend, double tolerance)
    {
        if (TestOps.OrNull(backend) is not { } opened)
        {
            Assert.Inconclusive(TestOps.NoGpu);
            return;
        }

        using var closing = opened;
        if (TestFiles.SharedOrNull("golden", "gpt-nano-sort", "model.json") is not { } path)
        {
            Assert.Inconclusive("../shared/golden/gpt-nano-sort is absent");
            return;
        }

        using var weights = MinGptFile.ReadModel(path);
        var partials = MinGptFile.ReadTensors(Path.Combine(Path.GetDirectoryName(path)!, "partials.json"));
        int[][] prompts = [.. Values(partials["idx"]).Select(token => (int)token).Chunk(weights.Config.NCtx)];
        using var run = new PlainRun(opened.Ops, weights, prompts, _ => true);
        var config = weights.Config;
        double[] At(HookKind kind, int layer, int prompt, int position) =>
            run.Cache.At(new HookPoint(kind, layer), prompt, position).ToArray();
        IEnumerable<double> ByPosition(HookKind kind, int layer) =>
            prompts.SelectMany((prompt, i) => prompt.SelectMany((_, p) => At(kind, layer, i, p)));
        IEnumerable<double> ByHead(HookKind kind) =>
            prompts.SelectMany((prompt, i) => Enumerable.Range(0, config.NHeads)
                .SelectMany(head => prompt.SelectMany((_, p) => At(kind, 0, i, p).Skip(head * config.DHead).Take(config.DHead))));
        // Keys after the query: -inf as a score, 0 in the pattern.
        IEnumerable<double> ByHeadAndKey(HookKind kind, double masked) =>
            prompts.SelectMany((prompt, i) => Enumerable.Range(0, config.NHeads).SelectMany(head => prompt.SelectMany((_, query) =>
                prompt.Select((_, key) => key <= query ? At(kind, 0, i, query)[head * config.NCtx + key] : masked))));
        void Same(string name, IEnumerable<double> actual) => AssertClose(Values(partials[name]), actual, tolerance, name);

        var logits = run.Logits().SelectMany(prompt => prompt).ToArray();
        Same("lm_head", logits.SelectMany(position => position));
        Same("probs", logits.SelectMany(position => position.Select(logit => Math.Exp(logit) / position.Sum(Math.Exp))));
        foreach (var (name, kind) in new[] { ("q", HookKind.Q), ("k", HookKind.K), ("v", HookKind.V) }) Same(name, ByHead(kind));
        Same("att", ByHeadAndKey(HookKind.AttnScores, double.NegativeInfinity));
        Same("attSm", ByHeadAndKey(HookKind.Pattern, 0));
        foreach (var (name, kind) in new[]
                 {
                     ("x", HookKind.ResidPre), ("ln1", HookKind.Ln1Normalized), ("y", HookKind.Z), ("yProj", HookKind.AttnOut),
                     ("attnResid", HookKind.ResidMid), ("ln2", HookKind.Ln2Normalized),
                     ("fc", HookKind.MlpPre), ("gelu", HookKind.MlpPost), ("mlp", HookKind.MlpOut), ("mlpResid", HookKind.ResidPost),
                     ("block0", HookKind.ResidPost),
                 }) Same(name, ByPosition(kind, 0));
        Same("qkv", prompts.SelectMany((prompt, i) =>
            prompt.SelectMany((_, p) => At(HookKind.Q, 0, i, p).Concat(At(HookKind.K, 0, i, p)).Concat(At(HookKind.V, 0, i, p)))));
        Same("block1", ByPosition(HookKind.ResidPost, 1));
        Same("block2", ByPosition(HookKind.ResidPost, 2));
        Same("ln_f", ByPosition(HookKind.LnFinalNormalized, config.NLayers));
    }

    [TestMethod]
    [DataRow("numerals")]
    [DataRow("numwords")]
    [DataRow("months")]
    public void Demo_FirstPrompt_TenLargestLogits(string task)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("demo", $"{task}-expected.json")));
        using var weights = DemoModel.LoadWeights();
        using var ops = new CpuOps();
        int[] tokens = [.. json.RootElement.GetProperty("tokens_first").EnumerateArray().Select(id => id.GetInt32())];
        using var run = new PlainRun(ops, weights, [tokens]);
        var logits = run.Logits()[0][^1];
        var top = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).Take(10).ToArray();
        var expected = json.RootElement.GetProperty("logits_first_top10").EnumerateArray().ToArray();
        for (var i = 0; i < 10; i++)
        {
            Assert.AreEqual(expected[i][0].GetInt32(), top[i], $"rank {i + 1}");
            Assert.AreEqual(expected[i][1].GetDouble(), logits[top[i]], 1e-3, $"rank {i + 1}");
        }
    }

    private static double[] Values(ArrayTensor tensor)
    {
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
