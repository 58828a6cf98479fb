using System.Diagnostics;
using System.Text.Json;

namespace SeqCont.Cli.Tests;

/// <summary>The program as a process of its own.</summary>
[TestClass]
public sealed class ProcessTests
{
    [TestMethod]
    public void Help_EveryCommand_DescribesItself()
    {
        string[] commands =
        [
            "", "prune", "prune nodes", "prune edges", "ablate", "compare", "attention", "lens", "ov", "cache", "model", "model pull",
            "model list", "model info", "model verify", "model remove",
            "data", "data generate", "data import", "data export", "data show", "report", "verify", "bench", "devices",
        ];
        foreach (var command in commands)
        {
            var run = Invocation.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.AreEqual(0, run.Code, command);
            Assert.Contains("Usage:", run.Out);
            Assert.AreEqual("", run.Error);
        }
    }

    [TestMethod]
    public void Process_Version_PrintsIt()
    {
        using var process = Invocation.Start("--version");
        var run = Invocation.Finish(process);
        Assert.AreEqual(0, run.Code);
        Assert.StartsWith("seqcont 0.", run.Out);
    }

    [TestMethod]
    public void Process_Json_PrintsOneObjectOnly()
    {
        using var process = Invocation.Start("prune", "nodes", "--num-samps", "4", "--json");
        var run = Invocation.Finish(process);
        Assert.AreEqual(0, run.Code, run.Error);
        using var printed = JsonDocument.Parse(run.Out);
        Assert.AreEqual(JsonValueKind.Object, printed.RootElement.ValueKind);
        Assert.Contains("kept", run.Error);
    }

    [TestMethod]
    public void Process_WrongUsage_Returns2() => Returns(2, "prune", "nodes", "--threshold", "x");

    [TestMethod]
    public void Process_MissingModel_Returns1() => Returns(1, "model", "info", "no-such-model");

    [TestMethod]
    public void Process_Interrupted_LeavesAValidTraceAndReturns130()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) Assert.Inconclusive("Sends SIGINT with kill.");
        using var folder = new TemporaryFolder();
        var trace = folder.File("run/trace.jsonl");
        // In double precision, so that it is still searching when the signal comes.
        using var process = Invocation.Start("prune", "nodes", "--precision", "fp64", "--quiet", "--out", folder.File("run"));
        var deadline = Stopwatch.StartNew();
        while (!process.HasExited && (!File.Exists(trace) || new FileInfo(trace).Length == 0) && deadline.Elapsed < TimeSpan.FromMinutes(1))
            Thread.Sleep(10);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        var run = Invocation.Finish(process);
        Assert.AreEqual(130, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines);
        var rows = File.ReadAllLines(trace);
        Assert.IsNotEmpty(rows);
        for (var i = 0; i < rows.Length; i++)
        {
            using var row = JsonDocument.Parse(rows[i]);
            Assert.AreEqual(i + 1, row.RootElement.GetProperty("index").GetInt32());
        }

        Assert.Contains($"after {rows.Length} decisions", run.Error);
        Assert.IsFalse(File.Exists(folder.File("run/run.json")), "A cancelled run looks whole.");
    }

    private static void Returns(int code, params string[] args)
    {
        using var process = Invocation.Start(args);
        var run = Invocation.Finish(process);
        Assert.AreEqual(code, run.Code, run.Error);
        Assert.AreEqual("", run.Out);
        Assert.HasCount(1, run.ErrorLines);
    }
}
