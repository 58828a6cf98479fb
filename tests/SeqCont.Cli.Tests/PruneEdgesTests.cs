using System.Diagnostics;
using System.Text.Json;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class PruneEdgesTests
{
    private const string DemoCircuit =
        """{"heads": [[0, 0], [0, 1], [0, 2], [0, 3], [0, 4], [0, 5], [0, 6], [0, 7]], "mlps": [0, 1, 2, 3]}""";

    [TestMethod]
    public void PruneEdges_DemoCircuit_WritesEdgesThatAblateScoresAlike()
    {
        using var folder = new TemporaryFolder();
        var circuit = folder.Write("circuit.json", DemoCircuit);
        var clock = Stopwatch.StartNew();
        var run = Invocation.Run("prune", "edges", "--circuit", circuit, "--out", folder.File("run"), "--json", "--quiet");
        Assert.IsLessThan(5, clock.Elapsed.TotalSeconds);
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual("", run.Error);
        string[] files = ["circuit.json", "edges-trace.jsonl", "edges.json", "per-prompt.jsonl", "run.json", "settings.json"];
        CollectionAssert.AreEqual(files, Directory.GetFiles(folder.File("run"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        using var edges = JsonDocument.Parse(File.ReadAllText(folder.File("run/edges.json")));
        Assert.AreEqual(50, edges.RootElement.GetProperty("edges").GetArrayLength());
        Assert.HasCount(50, File.ReadAllLines(folder.File("run/edges-trace.jsonl")));
        foreach (var edge in edges.RootElement.GetProperty("edges").EnumerateArray())
            Assert.AreEqual(edge.GetProperty("ratio").GetDouble() < 0.8, edge.GetProperty("kept").GetBoolean(), edge.GetRawText());
        using var printed = JsonDocument.Parse(run.Out);
        Assert.IsTrue(JsonElement.DeepEquals(edges.RootElement, printed.RootElement.GetProperty("edgeSet")));

        var again = Invocation.Run("ablate", "--keep", folder.File("run/edges.json"), "--json", "--quiet");
        Assert.AreEqual(0, again.Code, again.Error);
        using var ablated = JsonDocument.Parse(again.Out);
        Assert.AreEqual(printed.RootElement.GetProperty("score").GetDouble(), ablated.RootElement.GetProperty("score").GetDouble());
        Assert.AreEqual(edges.RootElement.GetProperty("finalRatio").GetDouble(), ablated.RootElement.GetProperty("score").GetDouble() / 100,
            1e-12);
    }

    [TestMethod]
    [DataRow("--circuit")]
    [DataRow("--all-edges")]
    public void PruneEdges_InterruptedAndResumed_SameBytes(string kind)
    {
        using var folder = new TemporaryFolder();
        string[] search = ["prune", "edges", kind, .. kind == "--circuit"
            ? [folder.Write("circuit.json", DemoCircuit)] : Array.Empty<string>(), "--num-samps", "1", "--quiet"];
        Assert.AreEqual(0, Invocation.Run([.. search, "--out", folder.File("whole")]).Code);
        var rows = File.ReadAllBytes(folder.File("whole/edges-trace.jsonl"));
        foreach (var share in new[] { 0.0, 0.3, 0.9, 1.0 })
        {
            // What an interruption leaves: settings, some decisions, part of a line.
            var run = folder.File($"run{share}");
            Directory.CreateDirectory(run);
            File.Copy(folder.File("whole/settings.json"), Path.Combine(run, "settings.json"));
            File.WriteAllBytes(Path.Combine(run, "edges-trace.jsonl"), rows[..(int)(share * rows.Length)]);
            var resumed = Invocation.Run([.. search, "--out", run, "--resume"]);
            Assert.AreEqual(0, resumed.Code, resumed.Error);
            foreach (var name in new[] { "edges-trace.jsonl", "edges.json", "circuit.json", "per-prompt.jsonl" })
                CollectionAssert.AreEqual(File.ReadAllBytes(folder.File($"whole/{name}")), File.ReadAllBytes(Path.Combine(run, name)),
                    $"{share}, {name}");
        }

        var other = Invocation.Run([.. search, "--threshold", "0.5", "--out", folder.File("whole"), "--resume"]);
        Assert.AreEqual(1, other.Code);
        Assert.Contains("the run was started with rule", other.Error);
    }

    [TestMethod]
    public void PruneEdges_CircuitBelowTheThreshold_Warns()
    {
        using var folder = new TemporaryFolder();
        var circuit = folder.Write("circuit.json", DemoCircuit);
        var run = Invocation.Run("prune", "edges", "--circuit", circuit, "--num-samps", "4", "--threshold", "0.95");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.Contains("warning: the unpatched circuit stands below the threshold", run.Error);
        Assert.Contains("kept edges as a whole", run.Error);
        Assert.IsFalse(Invocation.Run(
            "prune", "edges", "--circuit", circuit, "--num-samps", "4", "--threshold", "0.5").Error.Contains("warning",
            StringComparison.Ordinal));
    }

    [TestMethod]
    [DataRow(2, "--circuit FILE", "prune", "edges")]
    [DataRow(2, "--circuit FILE", "prune", "edges", "--circuit", "c.json", "--all-edges")]
    [DataRow(2, "--as-published", "prune", "edges", "--circuit", "c.json", "--as-published", "--paths", "strict")]
    [DataRow(2, "--as-published", "prune", "edges", "--all-edges", "--as-published")]
    [DataRow(2, "--min-drop", "prune", "edges", "--circuit", "c.json", "--threshold", "0.8", "--min-drop", "0.1")]
    [DataRow(2, "--threshold", "prune", "edges", "--circuit", "c.json", "--threshold", "NaN")]
    [DataRow(2, "--paths", "prune", "edges", "--circuit", "c.json", "--paths", "all")]
    [DataRow(2, "--resume", "prune", "edges", "--all-edges", "--resume")]
    [DataRow(1, "c.json", "prune", "edges", "--circuit", "c.json", "--num-samps", "1")]
    [DataRow(1, "memory", "prune", "edges", "--all-edges", "--memory", "1MB", "--num-samps", "1")]
    public void PruneEdges_WrongUse_OneLineAndCode(int code, string says, params string[] args)
    {
        var run = Invocation.Run(args);
        Assert.AreEqual(code, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.Contains(says, run.Error);
        Assert.AreEqual("", run.Out);
    }

    [TestMethod]
    public void PruneEdges_PartnersOfOtherLength_OneLine()
    {
        using var folder = new TemporaryFolder();
        var clean = folder.Write("clean.jsonl", """{"tokens": [1, 2], "corr": 4, "incorr": 5}""");
        var corrupt = folder.Write("corrupt.jsonl", """{"tokens": [1, 2, 3], "corr": 4, "incorr": 5}""");
        var run = Invocation.Run("prune", "edges", "--circuit", folder.Write("circuit.json", DemoCircuit), "--clean", clean, "--corrupt",
            corrupt, "--out", folder.File("run"));
        Assert.AreEqual(1, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.Contains("patching pairs them token by token", run.Error);
        Assert.IsFalse(Directory.Exists(folder.File("run")), "A run folder is left.");
    }

    [TestMethod]
    public void Ablate_EdgesWithDrop_IsAUsageError()
    {
        using var folder = new TemporaryFolder();
        var edges = folder.Write(
            "edges.json",
            """{"heads": [[0, 0]], "mlps": [0], "edges": [{"edge": "a0.h0->m0", "kept": true}, {"edge": "m0->logits", "kept": true}]}""");
        Assert.AreEqual(0, Invocation.Run("ablate", "--keep", edges, "--num-samps", "1").Code);
        var run = Invocation.Run("ablate", "--keep", edges, "--drop", "m0", "--num-samps", "1");
        Assert.AreEqual(2, run.Code, run.Error);
        Assert.Contains("names edges", run.Error);
    }
}
