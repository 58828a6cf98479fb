using System.Text.Json;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>Checkpoints as public bug reports have them (tests/data/checkpoints), from the command line.</summary>
[TestClass]
public sealed class CheckpointTests
{
    private const double Tied4 = -4.715593, Tied6 = 1.853699;
    private static readonly string Prompts = TestFiles.Data("checkpoints", "p.jsonl");

    [TestMethod]
    [DataRow("bos-outside", Tied4, Tied6, null)]
    [DataRow("extra-head", Tied4, Tied6, "left aside score.weight, of a head that gives no logits")]
    [DataRow("prefixed", Tied4, Tied6, null)]
    [DataRow("head-differs", Tied4, Tied6, "wte gives the logits, as tie_word_embeddings is absent, so true (--unembedding lm_head takes")]
    [DataRow("head-differs", Tied4, Tied6, "wte gives the logits, as was asked for", "--unembedding", "wte")]
    [DataRow("head-differs", 2.214555, -3.792585, "lm_head gives the logits, as was asked for", "--unembedding", "lm_head")]
    public void Cache_Logits_AreNumpys(string model, double four, double six, string? notice, params string[] more)
    {
        using var folder = new TemporaryFolder();
        string[] command = ["cache", "--hooks", "logits", "--model", Model(model), "--clean", Prompts, "--precision", "fp64", "--dtype",
            "f64", .. more, "--force", "--out", folder.File("a.safetensors")];
        var run = Invocation.Done(command);
        using (var file = SafetensorsFile.FromFile(folder.File("a.safetensors")))
        {
            var logits = new double[5 * 40];
            file.Open("logits").Read(0, logits.AsSpan());
            Assert.AreEqual(four, logits[4 * 40 + 4], 1e-6);
            Assert.AreEqual(six, logits[4 * 40 + 6], 1e-6);
            var isChoice = model == "head-differs";
            Assert.AreEqual(isChoice ? four == Tied4 ? "wte" : "lm_head" : null, file.Metadata.GetValueOrDefault("unembedding"));
        }

        string[] notices = [.. run.ErrorLines.Where(line => line.Contains(Model(model), StringComparison.Ordinal) && line.Contains(
            "model.safetensors: ", StringComparison.Ordinal))];
        Assert.HasCount(notice is null ? 0 : 1, notices, run.Error);
        if (notice is not null) Assert.Contains(notice, notices[0]);
        Assert.DoesNotContain("model.safetensors: ", Invocation.Done([.. command, "--quiet"]).Error);
    }

    [TestMethod]
    [DataRow("--bos", "cache", "--hooks", "logits", "--bos", "--out", "OUT")]
    [DataRow("; give --no-bos", "attention", "--heads", "all", "--out", "OUT")]
    public void Bos_OutsideTheVocabulary_IsRefusedWhereItIsAskedFor(string says, params string[] command)
    {
        using var folder = new TemporaryFolder();
        string[] args = [.. command.Select(word => word == "OUT" ? folder.File("a.safetensors") : word), "--clean", Prompts, "--model",
            Model("bos-outside")];
        Assert.Contains(says, Invocation.Fails(1, "(bos_token_id in config.json): expected 0 to 39, got 50256", args).Error);
        foreach (var file in new[] { "config.json", "model.safetensors" })
            File.Copy(Path.Combine(Model("bos-outside"), file), folder.File(file));
        var config = File.ReadAllText(folder.File("config.json"));
        Assert.Contains("50256", config);
        folder.Write("config.json", config.Replace("50256", "[50256, 1]", StringComparison.Ordinal));
        args[^1] = folder.Path;
        Assert.Contains(says, Invocation.Fails(1, "bos_token_id: expected a whole number below 2^31, got a list", args).Error);
        Invocation.Done([.. args.Where(word => word != "--bos"), .. says == "--bos" ? (string[])[] : ["--no-bos"]]);
    }

    [TestMethod]
    [DataRow("f16", 5)]
    [DataRow("bf16", 0)]
    [DataRow("f32", 0)]
    public void Cache_BeyondFloat16_IsCountedAndSaid(string dtype, int overflowed)
    {
        using var folder = new TemporaryFolder();
        string[] command = ["cache", "--hooks", "blocks.0.hook_resid_pre,blocks.0.attn.hook_attn_scores", "--dtype", dtype, "--model",
            Model("f16-overflow"), "--clean", Prompts, "--force", "--out", folder.File("a.safetensors")];
        // 5 x 16 of the residual, and 2 heads of 5 x 5 scores, of which those of later keys are -inf by design.
        const string said = "5 of 130 values are beyond what --dtype f16 holds and infinite in the file; bf16 and f32 hold them";
        Assert.AreEqual(overflowed > 0, Invocation.Done([.. command, "--quiet"]).Error.Contains(said, StringComparison.Ordinal));
        using var json = Invocation.Json(command);
        Assert.AreEqual(overflowed, json.RootElement.GetProperty("overflowed").GetInt32());
    }

    [TestMethod]
    [DataRow("extra-head", "transformer.", "score.weight", "wte", "left aside score.weight")]
    [DataRow("prefixed", "_orig_mod.transformer.", "", "wte", null)]
    [DataRow("head-differs", "transformer.", "", "wte", "wte gives the logits")]
    [DataRow("head-differs", "transformer.", "", "lm_head", "lm_head gives the logits", "--unembedding", "lm_head")]
    public void ModelInfo_SaysWhatIsOddAboutTheFiles(
        string model, string prefix, string leftAside, string unembedding, string? notice, params string[] more)
    {
        string[] command = ["model", "info", Model(model), .. more];
        var lines = Invocation.Done(command).Out;
        Assert.Contains($"begin with {prefix}\n", lines.ReplaceLineEndings("\n"));
        if (notice is not null) Assert.Contains(notice, lines);
        using var json = Invocation.Json(command);
        var root = json.RootElement;
        Assert.AreEqual((prefix, unembedding), (root.GetProperty("prefix").GetString(), root.GetProperty("unembedding").GetString()));
        Assert.AreEqual(leftAside, string.Join(",", root.GetProperty("leftAside").EnumerateArray().Select(name => name.GetString())));
        Assert.AreEqual(notice is null ? 0 : 1, root.GetProperty("notices").GetArrayLength());
    }

    [TestMethod]
    public void PruneNodes_TwoUnembeddings_IsRecordedAndNeverMixed()
    {
        using var folder = new TemporaryFolder();
        // An answer that both matrices prefer.
        var prompts = folder.Write("p.jsonl", """{"tokens": [3, 7, 9, 1, 5], "corr": 38, "incorr": 4}""");
        string[] command = ["prune", "nodes", "--model", Model("head-differs"), "--clean", prompts, "--corrupt", prompts, "--one-iter",
            "--precision", "fp64", "--quiet"];
        string Sha256(string run, string unembedding, params string[] more)
        {
            Invocation.Done([.. command, .. more, "--out", folder.File(run)]);
            using var json = JsonDocument.Parse(File.ReadAllText(folder.File($"{run}/run.json")));
            Assert.AreEqual(unembedding, json.RootElement.GetProperty("model").GetProperty("unembedding").GetString());
            Assert.Contains($"\"unembedding\": \"{unembedding}\"", File.ReadAllText(folder.File($"{run}/settings.json")));
            return json.RootElement.GetProperty("model").GetProperty("sha256").GetString()!;
        }

        Assert.AreNotEqual(Sha256("wte", "wte"), Sha256("head", "lm_head", "--unembedding", "lm_head"));
        Invocation.Fails(1, "the run was started with", [.. command, "--unembedding", "lm_head", "--resume", "--out", folder.File("wte")]);
    }

    [TestMethod]
    [DataRow(1, "'lm_head.weight': missing, though it was asked for", "model", "info", "demo")]
    [DataRow(2, "--model random has one", "bench")]
    public void Unembedding_WhereThereIsNoHead_IsRefused(int code, string says, params string[] command) =>
        Invocation.Fails(code, says, [.. command, "--unembedding", "lm_head"]);

    private static string Model(string name) => TestFiles.Data("checkpoints", name);
}
