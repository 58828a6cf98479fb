using System.Text.Json;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class PruneNodesTests
{
    [TestMethod]
    public void PruneNodes_DemoPrompts_FindsTheReferenceCircuitAndWritesIt()
    {
        using var folder = new TemporaryFolder();
        var (clean, corrupt) = (TestFiles.Data("demo", "numerals-clean.jsonl"), TestFiles.Data("demo", "numerals-corrupt.jsonl"));
        var run = Invocation.Run("prune", "nodes", "--clean", clean, "--corrupt", corrupt, "--out", folder.File("run"), "--json",
            "--quiet");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual("", run.Error);

        using var expected = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("demo", "numerals-expected.json")));
        var search = expected.RootElement.GetProperty("searches")[0];
        using var circuit = JsonDocument.Parse(File.ReadAllText(folder.File("run/circuit.json")));
        Assert.AreEqual(1, circuit.RootElement.GetProperty("schema").GetInt32());
        foreach (var part in new[] { "heads", "mlps" })
            Assert.IsTrue(JsonElement.DeepEquals(search.GetProperty("circuit").GetProperty(part), circuit.RootElement.GetProperty(part)),
                part);
        Assert.AreEqual(search.GetProperty("score").GetDouble(), circuit.RootElement.GetProperty("score").GetDouble(), 0.01);

        var trace = File.ReadAllLines(folder.File("run/trace.jsonl"));
        Assert.HasCount(search.GetProperty("trace").GetArrayLength(), trace);
        Assert.HasCount(File.ReadAllLines(clean).Length, File.ReadAllLines(folder.File("run/per-prompt.jsonl")));
        string[] files = ["circuit.json", "per-prompt.jsonl", "run.json", "settings.json", "trace.jsonl"];
        CollectionAssert.AreEqual(files, Directory.GetFiles(folder.File("run"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());

        using var printed = JsonDocument.Parse(run.Out);
        using var record = JsonDocument.Parse(File.ReadAllText(folder.File("run/run.json")));
        Assert.AreEqual(record.RootElement.GetProperty("score").GetDouble(), printed.RootElement.GetProperty("score").GetDouble());
        Assert.AreEqual(trace.Length, record.RootElement.GetProperty("candidates").GetInt32());
        Assert.IsGreaterThan(0, record.RootElement.GetProperty("host").GetProperty("memory").GetProperty("peakBytes").GetInt64());
        Assert.AreEqual(64, record.RootElement.GetProperty("prompts")
            .GetProperty("clean").GetProperty("files")[0].GetProperty("sha256").GetString()!.Length);
    }

    [TestMethod]
    public void PruneNodes_WithoutFolder_PrintsGridAndScoreForPeopleOnly()
    {
        var run = Invocation.Run("prune", "nodes", "--num-samps", "8");
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.AreEqual("", run.Out);
        Assert.Contains("built-in generator (generator seed 0)", run.Error);
        Assert.Contains("MLP", run.Error);
        Assert.Contains("% of the full model's mean logit difference", run.Error);
        Assert.Contains("predicted peak memory", run.Error);
    }

    [TestMethod]
    public void PruneNodes_ZeroThresholdFromACircuit_KeepsIt()
    {
        using var folder = new TemporaryFolder();
        var start = folder.Write("start.json", """{"heads": [[0, 1], [3, 7]], "mlps": [0]}""");
        var run = Invocation.Run("prune", "nodes", "--num-samps", "8", "--threshold", "0", "--start", start, "--one-iter", "--json",
            "--quiet");
        Assert.AreEqual(0, run.Code, run.Error);
        using var printed = JsonDocument.Parse(run.Out);
        Assert.AreEqual("[[0, 1], [3, 7]]", printed.RootElement.GetProperty("circuit").GetProperty("heads").GetRawText());
        Assert.AreEqual(3, printed.RootElement.GetProperty("candidates").GetInt32());
    }

    [TestMethod]
    public void PruneNodes_EmptyCircuit_StaysEmpty()
    {
        using var folder = new TemporaryFolder();
        var start = folder.Write("start.json", """{"heads": [], "mlps": []}""");
        var run = Invocation.Run("prune", "nodes", "--num-samps", "8", "--start", start, "--out", folder.File("run"), "--json", "--quiet");
        Assert.AreEqual(0, run.Code, run.Error);
        using var printed = JsonDocument.Parse(run.Out);
        Assert.AreEqual(0, printed.RootElement.GetProperty("keptHeads").GetInt32());
        Assert.AreEqual("", File.ReadAllText(folder.File("run/trace.jsonl")));
    }

    [TestMethod]
    public void PruneNodes_ExistingRun_IsRefusedAndReplacedWithForce()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["prune", "nodes", "--num-samps", "4", "--one-iter", "--quiet", "--json", "--out", folder.File("run")];
        Assert.AreEqual(0, Invocation.Run(command).Code);
        File.WriteAllText(folder.File("run/each.jsonl"), "old");
        var before = File.ReadAllText(folder.File("run/run.json"));
        var refused = Invocation.Run(command);
        Assert.AreEqual(1, refused.Code);
        Assert.Contains("--force", refused.Error);
        Assert.AreEqual(before, File.ReadAllText(folder.File("run/run.json")));
        Assert.AreEqual(0, Invocation.Run([.. command, "--force"]).Code);
        Assert.AreNotEqual(before, File.ReadAllText(folder.File("run/run.json")));
        Assert.IsFalse(File.Exists(folder.File("run/each.jsonl")), "Files of two runs are mixed.");
    }

    [TestMethod]
    public void PruneNodes_ThreadsAndMemory_SameTrace()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["prune", "nodes", "--num-samps", "8", "--quiet"];
        Assert.AreEqual(0, Invocation.Run([.. command, "--out", folder.File("a"), "--threads", "1"]).Code);
        Assert.AreEqual(0, Invocation.Run([.. command, "--out", folder.File("b"), "--threads", "2", "--memory", "90MB"]).Code);
        Assert.AreEqual(File.ReadAllText(folder.File("a/trace.jsonl")), File.ReadAllText(folder.File("b/trace.jsonl")));
    }

    [TestMethod]
    public void PruneNodes_CancelledBefore_Returns130AndLeavesNoFolder()
    {
        using var folder = new TemporaryFolder();
        var run = Invocation.Run(["prune", "nodes", "--num-samps", "4", "--out", folder.File("run")], new CancellationToken(true));
        Assert.AreEqual(130, run.Code);
        Assert.HasCount(1, run.ErrorLines);
        Assert.IsFalse(Directory.Exists(folder.File("run")));
    }
}
