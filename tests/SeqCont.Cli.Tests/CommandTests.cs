using System.Text.Json;
using SeqCont.Testing;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class CommandTests
{
    [TestMethod]
    public void Ablate_Each_ScoresEveryNodeAndWritesThem()
    {
        using var folder = new TemporaryFolder();
        using var printed = Json("ablate", "--each", "--num-samps", "4", "--out", folder.File("run"));
        Assert.AreEqual(100, printed.RootElement.GetProperty("score").GetDouble());
        Assert.AreEqual(36, printed.RootElement.GetProperty("each").GetArrayLength());
        Assert.HasCount(36, File.ReadAllLines(folder.File("run/each.jsonl")));
        Assert.AreEqual("a0.h0", printed.RootElement.GetProperty("each")[0].GetProperty("node").GetString());
    }

    [TestMethod]
    public void Ablate_EachAndDrop_AgreeOnANode()
    {
        using var each = Json("ablate", "--each", "--num-samps", "4");
        using var drop = Json("ablate", "--drop", "m3", "--num-samps", "4");
        var effect = each.RootElement.GetProperty("each").EnumerateArray().Single(row => row.GetProperty("node").GetString() == "m3");
        Assert.AreEqual(effect.GetProperty("score").GetDouble(), drop.RootElement.GetProperty("score").GetDouble(), 0.01);
        Assert.AreEqual("[0, 1, 2]", drop.RootElement.GetProperty("circuit").GetProperty("mlps").GetRawText());
    }

    [TestMethod]
    public void Ablate_CircuitOfASearch_HasTheSearchsScore()
    {
        using var folder = new TemporaryFolder();
        using var search = Json("prune", "nodes", "--num-samps", "8", "--out", folder.File("run"));
        using var ablation = Json("ablate", "--num-samps", "8", "--keep", folder.File("run/circuit.json"));
        Assert.AreEqual(search.RootElement.GetProperty("score").GetDouble(), ablation.RootElement.GetProperty("score").GetDouble(), 0.01);
    }

    [TestMethod]
    public void ModelInfo_Demo_SaysSizesAndHash()
    {
        using var printed = Json("model", "info");
        Assert.AreEqual(943_360, printed.RootElement.GetProperty("parameters").GetInt64());
        Assert.AreEqual("F32", printed.RootElement.GetProperty("dtype").GetString());
        Assert.AreEqual(64, printed.RootElement.GetProperty("sha256").GetString()!.Length);
        Assert.IsTrue(printed.RootElement.GetProperty("tokenizer").GetBoolean());
        Assert.Contains("943,360", Invocation.Run("model", "info", "demo").Out);
    }

    [TestMethod]
    public void ModelInfo_Folder_HasNoTokenizer()
    {
        using var printed = Json("model", "info", TestFiles.Data("tiny", "models", "tiny-2x3"));
        Assert.IsFalse(printed.RootElement.GetProperty("tokenizer").GetBoolean());
        Assert.AreEqual(2, printed.RootElement.GetProperty("nLayers").GetInt32());
    }

    [TestMethod]
    public void ModelList_Anywhere_NamesTheDemo() => Assert.StartsWith("demo", Invocation.Run("model", "list").Out);

    [TestMethod]
    public void Devices_Here_TakesAnAvailablePath()
    {
        using var printed = Json("devices");
        var cpu = printed.RootElement.GetProperty("cpu");
        Assert.Contains(cpu.GetProperty("path").GetString(), cpu.GetProperty("paths").EnumerateArray().Select(path => path.GetString()));
        Assert.AreEqual(JsonValueKind.Array, printed.RootElement.GetProperty("gpus").ValueKind);
        Assert.Contains("taken by auto", Invocation.Run("devices").Out);
    }

    [TestMethod]
    public void DataGenerate_ThenData_IsTheSameAsTheGenerator()
    {
        using var folder = new TemporaryFolder();
        var made = Invocation.Run("data", "generate", "--task", "months", "--num-samps", "5", "--seed", "3", "--out", folder.Path);
        Assert.AreEqual(0, made.Code, made.Error);
        using var read = Json("ablate", "--drop", "m0", "--task", "months", "--num-samps", "5", "--data", folder.Path);
        using var generated = Json("ablate", "--drop", "m0", "--task", "months", "--num-samps", "5", "--seed", "3");
        foreach (var set in new[] { "clean", "corrupted" })
            foreach (var hash in new[] { "tokensSha256", "sha256" })
                Assert.AreEqual(Hash(generated, set, hash), Hash(read, set, hash), $"{set} {hash}");
        var again = Invocation.Run("data", "generate", "--task", "months", "--num-samps", "5", "--out", folder.Path);
        Assert.AreEqual(1, again.Code);
        Assert.Contains("--force", again.Error);
    }

    [TestMethod]
    public void DataImport_Jsonl_WritesTheSameRows()
    {
        using var folder = new TemporaryFolder();
        var source = TestFiles.Data("demo", "numerals-clean.jsonl");
        var run = Invocation.Run("data", "import", source, "--out", folder.File("copy.jsonl"));
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual(Invocation.Run("data", "show", source, "--json").Out.Replace(source, "", StringComparison.Ordinal),
            Invocation.Run("data", "show", folder.File("copy.jsonl"), "--json").Out.Replace(folder.File("copy.jsonl"), "",
                StringComparison.Ordinal));
    }

    [TestMethod]
    public void DataImport_PublishedPickle_EqualsItsJsonl()
    {
        var pickle = TestFiles.SharedOrNull("datasets", "seqcont", "numerals_prompts_done.pkl");
        if (pickle is null) Assert.Inconclusive("../shared/datasets/seqcont/numerals_prompts_done.pkl is not here.");
        using var folder = new TemporaryFolder();
        var run = Invocation.Run("data", "import", pickle, "--out", folder.Path, "--json");
        Assert.AreEqual(0, run.Code, run.Error);
        var expected = File.ReadAllLines(Path.ChangeExtension(pickle, ".jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString());
        var imported = File.ReadAllLines(folder.File("numerals_prompts_done.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString());
        CollectionAssert.AreEqual(expected.ToArray(), imported.ToArray());
    }

    [TestMethod]
    public void DataShow_Generated_ShowsPromptsAndPartners()
    {
        var run = Invocation.Run("data", "show", "--first", "2");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.Contains("-> 5, not 4", run.Out);
        Assert.Contains("2 of 192 prompts", run.Out);
    }

    private static string? Hash(JsonDocument run, string set, string hash) =>
        run.RootElement.GetProperty("prompts").GetProperty(set).GetProperty(hash).GetString();
}
