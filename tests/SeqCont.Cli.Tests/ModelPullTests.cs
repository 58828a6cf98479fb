using System.Diagnostics;
using System.Text.Json;
using SeqCont.Testing;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

/// <summary>Models from a hub, as a user meets them.</summary>
[TestClass]
public sealed class ModelPullTests
{
    private static readonly string[] Ablation = ["ablate", "--drop", "m0", "--num-samps", "2"];

    [TestMethod]
    public void Yes_WithAValue_IsWrongUsage()
    {
        foreach (var value in new[] { "false", "true" }) Invocation.Fails(2, $"'{value}'", "model", "remove", "gpt2", $"--yes={value}");
    }

    [TestMethod]
    public void Pull_ThenInfoListRemove_OneModelsLife()
    {
        using var hub = new HubEnvironment();
        using (var pulled = Json("model", "pull", "some/demo"))
        {
            Assert.AreEqual(HubEnvironment.Commit, pulled.RootElement.GetProperty("revision").GetString());
            Assert.AreEqual(hub.Files.Values.Sum(content => (long)content.Length),
                pulled.RootElement.GetProperty("downloadedBytes").GetInt64());
            Assert.StartsWith(hub.Cache, pulled.RootElement.GetProperty("folder").GetString());
        }

        using (var demo = Json("model", "info", "demo"))
        using (var info = Json("model", "info", "some/demo"))
        {
            Assert.AreEqual(demo.RootElement.GetProperty("sha256").GetString(), info.RootElement.GetProperty("sha256").GetString());
            Assert.AreEqual(HubEnvironment.Commit, info.RootElement.GetProperty("revision").GetString());
            Assert.IsTrue(JsonElement.DeepEquals(demo.RootElement.GetProperty("statistics"), info.RootElement.GetProperty("statistics")));
            Assert.AreEqual(JsonValueKind.Null, demo.RootElement.GetProperty("revision").ValueKind);
        }

        using (var listed = Json("model", "list"))
        {
            var entry = listed.RootElement.GetProperty("models")
                .EnumerateArray().Single(model => model.GetProperty("where").GetString() == "cache");
            Assert.AreEqual("some/demo", entry.GetProperty("name").GetString());
            Assert.IsTrue(entry.GetProperty("complete").GetBoolean());
            Assert.AreEqual(hub.Files.Values.Sum(content => (long)content.Length), entry.GetProperty("bytes").GetInt64());
        }

        Assert.Contains($"revision {HubEnvironment.Commit}", Done("model", "list").Out);
        Assert.Contains("all of it was here", Done("model", "pull", "some/demo").Out);
        Assert.Contains("nothing was removed; --yes removes some/demo 0123456789ab", Fails(1, "model", "remove", "some/demo").Error);
        using (var removed = Json("model", "remove", "some/demo@main", "--yes"))
            Assert.AreEqual(hub.Files.Values.Sum(content => (long)content.Length),
                removed.RootElement.GetProperty("freedBytes").GetInt64());
        Assert.DoesNotContain("some/demo", Done("model", "list").Out);
        Assert.Contains("not in the cache", Fails(1, "model", "remove", "some/demo", "--yes").Error);
    }

    [TestMethod]
    public void Pull_InAScript_SaysALineAFile()
    {
        using var hub = new HubEnvironment();
        var count = 0;
        hub.Hub.Intercept = request => request.Path.StartsWith("/stored/", StringComparison.Ordinal) && request.Method == "GET"
            && Interlocked.Increment(ref count) == 1
            ? hub.Hub.Answer(request) with { CutAfter = 2000 } : null;
        var run = Done("model", "pull", "some/demo");
        Assert.Contains($"revision {HubEnvironment.Commit}", run.Out);
        foreach (var file in hub.Files.Keys) Assert.Contains($"{file}: done", run.Error);
        Assert.HasCount(1, run.ErrorLines.Where(line => line.EndsWith("trying again in 1 s", StringComparison.Ordinal)));
        Assert.HasCount(9, run.ErrorLines, run.Error);
        Done("model", "remove", "some/demo", "--yes");
        Assert.AreEqual("", Done("model", "pull", "some/demo", "--quiet").Error);
    }

    [TestMethod]
    public void Pull_OnATerminal_KeepsBarsOffStdout()
    {
        using var hub = new HubEnvironment();
        var (code, output, error) = OnTerminal("", "model", "pull", "some/demo");
        Assert.AreEqual(0, code, error);
        Assert.HasCount(3, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("4 MB of it downloaded", output);
    }

    [TestMethod]
    [DataRow(401, "HF_TOKEN")]
    [DataRow(403, "403")]
    [DataRow(404, "no such model")]
    public void Pull_Refused_OneLine(int status, string says)
    {
        using var hub = new HubEnvironment();
        hub.Hub.Intercept = _ => new HubReply(status);
        Assert.Contains(says, Fails(1, "model", "pull", "some/demo").Error);
    }

    [TestMethod]
    [DataRow(2, "demo is inside", "model", "pull", "demo")]
    [DataRow(2, "OWNER/NAME", "model", "pull", "bert")]
    [DataRow(2, "OWNER/NAME", "model", "pull", "../x")]
    [DataRow(2, "OWNER/NAME", "model", "remove", "gpt2@..")]
    [DataRow(2, "argument missing", "model", "pull")]
    [DataRow(1, "cannot be reached", "model", "pull", "gpt2")]
    [DataRow(1, "not in the cache", "model", "remove", "gpt2", "--yes")]
    [DataRow(1, "seqcont model pull gpt2'", "prune", "nodes", "--model", "gpt2-small")]
    [DataRow(1, "seqcont model pull no/such@v1'", "ablate", "--drop", "m0", "--model", "no/such@v1")]
    [DataRow(1, "cannot be reached", "ablate", "--drop", "m0", "--model", "gpt2", "--yes")]
    public void Command_WithoutHub_OneLine(int code, string says, params string[] args) => Assert.Contains(says, Fails(code, args).Error);

    [TestMethod]
    public void Pull_BadEnvironment_OneLineThatNamesIt()
    {
        using var hub = new HubEnvironment();
        hub.Set("HF_ENDPOINT", "nowhere");
        Assert.Contains("HF_ENDPOINT", Fails(1, "model", "pull", "gpt2").Error);
    }

    [TestMethod]
    public void Model_MissingInAScript_IsNotDownloaded()
    {
        using var hub = new HubEnvironment();
        var run = Fails(1, [.. Ablation, "--model", "some/demo", "--out", hub.File("run")]);
        Assert.Contains("seqcont model pull some/demo", run.Error);
        Assert.Contains("--yes", run.Error);
        Assert.IsEmpty(hub.Hub.Requests);
        Assert.IsFalse(Directory.Exists(hub.File("run")));
        Assert.IsFalse(Directory.Exists(hub.Cache));
    }

    [TestMethod]
    public void Model_MissingWithYes_IsDownloadedAndTheRunSaysItsRevision()
    {
        using var hub = new HubEnvironment();
        using var first = Json([.. Ablation, "--model", "some/demo", "--out", hub.File("run"), "--yes"]);
        using var demo = Json(Ablation);
        Assert.AreEqual(demo.RootElement.GetProperty("score").GetDouble(), first.RootElement.GetProperty("score").GetDouble());
        using var run = JsonDocument.Parse(File.ReadAllText(hub.File("run/run.json")));
        Assert.AreEqual(HubEnvironment.Commit, run.RootElement.GetProperty("model").GetProperty("revision").GetString());
        Assert.AreEqual("some/demo", run.RootElement.GetProperty("model").GetProperty("name").GetString());
        var before = hub.Hub.Requests.Count;
        hub.Set("HF_HUB_OFFLINE", "1");
        Done([.. Ablation, "--model", $"some/demo@{HubEnvironment.Commit}"]);
        Assert.HasCount(before, hub.Hub.Requests, "A model in the cache needs no hub.");
        Assert.Contains("switched off", Fails(1, [.. Ablation, "--model", "other/demo", "--yes"]).Error);
        Assert.HasCount(before, hub.Hub.Requests);
    }

    [TestMethod]
    [DataRow("y", 0)]
    [DataRow("Yes", 0)]
    [DataRow("", 1)]
    [DataRow("n", 1)]
    [DataRow("x", 1)]
    public void Model_MissingOnATerminal_IsAskedFor(string answer, int expected)
    {
        using var hub = new HubEnvironment("gpt2");
        var (code, _, error) = OnTerminal(answer + "\n", [.. Ablation, "--model", "gpt2", "--quiet"]);
        Assert.AreEqual(expected, code, error);
        Assert.Contains($"Download it from {hub.Hub.Endpoint.Authority}? [y/N]", error);
        Assert.AreEqual(expected == 0, Directory.Exists(hub.Cache));
        Assert.AreEqual(expected == 0, !hub.Hub.Requests.IsEmpty);
    }

    [TestMethod]
    public void Model_FolderOfThatName_GoesBeforeTheHub()
    {
        using var hub = new HubEnvironment("gpt2");
        Directory.CreateDirectory(hub.File("gpt2"));
        foreach (var (name, content) in hub.Files) File.WriteAllBytes(hub.File($"gpt2/{name}"), content);
        var before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = hub.File("");
            foreach (var name in new[] { "gpt2", "gpt2-small" })
            {
                using var info = Json("model", "info", name);
                Assert.AreEqual(JsonValueKind.Null, info.RootElement.GetProperty("revision").ValueKind);
            }
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        Assert.IsEmpty(hub.Hub.Requests);
    }

    [TestMethod]
    public void Remove_OnATerminal_IsAskedFor()
    {
        using var hub = new HubEnvironment();
        Done("model", "pull", "some/demo");
        Assert.AreEqual(1, OnTerminal("n\n", "model", "remove", "some/demo").Code);
        Assert.Contains("some/demo", Done("model", "list").Out);
        Assert.AreEqual(0, OnTerminal("y\n", "model", "remove", "some/demo").Code);
        Assert.DoesNotContain("some/demo", Done("model", "list").Out);
    }

    [TestMethod]
    public void Info_Tensors_ListsEveryOne()
    {
        using var printed = Json("model", "info", "--tensors");
        var tensors = printed.RootElement.GetProperty("tensors");
        Assert.AreEqual(2 + 12 * 4 + 2, tensors.GetArrayLength());
        Assert.AreEqual(
            "[0,0]",
            $"[{tensors.EnumerateArray().Sum(tensor => tensor.GetProperty("nans").GetInt64())},"
                + $"{printed.RootElement.GetProperty("statistics").GetProperty("infinities").GetInt64()}]");
        Assert.AreEqual(tensors.EnumerateArray().Min(tensor => tensor.GetProperty("min").GetDouble()),
            printed.RootElement.GetProperty("statistics").GetProperty("min").GetDouble());
        var text = Done("model", "info", "--tensors").Out;
        foreach (var tensor in tensors.EnumerateArray()) Assert.Contains(tensor.GetProperty("name").GetString()!, text);
        Assert.Contains("all finite", Done("model", "info").Out);
        using var brief = Json("model", "info");
        Assert.IsFalse(brief.RootElement.TryGetProperty("tensors", out _));
    }

    [TestMethod]
    public void Process_ProxyOfTheEnvironment_IsAsked()
    {
        using var hub = new HubEnvironment();
        hub.Set("HF_ENDPOINT", "http://hub.invalid");
        hub.Set("http_proxy", hub.Hub.Endpoint.AbsoluteUri);
        using var process = Invocation.Start("model", "pull", "some/demo", "--json");
        var run = Invocation.Finish(process);
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.IsTrue(hub.Hub.Requests.All(request => request.Target.StartsWith("http://hub.invalid/", StringComparison.Ordinal)));
        Assert.IsNotEmpty(hub.Hub.Requests);
    }

    [TestMethod]
    public void Process_Interrupted_KeepsWhatCameAndGoesOn()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) Assert.Inconclusive("Sends SIGINT with kill.");
        using var hub = new HubEnvironment();
        var blob = Path.Combine(hub.Cache, "models--some--demo", "blobs", LoopbackHub.ETag(hub.Files["model.safetensors"]));
        hub.Hub.Intercept = request => request.Method == "GET" && request.Path.EndsWith(Path.GetFileName(blob), StringComparison.Ordinal)
            ? hub.Hub.Answer(request) with { BeforePiece = (at, stop) => Task.Delay(at == 0 ? 0 : 60_000, stop) } : null;
        using var process = Invocation.Start("model", "pull", "some/demo", "--quiet");
        var deadline = Stopwatch.StartNew();
        var incomplete = new FileInfo(blob + ".incomplete");
        for (; !process.HasExited && deadline.Elapsed < TimeSpan.FromMinutes(1)
            && !(incomplete.Exists && incomplete.Length > 0); incomplete.Refresh()) Thread.Sleep(10);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        var run = Invocation.Finish(process);
        Assert.AreEqual(130, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines);
        Assert.Contains("the same command goes on from there", run.Error);
        hub.Hub.Intercept = _ => null;
        hub.Hub.Requests.Clear();
        Done("model", "pull", "some/demo");
        Assert.IsGreaterThan(0, hub.Hub.Requests.Single(request => request.Method == "GET"
            && request.Path.EndsWith(Path.GetFileName(blob), StringComparison.Ordinal)).From);
    }

    private static (int Code, string Out, string Error) OnTerminal(string answers, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var input = new StringReader(answers);
        var code = CommandLine.Run(args, new Terminal(output, error, true, true, input.ReadLine));
        return (code, output.ToString(), error.ToString());
    }

    private static Invocation Fails(int code, params string[] args)
    {
        var run = Invocation.Run(args);
        Assert.AreEqual(code, run.Code, run.Error);
        Assert.HasCount(1, run.ErrorLines, run.Error);
        Assert.AreEqual("", run.Out);
        return run;
    }
}
