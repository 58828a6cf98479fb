using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SeqCont.Kernels;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>What users install: made by the scripts in tools, then run as they would, away from this tree.</summary>
[TestClass]
public sealed partial class PackagingTests
{
    private static readonly string[] Results = ["circuit.json", "trace.jsonl", "per-prompt.jsonl"];

    private static TemporaryFolder? _work;

    /// <summary>Both scripts build in one folder, so that what they share is compiled once.</summary>
    private static string Work => (_work ??= new TemporaryFolder()).Path;

    [ClassCleanup]
    public static void DeleteWork() => _work?.Dispose();

    [TestMethod]
    public void Pack_Installed_SearchesAsTheBuildDoes()
    {
        using var folder = new TemporaryFolder();
        Script("pack.sh", folder.File("packed"));
        var package = Directory.GetFileSystemEntries(folder.File("packed")).Single();
        HoldsManagedCodeOnly(package);
        Assert.IsLessThan(20_000_000L, new FileInfo(package).Length);
        // From that folder alone: a package of this name on a public source is not what is tested.
        var installed = Finish(Start(
            "dotnet", folder.Path, "tool", "install", "seqcont", "--tool-path", folder.File("tools"), "--source", folder.File("packed")));
        Assert.AreEqual(0, installed.Code, installed.Out + installed.Error);
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        RunsAsTheBuildDoes(folder, folder.File("tools/seqcont"), new() { ["DOTNET_ROOT"] = dotnet });
    }

    [TestMethod]
    public void Publish_ForThisSystem_IsOneFileThatNeedsNothing()
    {
        using var folder = new TemporaryFolder();
        Script("publish.sh", ThisSystem(), folder.File("published"));
        var file = Directory.GetFileSystemEntries(folder.File("published")).Single();
        Assert.IsLessThan(150_000_000L, new FileInfo(file).Length);
        File.Move(file, folder.File("moved"));
        RunsAsTheBuildDoes(folder, folder.File("moved"), []);
    }

    /// <summary>
    /// In another folder and with nothing else in its environment: the version is that of the sources, and a search leaves the bytes that
    /// it leaves in this process.
    /// </summary>
    private static void RunsAsTheBuildDoes(TemporaryFolder folder, string program, Dictionary<string, string> environment)
    {
        // What chooses the arithmetic of this process chooses the program's.
        foreach (var (name, value) in ProcessEnvironment())
            if (name == InstructionSets.ForceVariable || name.StartsWith("DOTNET_Enable", StringComparison.Ordinal))
                environment[name] = value;
        var elsewhere = Directory.CreateDirectory(folder.File("elsewhere")).FullName;
        string[] search = ["prune", "nodes", "--num-samps", "8", "--device", "cpu", "--quiet", "--out"];
        Assert.AreEqual($"seqcont {ProgramVersion.Version}{(Commit() is { } commit ? $" ({commit[..12]})" : "")}\n", Run("--version"));
        // GPT-2's vocabulary is inside.
        environment["HF_HOME"] = elsewhere;
        string[] show = ["data", "show", "--model", "gpt2", "--num-samps", "1"];
        Assert.AreEqual(Invocation.Done(show).Out, Run(show));
        Assert.AreEqual("", Run([.. search, "there"]));
        Assert.AreEqual(0, Invocation.Run([.. search, folder.File("here")]).Code);
        foreach (var name in Results)
            Assert.AreEqual(File.ReadAllText(folder.File($"here/{name}")), File.ReadAllText(Path.Combine(elsewhere, "there", name)), name);

        string Run(params string[] args)
        {
            var start = Start(program, elsewhere, args);
            start.Environment.Clear();
            foreach (var (name, value) in environment) start.Environment[name] = value;
            var run = Finish(start);
            Assert.AreEqual(0, run.Code, run.Error);
            return run.Out;
        }
    }

    private static void HoldsManagedCodeOnly(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        string[] names = [.. archive.Entries.Select(entry => entry.FullName)];
        foreach (var name in new[] { "README.md", "LICENSE", "NOTICE" }) Assert.Contains(name, names);
        var tools = archive.Entries.Where(entry => entry.FullName.StartsWith("tools/", StringComparison.Ordinal)).ToArray();
        Assert.IsTrue(tools.All(entry => entry.FullName.StartsWith("tools/net10.0/any/", StringComparison.Ordinal)),
            "It is for some systems only.");
        foreach (var entry in tools.Where(entry => Path.GetExtension(entry.Name) is not (".json" or ".xml")))
        {
            Assert.AreEqual(".dll", Path.GetExtension(entry.Name), entry.FullName);
            using var content = new MemoryStream();
            using (var stream = entry.Open()) stream.CopyTo(content);
            content.Position = 0;
            using var image = new PEReader(content);
            Assert.IsTrue(image.HasMetadata && image.PEHeaders.CorHeader!.Flags.HasFlag(CorFlags.ILOnly), $"{entry.FullName} is native");
        }
    }

    /// <summary>Runs a script of tools. Publishing needs the runtime's packages; where no source has them, the test says so.</summary>
    private static void Script(string name, params string[] args)
    {
        if (OperatingSystem.IsWindows()) Assert.Inconclusive("The scripts need bash.");
        var run = Finish(Start("bash", Work, [Path.Combine(TestFiles.Root, "tools", name), .. args, Work]));
        if (run.Code != 0 && Unavailable().Match(run.Out + run.Error) is { Success: true } line)
            Assert.Inconclusive($"The packages that {name} needs are not to be had here: {line.Value}");
        Assert.AreEqual(0, run.Code, run.Out + run.Error);
    }

    private static string ThisSystem()
    {
        var system = OperatingSystem.IsMacOS()
            ? "osx" : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl" : "linux";
        return $"{system}-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64")}";
    }

    /// <summary>The commit that is checked out; null where there is no repository.</summary>
    private static string? Commit()
    {
        if (!Path.Exists(Path.Combine(TestFiles.Root, ".git"))) return null;
        var run = Finish(Start("git", TestFiles.Root, "-c", "safe.directory=*", "rev-parse", "HEAD"));
        Assert.AreEqual(0, run.Code, run.Error);
        return run.Out.Trim();
    }

    private static ProcessStartInfo Start(string program, string folder, params string[] args) =>
        new(program, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

    private static Invocation Finish(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        return Invocation.Finish(process, TimeSpan.FromMinutes(10));
    }

    private static IEnumerable<KeyValuePair<string, string>> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, (string)entry.Value!));

    [GeneratedRegex(@"error NU1301.*|error NU110[0-3].*Microsoft\.NETCore\.App.*")]
    private static partial Regex Unavailable();
}
