using System.Text.Json;
using SeqCont.Testing;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class LensAndOvTests
{
    [TestMethod]
    public void Lens_Demo_ReadsEveryRowAndWritesItsFiles()
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run("lens", "--num-samps", "4", "--length-samps", "2", "--out", folder.File("run"), "--json", "--quiet");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual("", run.Error);
        using var printed = JsonDocument.Parse(run.Out);
        var lens = printed.RootElement.GetProperty("lens");
        Assert.AreEqual("lens", printed.RootElement.GetProperty("analysis").GetString());
        Assert.AreEqual(5, lens.GetProperty("rows").GetArrayLength());
        Assert.AreEqual(" 5", lens.GetProperty("first").GetProperty("rows")[4].GetProperty("top")[0].GetProperty("text").GetString());
        Assert.AreEqual(1, lens.GetProperty("rows")[4].GetProperty("correct").GetProperty("topShare").GetDouble());
        Assert.AreEqual(3, lens.GetProperty("steps").GetProperty("study").GetProperty("earlierRow").GetInt32());
        CollectionAssert.AreEqual(new[] { 2, 3, 4, 5, 6, 7, 8 }, lens.GetProperty("lengths")
            .EnumerateArray().Select(length => length.GetProperty("members").GetInt32()).ToArray());
        string[] files = ["lens-lengths.svg", "lens-per-prompt.jsonl", "lens-rows.svg", "lens.json", "run.json"];
        CollectionAssert.AreEqual(files, Directory.GetFiles(folder.File("run"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        using var written = JsonDocument.Parse(File.ReadAllText(folder.File("run/lens.json")));
        Assert.IsTrue(JsonElement.DeepEquals(written.RootElement, lens));
        Assert.HasCount(12, File.ReadAllLines(folder.File("run/lens-per-prompt.jsonl")));
    }

    [TestMethod]
    [DataRow("fp32", 1e-3)]
    [DataRow("fp64", 1e-9)]
    public void Lens_DemoPrompts_LastRowIsTheReferencesPrediction(string precision, double tolerance)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("demo", "months-expected.json")));
        using var printed = Json("lens", "--clean", TestFiles.Data("demo", "months-clean.jsonl"), "--top-k", "10", "--precision", precision,
            "--no-lengths");
        var lens = printed.RootElement.GetProperty("lens");
        var top = lens.GetProperty("first").GetProperty("rows")[4].GetProperty("top");
        for (var i = 0; i < 10; i++)
        {
            var logit = expected.RootElement.GetProperty("logits_first_top10")[i];
            Assert.AreEqual(logit[0].GetInt32(), top[i].GetProperty("token").GetInt32());
            Assert.AreEqual(logit[1].GetDouble(), top[i].GetProperty("logit").GetDouble(), tolerance);
        }

        Assert.AreEqual(JsonValueKind.Null, lens.GetProperty("steps").ValueKind, "The members are unknown without --task.");
    }

    [TestMethod]
    public void Lens_TableForPeople_NamesRowsAndPair()
    {
        var run = Invocation.Run("lens", "--num-samps", "2", "--length-samps", "1", "--row", "1", "--as-published");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual("", run.Out);
        foreach (var text in new[] { "0 embeddings", "4 after block 3", "' 5'", "as published", "rows  1 and  2:", "members shown",
            "predicted peak memory" }) Assert.Contains(text, run.Error);
        Assert.Contains("the study's pair", run.ErrorLines.Single(line => line.Contains("rows  1 and  2", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Lens_ModelWithoutTokenizer_HasNoTexts()
    {
        using var folder = new TemporaryFolder();
        var prompts = folder.Write("p.jsonl", """{"tokens": [1, 2, 3], "corr": 4, "incorr": 5}""");
        using var printed = Json("lens", "--model", TestFiles.Data("tiny", "models", "tiny-2x3"), "--clean", prompts);
        var lens = printed.RootElement.GetProperty("lens");
        Assert.AreEqual(3, lens.GetProperty("rows").GetArrayLength());
        Assert.AreEqual(JsonValueKind.Null, lens.GetProperty("lengths").ValueKind);
        var console = Invocation.Run("lens", "--model", TestFiles.Data("tiny", "models", "tiny-2x3"), "--clean", prompts);
        Assert.Contains("[1, 2, 3]", console.Error);
        Assert.Contains("no tokenizer", console.Error);
    }

    [TestMethod]
    [DataRow("weekdays", 6)]
    [DataRow("letters", 8)]
    public void Lens_TasksBesideTheStudys_CountStepsAndLengths(string task, int longest)
    {
        using var printed = Json("lens", "--task", task, "--num-samps", "2", "--length-samps", "1");
        var lens = printed.RootElement.GetProperty("lens");
        Assert.AreEqual(4, lens.GetProperty("steps").GetProperty("pairs").GetArrayLength());
        Assert.AreEqual(longest, lens.GetProperty("lengths").EnumerateArray().Max(length => length.GetProperty("members").GetInt32()));
    }

    [TestMethod]
    public void Lens_TaskFile_CountsItsMembersAsTheBuiltInTask()
    {
        using var folder = new TemporaryFolder();
        var task = folder.Write("mine.json", $$"""{"members": [{{string.Join(", ", Enumerable.Range(1, 20).Select(i => $"\"{i}\""))}}]}""");
        using var mine = Json("lens", "--task", task, "--num-samps", "4", "--length-samps", "1");
        using var builtIn = Json("lens", "--task", "numerals", "--num-samps", "4", "--length-samps", "1");
        var (steps, expected) = (mine.RootElement.GetProperty("lens").GetProperty("steps"),
            builtIn.RootElement.GetProperty("lens").GetProperty("steps"));
        Assert.AreEqual(expected.GetRawText(), steps.GetRawText());
        Assert.AreEqual("mine", mine.RootElement.GetProperty("prompts").GetProperty("task").GetString());
    }

    [TestMethod]
    [DataRow("""{"members": ["1", "2", "3", "4", "5", "6"], "templates": {"bare": {"text": "We count to {member}"}}}""",
        "no place for a word")]
    [DataRow("""{"members": ["1", "2", "3", "4", "5", "6"], "others": {"members": ["7", "8", "9", "10", "11"]}, "templates": {"t": """
        + """{"text": "{word} {other} done in {member}."}}}""", "second sequence")]
    public void Lens_TaskWithoutLengths_SaysWhyAndCountsSteps(string content, string says)
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run("lens", "--task", folder.Write("task.json", content), "--num-samps", "1", "--json");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.Contains(says, run.Error);
        using var printed = JsonDocument.Parse(run.Out);
        Assert.AreEqual(JsonValueKind.Object, printed.RootElement.GetProperty("lens").GetProperty("steps").ValueKind);
    }

    [TestMethod]
    public void Lens_TaskOfFewWords_StopsAtTheLengthThatTheyFill()
    {
        using var folder = new TemporaryFolder();
        var task = folder.Write("few.json", """
            {"members": ["1", "2", "3", "4", "5", "6", "7", "8"], "templates": {"t": {"text": "{word} done in {member}."}},
             "words": {"objects": ["Van", "Hat", "Ring", "Coin", "Nut", "Gold"]}}
            """);
        using var printed = Json("lens", "--task", task, "--num-samps", "2", "--length-samps", "1");
        // Five shown members and the one asked for take all six words.
        Assert.AreEqual(5, printed.RootElement.GetProperty("lens")
            .GetProperty("lengths").EnumerateArray().Max(length => length.GetProperty("members").GetInt32()));
    }

    [TestMethod]
    public void Ov_TaskFileAndTasksBesideTheStudys_HaveMembers()
    {
        using var folder = new TemporaryFolder();
        using var weekdays = Json("ov", "--task", "weekdays");
        Assert.AreEqual("Monday", weekdays.RootElement.GetProperty("ov").GetProperty("members")[0].GetString());
        var task = folder.Write(
            "days.json", """{"name": "days", "members": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]}""");
        using var mine = Json("ov", "--task", task);
        Assert.AreEqual("days", mine.RootElement.GetProperty("ov").GetProperty("task").GetString());
        Assert.AreEqual(weekdays.RootElement.GetProperty("ov").GetProperty("heads").GetRawText(),
            mine.RootElement.GetProperty("ov").GetProperty("heads").GetRawText());
        Assert.AreEqual(task, mine.RootElement.GetProperty("prompts")
            .GetProperty("clean").GetProperty("files")[0].GetProperty("path").GetString());
    }

    [TestMethod]
    public void Ov_Demo_ScoresEveryHeadAndWritesItsFiles()
    {
        using var folder = new TemporaryFolder();
        using var printed = Json("ov", "--out", folder.File("run"));
        var ov = printed.RootElement.GetProperty("ov");
        Assert.AreEqual(32, ov.GetProperty("heads").GetArrayLength());
        Assert.AreEqual(16, ov.GetProperty("prompts").GetInt32());
        string[] files = ["ov-negative.svg", "ov.json", "ov.svg", "run.json"];
        CollectionAssert.AreEqual(files, Directory.GetFiles(folder.File("run"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        using var written = JsonDocument.Parse(File.ReadAllText(folder.File("run/ov.json")));
        Assert.IsTrue(JsonElement.DeepEquals(written.RootElement, ov));
        using var all = Json("ov", "--top-k", "1108");
        // Among all tokens everything is found, whatever the sign.
        foreach (var head in all.RootElement.GetProperty("ov").GetProperty("heads").EnumerateArray())
            foreach (var score in new[] { "copy", "next", "negativeCopy", "negativeNext" })
                Assert.AreEqual(100, head.GetProperty(score).GetDouble());
    }

    [TestMethod]
    public void Ov_AsPublished_ChangesMonthsNextOnly()
    {
        foreach (var task in new[] { "months", "numerals" })
        {
            using var plain = Json("ov", "--task", task);
            using var published = Json("ov", "--task", task, "--as-published");
            string Scores(JsonDocument run, string name) =>
                string.Join(' ', run.RootElement.GetProperty("ov")
                    .GetProperty("heads").EnumerateArray().Select(head => head.GetProperty(name).GetRawText()));
            Assert.AreEqual(task == "months", published.RootElement.GetProperty("ov").GetProperty("nextIsOrdinal").GetBoolean());
            Assert.AreEqual(Scores(plain, "copy"), Scores(published, "copy"));
            if (task == "months") Assert.AreNotEqual(Scores(plain, "next"), Scores(published, "next"));
            else Assert.AreEqual(Scores(plain, "next"), Scores(published, "next"));
        }
    }

    [TestMethod]
    public void Ov_ByMember_ShowsMembers()
    {
        var run = Invocation.Run("ov", "--task", "months", "--by-member");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.Contains("February", run.Error);
        Assert.Contains("negative next", run.Error);
    }

    [TestMethod]
    [DataRow(2, "--row", "lens", "--num-samps", "1", "--row", "4")]
    [DataRow(2, "--row", "lens", "--num-samps", "1", "--row", "x")]
    [DataRow(2, "--top-k", "lens", "--num-samps", "1", "--top-k", "1109")]
    [DataRow(2, "--top-k", "lens", "--top-k", "0")]
    [DataRow(2, "--no-lengths", "lens", "--no-lengths", "--length-samps", "3")]
    [DataRow(2, "--corrupt", "lens", "--corrupt", "x")]
    [DataRow(2, "--data", "lens", "--clean", "x", "--data", "y")]
    [DataRow(1, "missing.jsonl", "lens", "--clean", "missing.jsonl")]
    [DataRow(1, "memory", "lens", "--num-samps", "1", "--memory", "1MB")]
    [DataRow(2, "--top-k", "ov", "--top-k", "1109")]
    [DataRow(2, "--num-samps", "ov", "--num-samps", "3")]
    [DataRow(1, "memory", "ov", "--memory", "1MB")]
    public void Bad_Arguments_OneLine(int code, string says, params string[] args)
    {
        var run = Invocation.Run(args);
        Assert.AreEqual(code, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.Contains(says, run.Error);
        Assert.AreEqual("", run.Out);
    }

    [TestMethod]
    public void Ov_ModelWithoutTokenizer_OneLineAndNoFolder()
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run("ov", "--model", TestFiles.Data("tiny", "models", "tiny-2x3"), "--out", folder.File("run"));
        Assert.AreEqual(1, run.Code);
        Assert.HasCount(1, run.ErrorLines);
        Assert.Contains("vocab.json", run.Error);
        Assert.IsFalse(Directory.Exists(folder.File("run")));
    }

    [TestMethod]
    [DataRow("lens")]
    [DataRow("ov")]
    public void Cancelled_Before_Returns130AndLeavesNoFolder(string command)
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run([command, "--out", folder.File("run")], new CancellationToken(true));
        Assert.AreEqual(130, run.Code);
        Assert.IsFalse(Directory.Exists(folder.File("run")));
    }
}
