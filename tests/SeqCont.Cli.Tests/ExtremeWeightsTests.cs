using System.Text.Json;
using static SeqCont.Cli.Tests.ExtremeModel;

namespace SeqCont.Cli.Tests;

/// <summary>
/// Weights of extreme size: what a command writes is finite and right, or it ends in one line that names the part of the model whose output
/// left float32.
/// </summary>
[TestClass]
public sealed class ExtremeWeightsTests
{
    private const string Attn = "h.1.attn.c_attn.weight", Block1Head = "prompt 1: the output of blocks.1.attn, head 0, is not finite",
        Block1Mlp = "prompt 1: the output of blocks.1.mlp is not finite", Logit = "a logit of ",
        Block1Bias = "h.1.mlp.c_proj.bias",
        Block1Offset = "prompt 1: the output of blocks.1.mlp is the same in all columns but for rounding", Circuit = "circuit.json";

    // Commands that run the whole model; {0} is a folder of the test's own.
    private static readonly string[] Whole =
    [
        "prune nodes", "ablate --each --ablation zero", "ablate --keep {0}/circuit.json", "prune edges --circuit {0}/circuit.json",
        "compare {0}/circuit.json --tasks numerals --random 1", "lens", "cache --out {0}/out.safetensors --hooks ln_final.hook_scale",
        "attention --heads 2.1", "data generate --count 1 --out {0}/data",
    ];

    // Those that read logits, or their difference.
    private static readonly string[] Answering = [.. Whole.Where(command => !command.StartsWith("cache", StringComparison.Ordinal)
        && !command.StartsWith("attention", StringComparison.Ordinal))];

    private static IEnumerable<(string Name, string[] Commands, string Says, Change[] Changes)> Refused =>
    [
        ("scores", Whole, Block1Head, [Times(Attn, 1e30f)]),
        ("gains", Whole, Block1Head, [All("h.1.ln_1.weight", 1e25f)]),
        ("biases", Whole, Block1Head, [All("h.1.attn.c_attn.bias", 1e38f)]),
        ("mlp", Whole, Block1Mlp, [Times("h.1.mlp.c_fc.weight", 1e38f)]),
        ("embeddings", Whole, "prompt 1: the output of the embeddings is not finite",
            [All("wte.weight", 3e38f), All("wpe.weight", 3e38f)]),
        ("offset", Whole, Block1Offset, [All(Block1Bias, 1e6f)]),
        ("largest offset", ["ablate --each"], Block1Offset, [All(Block1Bias, 1e38f)]),
        ("offset of embeddings", [.. Whole, "ov", "verify ov --figures {0}/figures.json"],
            "prompt 1: the output of the embeddings is the same in all columns but for rounding", [All("wpe.weight", 3e38f)]),
        ("offset beyond double", ["ablate --each --precision fp64"],
            $"{Block1Offset}: the model's numbers leave the range of double precision; the largest weight is 1.0e+17, in {Block1Bias}.",
            [All(Block1Bias, 1e17f)]),
        ("final gains", Answering, Logit, [All("ln_f.weight", 1e38f)]),
        ("NaN", Whole, "'h.1.mlp.c_proj.weight': element 5 is NaN", [One("h.1.mlp.c_proj.weight", 5, float.NaN)]),
        ("infinity", Whole, "'wte.weight': element 7 is Infinity", [One("wte.weight", 7, float.PositiveInfinity)]),
    ];

    private static IEnumerable<(string Name, Change[] Changes)> Accepted =>
    [
        ("mlp", [Times("h.2.mlp.c_proj.weight", 1e30f)]),
        ("attention", [Times("h.1.attn.c_proj.weight", 1e30f)]),
        ("scores", [Times(Attn, 1e15f)]),
        ("gains", [All("h.1.ln_2.weight", 1e25f)]),
        ("final gains", [All("ln_f.weight", 1e25f)]),
        ("outlier channel", [new Change("wte.weight", (i, value) => i % 128 == 3 ? 1e15f * value : value)]),
        ("offset", [All(Block1Bias, 1e3f)]),
        ("negative biases", [All("h.1.mlp.c_fc.bias", -1e38f)]),
        ("subnormal", [Times("h.1.mlp.c_proj.weight", 1e-40f)]),
    ];

    public static IEnumerable<object[]> RefusedNames => Refused.Select(row => new object[] { row.Name });

    public static IEnumerable<object[]> AcceptedNames => Accepted.Select(row => new object[] { row.Name });

    [TestMethod]
    [DynamicData(nameof(RefusedNames))]
    public void Commands_NumbersLeaveTheirRange_EndInOneLineThatNamesThePart(string name)
    {
        var (_, commands, says, changes) = Refused.First(row => row.Name == name);
        using var folder = new TemporaryFolder();
        var model = Write(folder.File("model"), changes);
        WriteCircuit(folder);
        if (commands.Any(command => command.StartsWith("verify", StringComparison.Ordinal)))
            folder.Write("figures.json", VerifyFigures.OvAlone().ToJsonString());
        foreach (var command in commands)
        {
            var isOfSamples = command.Split(' ')[0] is not ("data" or "ov" or "verify");
            string[] prompts = isOfSamples ? ["--num-samps", "1"] : [];
            Invocation.Fails(1, command == "lens" || !isOfSamples ? says.Replace("prompt 1: ", "") : says,
                [.. Arguments(command, folder), .. prompts, "--model", model, "--device", "cpu", "--quiet"]);
        }

        Assert.IsFalse(File.Exists(folder.File("out.safetensors")));
    }

    [TestMethod]
    [DynamicData(nameof(AcceptedNames))]
    public void AblateEach_LargeNumbersWithinTheirRange_AreTheReferences(string name)
    {
        using var folder = new TemporaryFolder();
        var model = Write(folder.File("model"), Accepted.First(row => row.Name == name).Changes);
        using var fast = Each(model, "fp32");
        using var exact = Each(model, "fp64");
        foreach (var (ours, reference) in Nodes(fast).Zip(Nodes(exact)))
        {
            var (a, b) = (ours.GetProperty("score").GetDouble(), reference.GetProperty("score").GetDouble());
            Assert.AreEqual(b, a, 1e-3 * Math.Max(100, Math.Abs(b)), ours.GetProperty("node").GetString());
        }
    }

    [TestMethod]
    public void AblateEach_OneHeadWritesAllThereIs_WhatIsLeftIsThatOfTheCircuitWithoutIt()
    {
        using var folder = new TemporaryFolder();
        var model = Write(folder.File("model"), new Change("h.1.attn.c_proj.weight", (i, value) => i < 16 * 128 ? value * 1e30f : value));
        using var each = Each(model, "fp32", "--ablation", "zero");
        using var dropped = Invocation.Json(
            "ablate", "--drop", "1.0", "--ablation", "zero", "--num-samps", "2", "--model", model, "--device", "cpu");
        var expected = dropped.RootElement.GetProperty("score").GetDouble();
        var score = Nodes(each).Single(node => node.GetProperty("node").GetString() == "a1.h0").GetProperty("score").GetDouble();
        Assert.AreEqual(expected, score, 1e-4 * Math.Abs(expected));
    }

    [TestMethod]
    public void Fp64_WhereFloat32IsTooNarrow_IsFinite()
    {
        using var folder = new TemporaryFolder();
        using var exact = Each(Write(folder.File("model"), Times(Attn, 1e30f)), "fp64");
        foreach (var node in Nodes(exact)) Assert.IsTrue(double.IsFinite(node.GetProperty("score").GetDouble()));
    }

    [TestMethod]
    public void Text_LargeNumbers_HaveExponentsAndColumnsGaps()
    {
        using var folder = new TemporaryFolder();
        string Text(params ReadOnlySpan<Change> changes) => Invocation.Done("ablate", "--each", "--num-samps", "2", "--quiet", "--device",
            "cpu", "--model", Write(folder.File("model"), changes)).Error;
        var text = Text(All("ln_f.weight", 1e25f));
        Assert.Contains("full model 6.380e+25 ± ", text);
        Assert.DoesNotContain("000000", text);
        // A model of noise: its difference is what chance made of it, and its scores are far from 100.
        text = Text(Times("h.0.mlp.c_proj.weight", 1e30f));
        Assert.Contains("is within two standard errors of zero: shares of it say little", text);
        Assert.Contains(" -1004 ", text);
    }

    [TestMethod]
    public void Faithfulness_OfSubnormalDifferences_IsUndefined()
    {
        using var folder = new TemporaryFolder();
        var model = Write(folder.File("model"), Times("ln_f.weight", 1e-39f), All("ln_f.bias", 0));
        Invocation.Fails(
            1, "faithfulness is undefined", "prune", "nodes", "--num-samps", "1", "--quiet", "--device", "cpu", "--model", model);
    }

    private static void WriteCircuit(TemporaryFolder folder) =>
        folder.Write(Circuit, """{"heads": [[0, 1], [1, 0], [3, 1]], "mlps": [0, 1, 2, 3]}""");

    private static string[] Arguments(string command, TemporaryFolder folder) =>
        [.. command.Split(' ').Select(word => word.Replace("{0}", folder.Path, StringComparison.Ordinal))];

    private static JsonDocument Each(string model, string precision, params string[] more) => Invocation.Json(
        ["ablate", "--each", "--num-samps", "2", "--model", model, "--device", "cpu", "--precision", precision, .. more]);

    private static JsonElement.ArrayEnumerator Nodes(JsonDocument run) => run.RootElement.GetProperty("each").EnumerateArray();
}
