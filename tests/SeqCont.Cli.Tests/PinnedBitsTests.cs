using System.Diagnostics;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SeqCont.Kernels;
using SeqCont.Testing;

namespace SeqCont.Cli.Tests;

/// <summary>
/// The files that searches and analyses write, bit for bit as they were before the upper rooms were rebuilt: on every
/// instruction-set path that this processor has, and in the double-precision reference. tests/data/pinned/hashes.txt has a
/// line "path run/file sha256" for each; tests/data/pinned/fp64 holds the reference's files themselves. With
/// SEQCONT_WRITE_PINS=1 the test writes them instead and is inconclusive: for a change of results that is meant.
/// SEQCONT_PIN_PATH names one path to look at alone.
/// </summary>
[TestClass]
public sealed class PinnedBitsTests
{
    private const string Reference = "fp64";

    private static readonly string[] Small = ["--num-samps", "4"];
    private static readonly string[] Circuit = ["--circuit", "demo-circuit.json"];
    private static readonly string[] Tiny12 = ["--model", "../tiny/models/tiny-12x12", .. Prompts("tiny-12x12")];
    private static readonly string[] Tiny2 = ["--model", "../tiny/models/tiny-2x3", .. Prompts("tiny-2x3")];

    // What differs between runs, machines and versions, or only says how a run was made.
    private static readonly string[] Unpinned =
        ["run", "tool", "command", "startedAt", "seconds", "backend", "device", "predictedPeakBytes", "peakBytes", "model", "prompts",
            "out", "memory", "host"];

    private static readonly (string Name, string[] Arguments)[] Runs =
    [
        ("demo-numerals", ["prune", "nodes", "--num-samps", "8"]),
        ("demo-months", ["prune", "nodes", "--task", "months", .. Small, "--mlp-means", "full"]),
        ("demo-numwords-zero", ["prune", "nodes", "--task", "numwords", .. Small, "--ablation", "zero", "--threshold", "40"]),
        ("demo-resample", ["prune", "nodes", .. Small, "--ablation", "resample", "--threshold", "30", "--one-iter"]),
        ("demo-early-stop", ["prune", "nodes", "--num-samps", "12", "--early-stop", "0.05"]),
        ("demo-bos", ["prune", "nodes", .. Small, "--threshold", "60", "--bos"]),
        ("demo-edges", ["prune", "edges", .. Circuit, .. Small]),
        ("demo-edges-mlps", ["prune", "edges", .. Circuit, .. Small, "--paths", "through-mlps", "--min-drop", "0.01"]),
        ("demo-edges-published", ["prune", "edges", .. Circuit, .. Small, "--as-published"]),
        ("demo-edges-nodes", ["prune", "edges", .. Circuit, .. Small, "--prune-nodes", "--ablation", "resample"]),
        ("demo-ablate", ["ablate", "--keep", "demo-circuit.json", .. Small]),
        ("demo-each", ["ablate", "--each", "--drop", "2.1,m3", .. Small]),
        ("demo-lens", ["lens", .. Small]),
        ("demo-lens-published", ["lens", "--task", "months", .. Small, "--as-published"]),
        ("demo-ov", ["ov", "--task", "months", "--by-member"]),
        ("demo-attention", ["attention", "--heads", "0.1,3.7", "--num-samps", "2"]),
        ("demo-compare", ["compare", "demo-circuit.json", "--tasks", "numerals,months", .. Small, "--random", "2"]),
        ("tiny-nodes", ["prune", "nodes", .. Tiny12]),
        ("tiny-nodes-resample", ["prune", "nodes", .. Tiny12, "--ablation", "resample", "--threshold", "35", "--one-iter"]),
        ("tiny-all-edges", ["prune", "edges", "--all-edges", .. Tiny2, "--min-drop", "0.02"]),
        ("tiny-all-edges-zero", ["prune", "edges", "--all-edges", .. Tiny2, "--min-drop", "0.02", "--ablation", "zero"]),
        ("tiny-all-edges-mean", ["prune", "edges", "--all-edges", .. Tiny2, "--min-drop", "0.02", "--ablation", "mean"]),
    ];

    /// <summary>The paths that are pinned.</summary>
    public static IEnumerable<object[]> Paths =>
        [[Reference], .. Enum.GetValues<InstructionSet>().Select(path => new object[] { InstructionSets.Name(path) })];

    private static bool Writes => Environment.GetEnvironmentVariable("SEQCONT_WRITE_PINS") == "1";

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Results_OnEveryPath_AreBitForBitAsPinned(string path)
    {
        if (Environment.GetEnvironmentVariable("SEQCONT_PIN_PATH") is { Length: > 0 } only && only != path)
            Assert.Inconclusive($"only {only} was asked for");
        if (path != Reference && !InstructionSets.Available().Select(InstructionSets.Name).Contains(path))
            Assert.Inconclusive($"this processor has no {path}");
        if (Vector<float>.Count != 8) Assert.Inconclusive($"pinned with vectors of 8 numbers; here they have {Vector<float>.Count}");
        using var folder = new TemporaryFolder();
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, arguments) in Runs)
        {
            Run(path, [.. arguments, "--out", folder.File(name)]);
            foreach (var file in Directory.GetFiles(folder.File(name)).Order(StringComparer.Ordinal))
            {
                if (Pinned(file) is not { } content) continue;
                var entry = $"{name}/{Path.GetFileName(file)}";
                found[entry] = Convert.ToHexStringLower(SHA256.HashData(content));
                if (path == Reference) CheckOrWrite(Path.Combine(Data, Reference, name, Path.GetFileName(file)), content);
            }
        }

        CheckOrWriteHashes(path, found);
    }

    private static string Data => TestFiles.Data("pinned");

    private static string[] Prompts(string model) => ["--clean", $"{model}-clean.jsonl", "--corrupt", $"{model}-corrupted.jsonl"];

    private static void Run(string path, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Data };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "seqcont.dll"));
        string[] common = ["--quiet", "--device", "cpu", "--precision", path == Reference ? "fp64" : "fp32"];
        foreach (var argument in (string[])[.. arguments, .. common]) start.ArgumentList.Add(argument);
        if (path != Reference) start.Environment[InstructionSets.ForceVariable] = path;
        var run = Invocation.Finish(Process.Start(start)!);
        Assert.AreEqual(0, run.Code, $"{string.Join(' ', arguments)}: {run.Error}");
    }

    /// <summary>A file's content without what says how it was made; null for a file that is not pinned.</summary>
    private static byte[]? Pinned(string file)
    {
        if (Path.GetFileName(file) is "run.json" or "settings.json") return null;
        if (file.EndsWith(".jsonl", StringComparison.Ordinal) || file.EndsWith(".safetensors", StringComparison.Ordinal))
            return File.ReadAllBytes(file);
        if (!file.EndsWith(".json", StringComparison.Ordinal)) return null;
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        foreach (var key in Unpinned) json.Remove(key);
        return Encoding.UTF8.GetBytes(json.ToJsonString() + "\n");
    }

    private static void CheckOrWrite(string path, byte[] content)
    {
        if (path.EndsWith(".safetensors", StringComparison.Ordinal)) return;
        if (Writes)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        else Assert.AreEqual(File.ReadAllText(path), Encoding.UTF8.GetString(content), path);
    }

    private static void CheckOrWriteHashes(string path, SortedDictionary<string, string> found)
    {
        var file = Path.Combine(Data, "hashes.txt");
        var lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] ours = [.. found.Select(entry => $"{path} {entry.Key} {entry.Value}")];
        if (Writes)
        {
            File.WriteAllLines(file, [.. lines.Where(line => !line.StartsWith(path + " ", StringComparison.Ordinal)), .. ours]);
            Assert.Inconclusive("written");
        }

        string[] pinned = [.. lines.Where(line => line.StartsWith(path + " ", StringComparison.Ordinal))];
        Assert.AreNotEqual(0, pinned.Length);
        Assert.AreEqual(string.Join('\n', pinned), string.Join('\n', ours));
    }
}
