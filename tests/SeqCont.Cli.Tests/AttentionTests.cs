using System.Text.Json;
using System.Xml.Linq;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class AttentionTests
{
    [TestMethod]
    public void Attention_Heads_WritesPicturesAndDataThatAgree()
    {
        using var folder = new TemporaryFolder();
        using var printed = Json("attention", "--heads", "1.2,0.1", "--num-samps", "8", "--per-prompt", "--out", folder.File("run"));
        using var file = JsonDocument.Parse(File.ReadAllText(folder.File("run/attention.json")));
        var heads = file.RootElement.GetProperty("heads");
        CollectionAssert.AreEqual(new[] { "a0.h1", "a1.h2" }, heads.EnumerateArray()
            .Select(head => head.GetProperty("head").GetString()).ToArray());
        Assert.AreEqual(heads.GetRawText(), printed.RootElement.GetProperty("heads").GetRawText());
        Assert.AreEqual(1, file.RootElement.GetProperty("schema").GetInt32());
        Assert.AreEqual(24, file.RootElement.GetProperty("prompts").GetProperty("count").GetInt32());
        Assert.AreEqual(JsonValueKind.Null, file.RootElement.GetProperty("prompts").GetProperty("bos").ValueKind);
        Assert.AreEqual("[3, 8, 13, 18]", file.RootElement.GetProperty("members").GetRawText());
        Assert.AreEqual("late", heads[0].GetProperty("role").GetString());
        var pattern = heads[0].GetProperty("pattern");
        Assert.AreEqual(heads[0].GetProperty("scores").GetProperty("late").GetDouble(), pattern[22][18].GetDouble());

        using var tensors = SafetensorsFile.FromFile(folder.File("run/attention.safetensors"));
        using var perPrompt = SafetensorsFile.FromFile(folder.File("run/attention-per-prompt.safetensors"));
        var (mean, all) = (Values(tensors, "blocks.0.attn.hook_pattern", 8, 23, 23),
            Values(perPrompt, "blocks.0.attn.hook_pattern", 24, 8, 23, 23));
        foreach (var (query, key) in new[] { (22, 18), (5, 2), (22, 22), (3, 3) })
        {
            Assert.AreEqual(pattern[query][key].GetDouble(), mean[(23 + query) * 23 + key], 1e-7);
            Assert.AreEqual(mean[(23 + query) * 23 + key], Enumerable.Range(0, 24)
                .Average(prompt => all[((prompt * 8 + 1) * 23 + query) * 23 + key]), 1e-6);
        }

        foreach (var name in new[] { "attention-0.1.svg", "attention-1.2.svg" })
            Assert.AreEqual("svg", XDocument.Load(folder.File($"run/{name}")).Root!.Name.LocalName);
        Assert.HasCount(5, Directory.GetFiles(folder.File("run")));
    }

    [TestMethod]
    public void Attention_Default_ChoosesHeadsOver128PromptsOfEachTemplate()
    {
        using var printed = Json("attention");
        Assert.AreEqual(384, printed.RootElement.GetProperty("prompts").GetProperty("count").GetInt32());
        CollectionAssert.Contains(printed.RootElement.GetProperty("heads")
            .EnumerateArray().Select(head => head.GetProperty("role").GetString()).ToArray(), "late");
        var console = Invocation.Run("attention");
        Assert.Contains("0.1      late", console.Error);
        Assert.Contains("without BOS", console.Error);
    }

    [TestMethod]
    public void Attention_Circuit_ShowsItsHeadsAndOnlyThose()
    {
        using var folder = new TemporaryFolder();
        var circuit = folder.Write("c.json", """{"heads": [[2, 7], [0, 3]], "mlps": [1]}""");
        using var printed = Json("attention", "--circuit", circuit, "--num-samps", "4", "--task", "interleaved-random", "--bos", "--out",
            folder.File("run"));
        CollectionAssert.AreEqual(new[] { "a0.h3", "a2.h7" }, printed.RootElement.GetProperty("heads")
            .EnumerateArray().Select(head => head.GetProperty("head").GetString()).ToArray());
        Assert.AreEqual("<|endoftext|>", printed.RootElement.GetProperty("tokens")[0].GetString());
        Assert.AreEqual("[2, 4, 6, 8]", printed.RootElement.GetProperty("members").GetRawText());
        var again = Invocation.Run("attention", "--heads", "1.1", "--num-samps", "4", "--out", folder.File("run"));
        Assert.AreEqual(1, again.Code);
        Assert.Contains("--force", again.Error);
        Assert.AreEqual(0, Invocation.Run("attention", "--heads", "1.1", "--num-samps", "4", "--out", folder.File("run"), "--force").Code);
        Assert.IsFalse(File.Exists(folder.File("run/attention-0.3.svg")), "An earlier run's picture is left.");
    }

    [TestMethod]
    public void Attention_RunsFolder_KeepsTheRunsFiles()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(0, Invocation.Run("prune", "nodes", "--num-samps", "4", "--out", folder.File("run")).Code);
        var files = Directory.GetFiles(folder.File("run")).Length;
        string[] attention = ["attention", "--circuit", folder.File("run/circuit.json"), "--num-samps", "4", "--out", folder.File("run")];
        Assert.AreEqual(0, Invocation.Run(attention).Code);
        Assert.AreEqual(0, Invocation.Run([.. attention, "--force"]).Code);
        Assert.AreEqual(files + 2, Directory.GetFiles(folder.File("run")).Count(file => !file.EndsWith(".svg", StringComparison.Ordinal)));
        Assert.AreEqual(0, Invocation.Run("prune", "nodes", "--num-samps", "4", "--out", folder.File("run"), "--force").Code);
        Assert.HasCount(files, Directory.GetFiles(folder.File("run")), "Another run's patterns are left.");
    }

    [TestMethod]
    public void Attention_TokenPromptsWithoutTokenizer_NeedHeads()
    {
        using var folder = new TemporaryFolder();
        var clean = folder.Write("c.jsonl", """{"tokens": [1, 2, 3], "corr": 4, "incorr": 5}""" + "\n"
            + """{"tokens": [1, 2], "corr": 4, "incorr": 5}""");
        string[] prompts = ["attention", "--model", TestFiles.Data("tiny", "models", "tiny-2x3"), "--clean", clean];
        var chosen = Invocation.Run(prompts);
        Assert.AreEqual(1, chosen.Code);
        Assert.Contains("heads cannot be chosen", chosen.Error);
        using var printed = Json([.. prompts, "--heads", "all"]);
        Assert.AreEqual(6, printed.RootElement.GetProperty("heads").GetArrayLength());
        // With the model's BOS, 60: the longer prompt labels the axes.
        Assert.AreEqual("""["#60","#1","#2","#3"]""", JsonSerializer.Serialize(printed.RootElement.GetProperty("tokens")
            .EnumerateArray().Select(token => token.GetString())));
        Assert.AreEqual("[2, 2, 2, 1]", printed.RootElement.GetProperty("promptsAt").GetRawText());
        Assert.AreEqual(JsonValueKind.Null, printed.RootElement.GetProperty("heads")[0].GetProperty("role").ValueKind);
    }

    [TestMethod]
    public void Attention_ModelWithoutBos_SaysWhatToGive()
    {
        using var folder = new TemporaryFolder();
        File.Copy(TestFiles.Data("tiny", "models", "tiny-2x3", "model.safetensors"), folder.File("model.safetensors"));
        folder.Write("config.json", File.ReadAllText(TestFiles.Data("tiny", "models", "tiny-2x3", "config.json"))
            .Replace("\"bos_token_id\": 60,", "", StringComparison.Ordinal));
        string[] args = ["attention", "--model", folder.Path, "--heads", "0.0", "--clean",
            folder.Write("c.jsonl", """{"tokens": [1, 2, 3], "corr": 4, "incorr": 5}""")];
        var run = Invocation.Run(args);
        Assert.AreEqual(1, run.Code);
        Assert.Contains("give --no-bos", run.Error);
        Assert.HasCount(1, run.ErrorLines);
        Assert.AreEqual(0, Invocation.Run([.. args, "--no-bos"]).Code);
    }

    private static double[] Values(SafetensorsFile file, string name, params int[] shape)
    {
        var tensor = file.Open(name);
        CollectionAssert.AreEqual(shape, tensor.Shape.ToArray());
        var values = new double[tensor.Length];
        tensor.Read(0, values);
        return values;
    }

    private static JsonDocument Json(params string[] args)
    {
        var run = Invocation.Run([.. args, "--json", "--quiet"]);
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual("", run.Error);
        return JsonDocument.Parse(run.Out);
    }
}
