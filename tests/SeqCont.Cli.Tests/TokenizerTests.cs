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
        Invocation.Fails(1, "tokenizer.json:1: pre_tokenizer: expected type ByteLevel, got null", [.. args, Prompts("1-astral-letters")]);
        Assert.Contains("pre_tokenizer", Invocation.Done("model", "info", folder.Path).Out);
    }

    [TestMethod]
    [DataRow("tokenizer.json", """{"pre_tokenizer": null}""", "tokenizer.json:1: pre_tokenizer: expected type ByteLevel, got null; "
        + "--tokenizer vocab.json reads vocab.json and merges.txt instead")]
    [DataRow("tokenizer_config.json", "[", "tokenizer_config.json:1: not valid JSON")]
    [DataRow("added_tokens.json", """{"x": 7}""", "added_tokens.json")]
    [DataRow("vocab.json", "{}", "vocab.json: expected a token for every byte")]
    [DataRow("merges.txt", null, "merges.txt: not found")]
    public void Tokenizer_WithABadFile_MattersForTextAlone(string file, string? content, string says)
    {
        using var folder = new TemporaryFolder();
        Copy("1-astral-letters", folder, "config.json", "model.safetensors", "vocab.json", "merges.txt");
        if (content is null) File.Delete(folder.File(file));
        else folder.Write(file, content);
        string[] args = ["cache", "--hooks", "logits", "--model", folder.Path, "--force", "--out", folder.File("a.safetensors"), "--clean"];
        Invocation.Done([.. args, folder.Write("ids.jsonl", TwoIds)]);
        Invocation.Fails(1, says, [.. args, Prompts("1-astral-letters")]);
        Assert.Contains(says, Invocation.Done("model", "info", folder.Path).Out);
        string[] pair = [.. args, Prompts("1-astral-letters"), "--tokenizer", "vocab.json"];
        if (file == "tokenizer.json") Invocation.Done(pair);
        else Invocation.Fails(1, file, pair);
    }

    [TestMethod]
    public void Tokenizer_OfASnapshotThatMayLackFiles_SaysSoOnceAndOnlyForText()
    {
        const string unsure = "whether it has files that add tokens is not known";
        using var hub = new HubEnvironment();
        hub.Files["added_tokens.json"] = """{"[PAD]": 1108}"""u8.ToArray();
        Invocation.Done("model", "pull", "some/demo");
        var model = Path.Combine(hub.Cache, "models--some--demo");
        var (ids, text) = (hub.File("ids.jsonl"), hub.File("text.jsonl"));
        File.WriteAllText(ids, TwoIds);
        File.WriteAllText(text, """{"text": "1", "corr": "2", "incorr": "3"}""");
        Invocation Cache(string prompts) => Invocation.Run(
            "cache", "--hooks", "logits", "--model", "some/demo", "--clean", prompts, "--force", "--out", hub.File("a.safetensors"));
        Assert.DoesNotContain(unsure, Cache(text).Error);
        File.Delete(Path.Combine(model, "snapshots", HubEnvironment.Commit, "added_tokens.json"));
        Assert.AreEqual(0, Cache(ids).Code);
        Assert.Contains("added_tokens.json: not found, though the model has it; 'seqcont model pull some/demo' fetches it",
            Cache(text).Error);
        Assert.AreEqual(1, Invocation.Run("model", "verify", "some/demo").Code);
        // As an earlier version or another tool leaves it.
        Directory.Delete(Path.Combine(model, ".seqcont"), recursive: true);
        Assert.HasCount(1, Cache(text).ErrorLines.Where(line => line.Contains(unsure, StringComparison.Ordinal)));
        Assert.DoesNotContain(unsure, Cache(ids).Error);
        Invocation.Done("model", "pull", "some/demo");
        Assert.AreEqual("", string.Concat(Cache(text).ErrorLines.Where(line => line.Contains("added_tokens", StringComparison.Ordinal))));
        Assert.IsTrue(File.Exists(Path.Combine(model, "snapshots", HubEnvironment.Commit, "added_tokens.json")));
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
    [DataRow("openai-community/gpt2")]
    [DataRow("distilbert/distilgpt2")]
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
