namespace SeqCont.Cli.Tests;

/// <summary>A search that is killed, again and again, ends as one that never was.</summary>
[TestClass]
public sealed class ResumeTests
{
    // In double precision on few prompts: decisions are spread over the process's life.
    private static readonly string[] Search = ["prune", "nodes", "--precision", "fp64", "--num-samps", "2", "--quiet"];

    [TestMethod]
    public void PruneNodes_KilledAtRandomMoments_ResumesToTheSameBits()
    {
        using var folder = new TemporaryFolder();
        var undisturbed = Invocation.Run([.. Search, "--out", folder.File("whole")]);
        Assert.AreEqual(0, undisturbed.Code, undisturbed.Error);
        var random = new Random(11);
        var killed = 0;
        for (var trial = 0; trial < 3; trial++)
        {
            var run = folder.File($"run{trial}");
            for (var attempt = 0; ; attempt++)
            {
                // The first life is long enough to decide something, later ones end at any moment.
                using var process = Invocation.Start([.. Search, "--out", run, "--resume"]);
                if (attempt < 5 && !process.WaitForExit(random.Next(attempt == 0 ? 400 : 150, 1100)))
                {
                    process.Kill();
                    process.WaitForExit();
                    killed++;
                    CutLastLine(run, random);
                    continue;
                }

                var end = Invocation.Finish(process);
                Assert.AreEqual(0, end.Code, end.Error);
                break;
            }

            foreach (var name in new[] { "trace.jsonl", "circuit.json", "per-prompt.jsonl" })
                Assert.AreEqual(File.ReadAllText(folder.File($"whole/{name}")), File.ReadAllText(Path.Combine(run, name)),
                    $"trial {trial}, {name}");
        }

        Assert.IsGreaterThan(2, killed, "too few runs were killed to show anything");
    }

    [TestMethod]
    [DataRow("0123456789abcdef0123456789abcdef.partial", DisplayName = "Killed while it tried whether it may write")]
    [DataRow("settings.json.0123456789abcdef0123456789abcdef.partial", DisplayName = "Killed while it wrote the settings")]
    public void PruneNodes_KilledBeforeAnythingWasWhole_Starts(string left)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("run"));
        folder.Write($"run/{left}", "{");
        var run = Invocation.Run([.. Search, "--one-iter", "--out", folder.File("run"), "--resume"]);
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.IsTrue(File.Exists(folder.File("run/run.json")));
    }

    [TestMethod]
    [DataRow("--threshold", "30")]
    [DataRow("--one-iter")]
    [DataRow("--num-samps", "3")]
    [DataRow("--mlp-means", "full")]
    [DataRow("--precision", "fp32")]
    [DataRow("--early-stop", "0.01")]
    public void PruneNodes_ResumedWithOtherSettings_SaysWhich(params string[] other)
    {
        using var folder = new TemporaryFolder();
        string[] first = ["prune", "nodes", "--precision", "fp64", "--num-samps", "2", "--one-iter", "--out", folder.File("run"),
            "--quiet"];
        if (other[0] == "--one-iter") first = [.. first.Where(word => word != "--one-iter")];
        Assert.AreEqual(0, Invocation.Run(first).Code);
        string[] again = ["prune", "nodes", "--precision", "fp64", "--num-samps", "2", "--one-iter"];
        var place = Array.IndexOf(again, other[0]);
        if (place >= 0 && other.Length == 2) again[place + 1] = other[1];
        else if (other.Length == 2) again = [.. again, .. other];
        var trace = File.ReadAllText(folder.File("run/trace.jsonl"));
        var run = Invocation.Run([.. again, "--out", folder.File("run"), "--resume", "--quiet"]);
        Assert.AreEqual(1, run.Code);
        Assert.HasCount(1, run.ErrorLines);
        Assert.Contains("the run was started with", run.Error);
        Assert.AreEqual(trace, File.ReadAllText(folder.File("run/trace.jsonl")), "nothing is lost");
    }

    [TestMethod]
    public void PruneNodes_ResumeOfADamagedTrace_NamesTheLine()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(0, Invocation.Run([.. Search, "--out", folder.File("run")]).Code);
        var trace = File.ReadAllLines(folder.File("run/trace.jsonl"));
        trace[2] = trace[2].Replace("\"removed\"", "\"gone\"", StringComparison.Ordinal);
        File.WriteAllLines(folder.File("run/trace.jsonl"), trace);
        var run = Invocation.Run([.. Search, "--out", folder.File("run"), "--resume"]);
        Assert.AreEqual(1, run.Code);
        Assert.Contains("trace.jsonl:3", run.Error);
    }

    [TestMethod]
    public void PruneNodes_ResumeWithoutFolderOrRun_Fails()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(2, Invocation.Run([.. Search, "--resume"]).Code);
        folder.Write("other.txt", "not a run");
        var run = Invocation.Run([.. Search, "--resume", "--out", folder.Path]);
        Assert.AreEqual(1, run.Code);
        Assert.Contains("no run that could be resumed", run.Error);
    }

    /// <summary>What a power cut may leave: part of a line at the end.</summary>
    private static void CutLastLine(string run, Random random)
    {
        var path = Path.Combine(run, "trace.jsonl");
        if (!File.Exists(path)) return;
        using var stream = new FileStream(path, FileMode.Open);
        stream.SetLength(Math.Max(0, stream.Length - random.Next(40)));
    }
}
