using System.Text.Json;
using SeqCont.Model;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class DataTests
{
    private const string Task = """
        {"name": "days", "members": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
         "templates": {"sold": {"text": "{word} sold in {member}.", "words": "things"}},
         "words": {"things": ["Gold", "Moon", "Snake", "Coin", "Nut", "Van", "Hat", "Ring"]}}
        """;

    [TestMethod]
    public void Generate_Default_ReportsAcceptanceAndWritesWhatDataReads()
    {
        using var folder = new TemporaryFolder();
        using var printed = Json("data", "generate", "--task", "numwords", "--count", "12", "--seed", "5", "--out", folder.Path);
        var root = printed.RootElement;
        Assert.AreEqual("study", root.GetProperty("filter").GetString());
        Assert.AreEqual("""["months"]""", JsonSerializer.Serialize(root.GetProperty("companions")
            .EnumerateArray().Select(name => name.GetString())));
        Assert.AreEqual(36, root.GetProperty("prompts").GetInt32());
        Assert.AreEqual(72, root.GetProperty("rows").GetInt32());
        Assert.AreEqual(root.GetProperty("accepted").GetInt32() / (double)root.GetProperty("tested").GetInt32(),
            root.GetProperty("acceptanceRate").GetDouble());
        Assert.HasCount(12, File.ReadAllLines(folder.File("numwords_prompts_names.jsonl")));
        Assert.HasCount(36, File.ReadAllLines(folder.File("randDS_numwords.jsonl")));
        using var beside = JsonDocument.Parse(File.ReadAllText(folder.File("numwords_generated.json")));
        Assert.AreEqual(root.GetProperty("templates").GetRawText(), beside.RootElement.GetProperty("templates").GetRawText());
        Assert.AreEqual(0, Invocation.Run("ablate", "--drop", "m0", "--task", "numwords", "--num-samps", "12", "--data", folder.Path).Code);
    }

    [TestMethod]
    public void Generate_WordsThatConfuse_ShowsRejectedPrompts()
    {
        using var folder = new TemporaryFolder();
        var task = folder.Write("m.json", """
            {"members": ["January", "February", "March", "April", "May", "June", "July", "August", "September"],
             "templates": {"x": {"text": "{word} done in {member}.", "words": "w"}},
             "words": {"w": ["Gold", "Moon", "Snake", "Coin", "Nut", "March", "May", "June", "August", "one", "six", "nine"]}}
            """);
        using var printed = Json("data", "generate", "--task", task, "--count", "10", "--out", folder.File("out"));
        var rejected = printed.RootElement.GetProperty("rejected");
        Assert.IsGreaterThan(0, rejected.GetArrayLength());
        foreach (var row in rejected.EnumerateArray())
            Assert.AreEqual(row.GetProperty("why").GetString() == "tooClose",
                row.GetProperty("top").GetString() == row.GetProperty("corr").GetString());
        var console = Invocation.Run("data", "generate", "--task", task, "--count", "10", "--out", folder.File("out"), "--force").Error;
        Assert.Contains("rejected, for example:", console);
        Assert.Contains(
            $"demo answers {printed.RootElement.GetProperty("accepted").GetInt32()} of "
                + $"{printed.RootElement.GetProperty("tested").GetInt32()} candidates", console);
    }

    [TestMethod]
    public void Task_File_WorksWhereverPromptsAreMade()
    {
        using var folder = new TemporaryFolder();
        var task = folder.Write("t.json", Task);
        Assert.Contains("sold in Monday.", Invocation.Run("data", "show", "--task", task, "--first", "1").Out);
        using var search = Json("prune", "nodes", "--task", task, "--num-samps", "12", "--one-iter");
        var prompts = search.RootElement.GetProperty("prompts");
        Assert.AreEqual("days", prompts.GetProperty("task").GetString());
        Assert.AreEqual(task, prompts.GetProperty("clean").GetProperty("files")[0].GetProperty("path").GetString());
        Assert.AreEqual(0, Invocation.Run("data", "generate", "--task", task, "--count", "12", "--out", folder.File("data")).Code);
        Assert.IsTrue(File.Exists(folder.File("data/days_prompts_sold.jsonl")));
        using var read = Json("ablate", "--drop", "m0", "--task", task, "--num-samps", "12", "--data", folder.File("data"));
        Assert.AreEqual(Hash(search, "clean"), Hash(read, "clean"));
    }

    [TestMethod]
    public void Export_EveryForm_IsTheSamePrompts()
    {
        using var folder = new TemporaryFolder();
        using var original = Json("ablate", "--drop", "m0", "--task", "months", "--num-samps", "4");
        string[] export = ["data", "export", "--task", "months", "--num-samps", "4"];
        foreach (var form in new string[][] { ["--out", folder.File("text")], ["--tokens", "--out", folder.File("tokens")] })
        {
            Assert.AreEqual(0, Invocation.Run([.. export, .. form]).Code);
            using var read = Json("ablate", "--drop", "m0", "--task", "months", "--num-samps", "4", "--data", form[^1]);
            foreach (var set in new[] { "clean", "corrupted" }) Assert.AreEqual(Hash(original, set), Hash(read, set), $"{form[0]} {set}");
        }

        Assert.AreEqual(0, Invocation.Run([.. export, "--bos", "--out", folder.File("p.safetensors")]).Code);
        using var tensors = SafetensorsFile.FromFile(folder.File("p.safetensors"));
        var expected = File.ReadAllLines(folder.File("tokens/months_prompts_lost.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var tokens = tensors.ReadIntegers("clean_tokens").Chunk(24).ToArray();
        Assert.HasCount(12, tokens);
        for (var i = 0; i < 4; i++)
        {
            CollectionAssert.AreEqual(expected[i].GetProperty("tokens")
                .EnumerateArray().Select(id => id.GetInt64()).Prepend(1107).ToArray(), tokens[4 + i]);
            Assert.AreEqual(expected[i].GetProperty("corr").GetInt64(), tensors.ReadIntegers("correct_ids")[4 + i]);
        }

        Assert.AreEqual(24, tensors.ReadIntegers("corrupted_lengths")[0]);
        Assert.AreEqual(0, Invocation.Run("data", "export", "--clean", folder.File("text/months_prompts_done.jsonl"), "--out",
            folder.File("one.jsonl")).Code);
        Assert.AreEqual(File.ReadAllText(folder.File("text/months_prompts_done.jsonl")), File.ReadAllText(folder.File("one.jsonl")));
    }

    private static string? Hash(JsonDocument run, string set) =>
        run.RootElement.GetProperty("prompts").GetProperty(set).GetProperty("tokensSha256").GetString();
}
