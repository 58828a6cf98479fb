using System.Text.Json;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>Text becomes the tokens that a model was trained with, whatever files it comes with.</summary>
[TestClass]
public sealed class TokenizerTests
{
    private const string TwoIds = """{"tokens": [1, 2], "corr": 3, "incorr": 4}""";

    [TestMethod]
    [DataRow("1-astral-letters")]
    [DataRow("2-added-tokens")]
    [DataRow("3-tokenizer-json-only")]
    public void Cache_CaseOfAPublicReport_HasTheRightTokens(string name)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("a.safetensors");
        Invocation.Done("cache", "--hooks", "logits", "--model", Model(name), "--clean", Prompts(name), "--out", file);
        using var written = SafetensorsFile.FromFile(file);
        var expected = JsonSerializer.Deserialize<long[]>(File.ReadAllText(TestFiles.Data("cases", name, "expected-tokens.json")))!;
        CollectionAssert.AreEqual(expected, written.ReadIntegers("tokens"));
    }

    [TestMethod]
    public void Bos_BeforePromptsThatBeginWithIt_IsSaid()
    {
        using var folder = new TemporaryFolder();
        const string name = "9-double-bos", twice = "p.jsonl: 1 of 1 prompts begin with <|endoftext|> and get it once more as BOS";
        string[] cache = ["cache", "--hooks", "logits", "--model", Model(name), "--clean", Prompts(name), "--force", "--out",
            folder.File("a.safetensors")];
        string[] attention = ["attention", "--heads", "all", "--model", Model(name), "--clean", Prompts(name)];
        foreach (var run in (Invocation[])[Invocation.Done([.. cache, "--bos"]), Invocation.Done(attention)])
        {
            Assert.Contains(twice, run.Error);
            Assert.Contains("--no-bos", run.Error);
            Assert.HasCount(1, run.ErrorLines.Where(line => line.Contains("once more", StringComparison.Ordinal)));
        }

        Assert.DoesNotContain("once more", Invocation.Done(cache).Error);
        Assert.DoesNotContain("once more", Invocation.Done([.. attention, "--no-bos"]).Error);
        Assert.DoesNotContain("once more", Invocation.Done([.. attention, "--quiet"]).Error);
    }

    [TestMethod]
    public void ModelInfo_AddedTokens_AreListed()
    {
        var run = Invocation.Done("model", "info", Model("2-added-tokens"));
        Assert.Contains("[PAD] 264, <|user|> 265", run.Out);
        using var json = Invocation.Json("model", "info", Model("2-added-tokens"));
        var added = json.RootElement.GetProperty("addedTokens").EnumerateArray()
            .Select(token => (token.GetProperty("id").GetInt32(), token.GetProperty("text").GetString()!)).ToArray();
        CollectionAssert.AreEqual(new[] { (264, "[PAD]"), (265, "<|user|>") }, added[^2..]);
        Assert.Contains("tokenizer.json", Invocation.Done("model", "info", Model("3-tokenizer-json-only")).Out);
    }

    [TestMethod]
    public void TokenizerJson_OfAnotherKind_LeavesTokenIdsAndNamesItForText()
    {
        using var folder = new TemporaryFolder();
        Copy("1-astral-letters", folder, "config.json", "model.safetensors");
        folder.Write("tokenizer.json", """{"pre_tokenizer": null}""");
        string[] args = ["cache", "--hooks", "logits", "--model", folder.Path, "--force", "--out", folder.File("a.safetensors"), "--clean"];
        Invocation.Done([.. args, folder.Write("ids.jsonl", TwoIds)]);
        Invocation.Fails(1, "tokenizer.json: pre_tokenizer: expected type ByteLevel, got null", [.. args, Prompts("1-astral-letters")]);
        Assert.Contains("pre_tokenizer", Invocation.Done("model", "info", folder.Path).Out);
    }

    [TestMethod]
    public void Tokenizer_NamedByOption_TakesThePlaceOfTheModels()
    {
        using var folder = new TemporaryFolder();
        Copy("1-astral-letters", folder, "config.json", "model.safetensors");
        string[] args = ["cache", "--hooks", "logits", "--model", folder.Path, "--clean", Prompts("1-astral-letters"), "--force", "--out",
            folder.File("a.safetensors")];
        Invocation.Fails(1, "no tokenizer.json, and no vocab.json with merges.txt", args);
        Invocation.Done([.. args, "--tokenizer", Model("1-astral-letters")]);
        Invocation.Fails(1, "--tokenizer gpt2: expected at most 269 tokens", [.. args, "--tokenizer", "gpt2"]);
        Invocation.Fails(1, "--tokenizer nowhere: no such folder", [.. args, "--tokenizer", "nowhere"]);
        Invocation.Fails(2, "--tokenizer", "bench", "--tokenizer", "gpt2");
    }

    [TestMethod]
    public void Tokenizer_Gpt2OnAModelOfItsVocabulary_IsAdvisedAndWorks()
    {
        using var folder = new TemporaryFolder();
        using (var weights = SmallModels.Random(SmallModels.Config(nLayers: 1, nHeads: 1, dHead: 2, dMlp: 2, dVocab: 50257), seed: 1))
            weights.Save(folder.Path);
        string[] args = ["cache", "--hooks", "hook_embed", "--model", folder.Path, "--out", folder.File("a.safetensors"), "--clean",
            folder.Write("p.jsonl", """{"text": "𠮷's shop", "corr": " 5", "incorr": " 4"}""")];
        Invocation.Fails(1, "give --tokenizer gpt2", args);
        Invocation.Done([.. args, "--tokenizer", "gpt2"]);
        using var written = SafetensorsFile.FromFile(folder.File("a.safetensors"));
        CollectionAssert.AreEqual(new long[] { 172, 254, 106, 115, 338, 6128 }, written.ReadIntegers("tokens"));
        CollectionAssert.AreEqual(new long[] { 642 }, written.ReadIntegers("correct_ids"));
    }

    [TestMethod]
    [DataRow("gpt2")]
    [DataRow("gpt2-small")]
    [DataRow("distilgpt2")]
    [DataRow("gpt2-xl")]
    public void Prompts_OfAPublishedModel_NeedNoDownload(string model)
    {
        using var folder = new TemporaryFolder();
        var made = folder.File("made");
        Invocation.Done("data", "generate", "--model", model, "--filter", "none", "--count", "2", "--out", made);
        Assert.Contains("data generate --model", File.ReadAllText(Path.Combine(made, "numerals_generated.json")));
        Assert.Contains("prompts of", Invocation.Done("data", "show", "--model", model, "--num-samps", "2").Out);
        Invocation.Done(
            "data", "export", "--model", model, "--data", made, "--num-samps", "2", "--tokens", "--bos", "--out", folder.File("t.jsonl"));
        using var row = JsonDocument.Parse(File.ReadLines(folder.File("t.jsonl")).First());
        Assert.AreEqual(50256, row.RootElement.GetProperty("tokens")[0].GetInt32());
        Invocation.Fails(1, "model pull", "data", "generate", "--model", model, "--count", "2", "--out", folder.File("asked"));
    }

    private static string Model(string name) => TestFiles.Data("cases", name, "model");

    private static string Prompts(string name) => TestFiles.Data("cases", name, "p.jsonl");

    private static void Copy(string name, TemporaryFolder folder, params string[] files)
    {
        foreach (var file in files) File.Copy(Path.Combine(Model(name), file), folder.File(file));
    }
}
