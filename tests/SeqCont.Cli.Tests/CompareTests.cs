using System.Text.Json;
using System.Xml.Linq;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class CompareTests
{
    private const string Small = """{"heads": [[0, 1], [0, 4], [0, 7]], "mlps": [0, 1, 2, 3]}""";

    private static TemporaryFolder _runs = null!;

    [ClassInitialize]
    public static void Run(TestContext _)
    {
        _runs = new TemporaryFolder();
        foreach (var task in new[] { "numerals", "months" })
            Done("prune", "nodes", "--task", task, "--num-samps", "4", "--out", _runs.File(task));
        Done("prune", "edges", "--circuit", _runs.File("numerals/circuit.json"), "--num-samps", "4", "--min-drop", "0.02", "--out",
            _runs.File("edges"));
    }

    [ClassCleanup]
    public static void Remove() => _runs.Dispose();

    [TestMethod]
    public void Compare_RunsAndFiles_ScoresWhatOtherCommandsScore()
    {
        using var folder = new TemporaryFolder();
        var small = folder.Write("small.json", Small);
        using var printed = Json("compare", _runs.File("numerals"), _runs.File("months"), _runs.File("edges"), small, "--num-samps", "4",
            "--tasks", "numerals,months", "--random", "2", "--out", folder.File("run"));
        var root = printed.RootElement;
        CollectionAssert.AreEqual(new[] { "numerals", "months", "edges", "small" },
            root.GetProperty("circuits").EnumerateArray().Select(circuit => circuit.GetProperty("name").GetString()).ToArray());
        Assert.AreEqual(8, root.GetProperty("scores").GetArrayLength());
        foreach (var (name, file) in new[] { ("numerals", _runs.File("numerals/circuit.json")),
            ("months", _runs.File("months/circuit.json")), ("edges", _runs.File("edges/edges.json")), ("small", small) })
        {
            foreach (var task in new[] { "numerals", "months" })
            {
                using var alone = Json("ablate", "--keep", file, "--task", task, "--num-samps", "4");
                Assert.AreEqual(alone.RootElement.GetProperty("score").GetDouble(),
                    Score(root, name, task).GetProperty("score").GetDouble(), 1e-4, $"{name} on {task}");
                Assert.HasCount(2, Score(root, name, task).GetProperty("random").GetProperty("scores").EnumerateArray().ToArray());
            }
        }

        Assert.AreEqual(JsonValueKind.Null, Score(root, "small", "months").GetProperty("randomEdges").ValueKind);
        Assert.HasCount(2, Score(root, "edges", "months").GetProperty("randomEdges").GetProperty("scores").EnumerateArray().ToArray());
        Assert.AreEqual(Score(root, "numerals", "months").GetProperty("score").GetDouble(),
            Score(root, "edges", "months").GetProperty("nodeScore").GetDouble(), "The edges are between the same nodes.");
        var pair = root.GetProperty("overlap").GetProperty("pairs").EnumerateArray()
            .Single(pair => pair.GetProperty("first").GetString() == "numerals" && pair.GetProperty("second").GetString() == "edges");
        Assert.AreEqual(1, pair.GetProperty("nodeJaccard").GetDouble());
        Assert.AreEqual(JsonValueKind.Null, pair.GetProperty("sharedEdges").ValueKind);
        string[] files = ["compare-overlap.svg", "compare-scores.svg", "compare.json"];
        CollectionAssert.AreEqual(files, Directory.GetFiles(folder.File("run"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        foreach (var picture in files[..2]) XDocument.Load(folder.File($"run/{picture}"));
        using var written = JsonDocument.Parse(File.ReadAllText(folder.File("run/compare.json")));
        Assert.IsTrue(JsonElement.DeepEquals(written.RootElement.GetProperty("scores"), root.GetProperty("scores")));
        Assert.AreEqual(1, written.RootElement.GetProperty("schema").GetInt32());
    }

    [TestMethod]
    public void Compare_SeedAndTaskOrder_ChangeWhatTheyShould()
    {
        string[] command = ["compare", _runs.File("numerals"), "--num-samps", "2", "--random"];
        JsonElement Random(string seed, string tasks)
        {
            using var printed = Json([.. command, "3", "--seed", seed, "--tasks", tasks]);
            return Score(printed.RootElement, "numerals", "months").Clone();
        }

        var first = Random("0", "months");
        Assert.AreEqual(first.GetRawText(), Random("0", "numwords,months").GetRawText(), "A task's scores do not depend on the others.");
        Assert.AreNotEqual(first.GetProperty("random").GetRawText(), Random("1", "months").GetProperty("random").GetRawText());
        using var none = Json([.. command, "0", "--tasks", "months"]);
        Assert.AreEqual(JsonValueKind.Null, Score(none.RootElement, "numerals", "months").GetProperty("random").ValueKind);
    }

    [TestMethod]
    public void Compare_TableForPeople_NamesCircuitsTasksAndShared()
    {
        var run = Done("compare", _runs.File("numerals"), _runs.File("months"), _runs.File("edges"), "--num-samps", "2", "--random", "2",
            "--tasks", "months,numerals");
        Assert.AreEqual("", run.Out);
        foreach (var text in new[] { "numerals", "2 random edge sets", "all its edges", "2 random circuits", "full model", "shared nodes",
            "in all 3", "predicted peak memory" }) Assert.Contains(text, run.Error);
        var header = run.ErrorLines.Single(line => line.StartsWith("circuit ", StringComparison.Ordinal));
        Assert.IsLessThan(header.IndexOf("numerals", StringComparison.Ordinal), header.IndexOf("months", StringComparison.Ordinal),
            "Tasks stand in the order given.");
    }

    [TestMethod]
    public void Compare_DataFolder_ReadsItsPrompts()
    {
        using var folder = new TemporaryFolder();
        foreach (var task in new[] { "numerals", "months" })
            Done("data", "generate", "--task", task, "--count", "4", "--out", folder.File("data"));
        using var printed = Json("compare", _runs.File("numerals"), "--data", folder.File("data"), "--num-samps", "4", "--tasks",
            "numerals,months", "--random", "0");
        foreach (var task in printed.RootElement.GetProperty("tasks").EnumerateArray())
            Assert.AreEqual(3, task.GetProperty("clean").GetProperty("files").GetArrayLength());
    }

    [TestMethod]
    public void Compare_FolderOfARun_AddsToItAndNeedsForceOverItsOwn()
    {
        using var folder = new TemporaryFolder();
        Done("prune", "nodes", "--num-samps", "2", "--out", folder.File("run"));
        string[] command = ["compare", folder.File("run"), "--num-samps", "2", "--tasks", "numerals", "--random", "1", "--out",
            folder.File("run")];
        Done(command);
        Assert.IsTrue(File.Exists(folder.File("run/circuit.json")), "The run's own files stay.");
        Fails(1, "--force", command);
        Done([.. command, "--force"]);
        Done("report", folder.File("run"));
        var page = File.ReadAllText(folder.File("run/report.html"));
        foreach (var part in new[] { "circuit", "compare" }) Assert.Contains($"<section id=\"{part}\"", page);
    }

    [TestMethod]
    public void Compare_BadCircuits_OneLineAndNoFolder()
    {
        using var folder = new TemporaryFolder();
        Fails(2, "given twice", "compare", _runs.File("numerals"), _runs.File("numerals/circuit.json"));
        Fails(1, "no edges.json or circuit.json", "compare", folder.Path);
        void Bad(string says, string content) =>
            Fails(1, says, "compare", folder.Write("bad.json", content), "--num-samps", "2", "--out", folder.File("run"));
        Bad("bad.json", "{oops");
        Bad("heads", """{"heads": [[9, 0]], "mlps": []}""");
        Bad("schema", """{"schema": 7, "heads": [], "mlps": []}""");
        Bad("a0.h0", """{"heads": [], "mlps": [0], "edges": [{"edge": "a0.h0->m0", "kept": true}]}""");
        Bad("bad.json", "[]");
        Fails(1, "missing", "compare", _runs.File("numerals"), "--data", folder.File("missing"), "--out", folder.File("run"));
        Fails(1, "memory", "compare", _runs.File("numerals"), "--memory", "1MB", "--out", folder.File("run"));
        Assert.IsFalse(Directory.Exists(folder.File("run")));
    }

    [TestMethod]
    public void Compare_Cancelled_Returns130AndLeavesNoFolder()
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run(["compare", _runs.File("numerals"), "--out", folder.File("run")], new CancellationToken(true));
        Assert.AreEqual(130, run.Code);
        Assert.IsFalse(Directory.Exists(folder.File("run")));
    }

    private static JsonElement Score(JsonElement root, string circuit, string task) =>
        root.GetProperty("scores").EnumerateArray()
            .Single(score => score.GetProperty("circuit").GetString() == circuit && score.GetProperty("task").GetString() == task);
}
