using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>Bad input: the right exit code, one line on stderr that says where, nothing on stdout, no run folder.</summary>
[TestClass]
public sealed class BadInputTests
{
    private const string Good = """{"tokens": [1, 2, 3], "corr": 4, "incorr": 5}""";
    private const string Text = """{"text": "Gold done in 1. Moon done in", "corr": " 2", "incorr": " 1"}""";

    [TestMethod]
    [DataRow(2, "--threshold", "prune", "nodes", "--threshold", "101")]
    [DataRow(2, "--threshold", "prune", "nodes", "--threshold", "NaN")]
    [DataRow(2, "--corrupt", "prune", "nodes", "--clean", "x.jsonl")]
    [DataRow(2, "--clean", "prune", "nodes", "--corrupt", "x.jsonl")]
    [DataRow(2, "--data", "prune", "nodes", "--clean", "x", "--corrupt", "y", "--data", "z")]
    [DataRow(2, "--num-samps", "prune", "nodes", "--clean", "x", "--corrupt", "y", "--num-samps", "4")]
    [DataRow(2, "--num-samps", "prune", "nodes", "--num-samps", "0")]
    [DataRow(2, "--task", "prune", "nodes", "--task", "years")]
    [DataRow(2, "--memory", "prune", "nodes", "--memory", "lots")]
    [DataRow(2, "--threads", "prune", "nodes", "--threads", "-1")]
    [DataRow(2, "--precision", "prune", "nodes", "--precision", "tf32")]
    [DataRow(2, "--precision", "prune", "nodes", "--precision", "fp64", "--device", "cuda")]
    [DataRow(2, "--threads", "prune", "nodes", "--threads", "2", "--device", "cuda")]
    [DataRow(2, "--device", "prune", "nodes", "--device", "cuda:")]
    [DataRow(2, "--device", "prune", "nodes", "--device", "cuda:99999")]
    [DataRow(2, "--device", "prune", "nodes", "--device", "tpu")]
    [DataRow(1, "memory", "prune", "nodes", "--memory", "1MB")]
    [DataRow(1, "gpt2", "prune", "nodes", "--model", "gpt2")]
    [DataRow(2, "a9.h1", "ablate", "--drop", "9.1")]
    [DataRow(2, "m4", "ablate", "--drop", "m4")]
    [DataRow(2, "h1.1", "ablate", "--drop", "h1.1")]
    [DataRow(2, "m1", "ablate", "--drop", "m1,m1")]
    [DataRow(2, "--keep", "ablate")]
    [DataRow(2, "bogus", "bogus")]
    [DataRow(2, "--bogus", "prune", "nodes", "--bogus")]
    [DataRow(2, "command", "prune")]
    [DataRow(2, "--out", "data", "generate")]
    [DataRow(2, "--count", "data", "generate", "--count", "0", "--out", "x")]
    [DataRow(2, "--filter", "data", "generate", "--filter", "some", "--out", "x")]
    [DataRow(2, "--no-bos", "data", "generate", "--bos", "--no-bos", "--out", "x")]
    [DataRow(1, "missing.json: not found", "data", "generate", "--task", "missing.json", "--out", "x")]
    [DataRow(1, "missing.json: not found", "prune", "nodes", "--task", "missing.json")]
    [DataRow(2, "--out", "data", "export")]
    [DataRow(2, "--bos", "data", "export", "--bos", "--out", "x")]
    [DataRow(1, "missing.jsonl", "data", "export", "--clean", "missing.jsonl", "--out", "x")]
    [DataRow(2, "argument missing", "compare")]
    [DataRow(2, "--random", "compare", "c.json", "--random", "-1")]
    [DataRow(2, "--random", "compare", "c.json", "--random", "few")]
    [DataRow(2, "'years'", "compare", "c.json", "--tasks", "numerals,years")]
    [DataRow(2, "''", "compare", "c.json", "--tasks", "numerals,")]
    [DataRow(2, "months is given twice", "compare", "c.json", "--tasks", "months,numerals,months")]
    [DataRow(2, "--ablation", "compare", "c.json", "--ablation", "some")]
    [DataRow(1, "c.json: not found", "compare", "c.json")]
    [DataRow(2, "--heads", "attention", "--heads", "m1")]
    [DataRow(2, "a9.h1", "attention", "--heads", "9.1")]
    [DataRow(2, "--circuit", "attention", "--heads", "0.1", "--circuit", "c.json")]
    [DataRow(1, "c.json", "attention", "--circuit", "c.json")]
    [DataRow(2, "--per-prompt", "attention", "--per-prompt")]
    [DataRow(1, "memory", "attention", "--memory", "1MB")]
    [DataRow(1, "memory", "data", "generate", "--memory", "1MB", "--out", "x")]
    [DataRow(1, "128", "attention", "--task", "interleaved", "--num-samps", "129")]
    [DataRow(2, "import", "data", "import")]
    [DataRow(1, "missing.jsonl", "data", "show", "missing.jsonl")]
    [DataRow(1, "missing.pkl", "data", "import", "missing.pkl", "--out", "x")]
    public void Command_WrongUse_OneLineAndCode(int code, string says, params string[] args) => Fails(Invocation.Run(args), code, says);

    [TestMethod]
    [DataRow("", Good, "clean.jsonl: expected at least one prompt", DisplayName = "Empty file")]
    [DataRow(Good + "\n{oops", Good, "clean.jsonl:2", DisplayName = "Bad JSON")]
    [DataRow("""{"tokens": [1, 2], "corr": 4}""", Good, "clean.jsonl:1", DisplayName = "Missing field")]
    [DataRow(Good, """{"tokens": [1, 99999, 3], "corr": 4, "incorr": 5}""", "corrupt.jsonl: row 1",
        DisplayName = "Token outside the vocabulary")]
    [DataRow("""{"text": "Gold done in", "corr": " 123456", "incorr": " 1"}""", Text, "clean.jsonl: row 1",
        DisplayName = "Answer of several tokens")]
    [DataRow(Text + "\n" + """{"text": "Gold done in 1. Moon done in", "corr": " 1", "incorr": " 1"}""", Text, "clean.jsonl: row 2",
        DisplayName = "Equal answers")]
    [DataRow("""{"tokens": [1, 2, 3, 4], "corr": 4, "incorr": 5}""", Good, "prompt 1 has 4 tokens",
        DisplayName = "Longer than every corrupted prompt")]
    [DataRow("""{"text": "Gold done in 1. Moon done in 2. Snake done in 3. Coin done in 4. Nut done in", "corr": " 9", "incorr": " 5"}""",
        Text + "\n"
            + """{"text": "Gold done in 7. Moon done in 4. Snake done in 5. Coin done in 3. Nut done in", "corr": " 5", "incorr": " 4"}""",
            "faithfulness is undefined", DisplayName = "The full model prefers the wrong answers")]
    public void Prompts_Bad_OneLineThatNamesThem(string clean, string corrupt, string says) => FailsOnPrompts(clean, corrupt, says);

    [TestMethod]
    public void Prompts_LongerThanTheContext_OneLine() =>
        FailsOnPrompts($$"""{"tokens": [{{string.Join(", ", Enumerable.Repeat(1, 65))}}], "corr": 4, "incorr": 5}""", Good,
            "clean.jsonl: row 1: expected at most 64 tokens");

    [TestMethod]
    public void Prompts_Unpaired_OneLine() => FailsOnPrompts(Good + "\n" + Good, Good, "2 clean and 1 corrupted", "--ablation", "resample");

    [TestMethod]
    public void Prompts_PartnersOfOtherLength_OneLine() =>
        FailsOnPrompts("""{"tokens": [1, 2], "corr": 4, "incorr": 5}""", Good, "prompt 1", "--ablation", "resample");

    [TestMethod]
    [DataRow("""{"members": ["Monday"]}""", "members: expected more than 4")]
    [DataRow("""{"members": ["a", "b", "c", "d", "Zyzzyva"]}""", "expected exactly one token")]
    [DataRow("{", "not valid JSON")]
    public void Task_BadFile_OneLine(string content, string says)
    {
        using var folder = new TemporaryFolder();
        var task = folder.Write("t.json", content);
        foreach (var command in new string[][] { ["prune", "nodes"], ["attention"], ["data", "generate", "--out", folder.File("out")] })
        {
            Fails(Invocation.Run([.. command, "--task", task]), 1, says);
            Assert.IsFalse(Directory.Exists(folder.File("out")));
        }
    }

    [TestMethod]
    public void DataGenerate_ModelThatAnswersNothing_OneLineAndNoFiles()
    {
        using var folder = new TemporaryFolder();
        Fails(Invocation.Run("data", "generate", "--bos", "--out", folder.File("out")), 1, "the model answers too few of the prompts");
        Assert.IsFalse(Directory.Exists(folder.File("out")));
    }

    [TestMethod]
    public void Pickle_ThatCalls_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var pickle = folder.Write("evil.pkl", "cos\nsystem\n(S'touch pwned'\ntR.");
        Fails(Invocation.Run("data", "import", pickle, "--out", folder.File("out")), 1, "evil.pkl");
        Assert.IsFalse(Directory.Exists(folder.File("out")));
    }

    [TestMethod]
    [DataRow("""{"schema": 2, "heads": [], "mlps": []}""", "schema")]
    [DataRow("""{"heads": [[0, 8]], "mlps": []}""", "heads")]
    [DataRow("""{"heads": [], "mlps": [4]}""", "mlps")]
    [DataRow("""{"edges": []}""", "heads")]
    [DataRow("""{"heads": [[0]]""", "JSON")]
    [DataRow("[]", "circuit")]
    public void Circuit_Bad_OneLineThatNamesIt(string content, string says)
    {
        using var folder = new TemporaryFolder();
        var circuit = folder.Write("circuit.json", content);
        foreach (var run in new[] { Invocation.Run("ablate", "--keep", circuit, "--num-samps", "2"),
            Invocation.Run("prune", "nodes", "--start", circuit, "--num-samps", "2") })
        {
            Fails(run, 1, "circuit.json");
            Assert.Contains(says, run.Error);
        }
    }

    [TestMethod]
    public void Out_NotAFolder_OneLine()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("file", "");
        Fails(Invocation.Run("prune", "nodes", "--out", file), 1, file);
        Fails(Invocation.Run("prune", "nodes", "--out", Path.Combine(file, "below")), 1, file);
    }

    [TestMethod]
    [DataRow("truncated", "model.safetensors")]
    [DataRow("length", "model.safetensors")]
    [DataRow("nan", "NaN")]
    [DataRow("layers", "model.safetensors")]
    [DataRow("activation", "config.json")]
    [DataRow("no-config", "config.json")]
    [DataRow("no-weights", "model.safetensors")]
    [DataRow("half-tokenizer", "merges.txt")]
    [DataRow("no-tokenizer", "vocab.json")]
    public void Model_Bad_OneLineThatNamesTheFile(string damage, string says)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "config.json", "model.safetensors" })
            File.Copy(TestFiles.Data("tiny", "models", "tiny-2x3", file), folder.File(file));
        Damage(folder, damage);
        string[] prompts = damage.EndsWith("tokenizer", StringComparison.Ordinal)
            ? [] : ["--clean", folder.Write("c.jsonl", Good), "--corrupt", folder.Write("d.jsonl", Good)];
        Fails(Invocation.Run(["prune", "nodes", "--model", folder.Path, "--out", folder.File("run"), .. prompts]), 1, says);
        Assert.IsFalse(Directory.Exists(folder.File("run")), "A run folder is left.");
    }

    private static void Damage(TemporaryFolder folder, string damage)
    {
        var (weights, config) = (folder.File("model.safetensors"), folder.File("config.json"));
        var bytes = File.ReadAllBytes(weights);
        switch (damage)
        {
            case "truncated": File.WriteAllBytes(weights, bytes[..20]); break;
            case "length": bytes[7] = 1; File.WriteAllBytes(weights, bytes); break;
            case "nan": bytes.AsSpan(bytes.Length - 8).Fill(0xFF); File.WriteAllBytes(weights, bytes); break;
            case "layers": Replace(config, "\"n_layer\": 2", "\"n_layer\": 3"); break;
            case "activation": Replace(config, "gelu_new", "tanh"); break;
            case "no-config": File.Delete(config); break;
            case "no-weights": File.Delete(weights); break;
            case "half-tokenizer": folder.Write("vocab.json", "{}"); break;
        }
    }

    private static void Replace(string path, string old, string with)
    {
        var text = File.ReadAllText(path);
        Assert.Contains(old, text);
        File.WriteAllText(path, text.Replace(old, with, StringComparison.Ordinal));
    }

    private static void FailsOnPrompts(string clean, string corrupt, string says, params string[] more)
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run([
            "prune", "nodes", "--clean", folder.Write("clean.jsonl", clean), "--corrupt", folder.Write("corrupt.jsonl", corrupt), "--out",
            folder.File("run"), .. more]);
        Fails(run, 1, says);
        Assert.IsFalse(Directory.Exists(folder.File("run")), "A run folder is left.");
    }

    private static void Fails(Invocation run, int code, string says)
    {
        Assert.AreEqual(code, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.Contains(says, run.Error);
        Assert.AreEqual("", run.Out);
    }
}
