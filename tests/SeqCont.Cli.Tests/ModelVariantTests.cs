using System.Text.Json;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>Models that are not quite GPT-2, as the command line shows them.</summary>
[TestClass]
public sealed class ModelVariantTests
{
    private const string Prompts = """
        {"tokens": [3, 1, 4], "corr": 1, "incorr": 2}
        {"tokens": [3, 1, 5], "corr": 2, "incorr": 1}

        """;

    [TestMethod]
    public void ModelInfo_OfAVariant_NamesWhatIsNotGpt2s()
    {
        using var folder = Model(new("""{"activation_function": "relu", "scale_attn_by_inverse_layer_idx": true}""", x => x));
        using var printed = Invocation.Json("model", "info", folder.Path);
        Assert.AreEqual("""{"activation":"relu","attention":"scores over sqrt(d_head) and over the layer's number, from 1"}""",
            JsonSerializer.Serialize(printed.RootElement.GetProperty("variant"), JsonSerializerOptions.Web).Replace("\\u0027", "'"));
        var lines = Invocation.Run("model", "info", folder.Path).Out.Split('\n');
        Assert.Contains("activation     relu", lines);
        Assert.Contains("attention      scores over sqrt(d_head) and over the layer's number, from 1", lines);
        using var plain = Invocation.Json("model", "info", TestFiles.Data("tiny", "models", "tiny-2x3"));
        Assert.IsFalse(plain.RootElement.TryGetProperty("variant", out _));
    }

    [TestMethod]
    public void PruneNodes_ResumedUnderAnotherConfig_IsRefused()
    {
        using var folder = Model(new("""{"activation_function": "gelu"}""", x => x));
        string[] command = ["prune", "nodes", "--model", folder.Path, "--clean", folder.Write("clean.jsonl", Prompts), "--corrupt",
            folder.Write("corrupt.jsonl", Prompts.Replace("[3", "[7", StringComparison.Ordinal)), "--one-iter", "--quiet", "--out",
            folder.File("run")];
        var first = Invocation.Run(command);
        Assert.AreEqual(0, first.Code, first.Error);
        using var record = JsonDocument.Parse(File.ReadAllText(folder.File("run/run.json")));
        Assert.AreEqual("gelu", record.RootElement.GetProperty("model").GetProperty("variant").GetProperty("activation").GetString());
        new NaiveVariant("""{"activation_function": "gelu_new"}""", x => x).WriteTo(folder.File("config.json"));
        var resumed = Invocation.Run([.. command, "--resume"]);
        Assert.AreEqual(1, resumed.Code, resumed.Error);
        Assert.Contains("activation gelu, but this one has", resumed.Error);
        new NaiveVariant("""{"activation_function": "gelu", "n_head": 2}""", x => x).WriteTo(folder.File("config.json"));
        Invocation.Fails(1, "the run was started with nHeads 3, but this one has 2", [.. command, "--resume"]);
    }

    private static TemporaryFolder Model(NaiveVariant variant)
    {
        var folder = new TemporaryFolder();
        foreach (var file in new[] { "config.json", "model.safetensors" })
            File.Copy(TestFiles.Data("tiny", "models", "tiny-2x3", file), folder.File(file));
        variant.WriteTo(folder.File("config.json"));
        return folder;
    }
}
