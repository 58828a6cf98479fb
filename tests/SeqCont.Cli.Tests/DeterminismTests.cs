using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using SeqCont.Cli.Commands;
using SeqCont.Kernels;

namespace SeqCont.Cli.Tests;

/// <summary>
/// Determinism as a user sees it: every command that writes files writes the same bytes for any number of threads, any memory
/// budget, on every instruction-set path, in any locale and time zone. What must differ is in one place: the "host" of a JSON
/// file, so that `diff -r` of two runs' folders shows nothing else.
/// </summary>
[TestClass]
public sealed class DeterminismTests
{
    private static readonly string[] Small = ["--num-samps", "4"];

    // In this order, each in a process of its own, in a folder where relative paths are the same for all variations.
    private static readonly (string Command, bool Computes, string[] Arguments)[] Steps =
    [
        ("data generate", true, ["--count", "4", "--out", "data"]),
        ("data export", false, ["--data", "data", .. Small, "--out", "export.safetensors"]),
        ("data import", false, ["export.safetensors", "--out", "import"]),
        ("prune nodes", true, ["--data", "data", .. Small, "--out", "nodes"]),
        ("prune nodes", true, ["--num-samps", "12", "--early-stop", "0.05", "--out", "early"]),
        ("prune edges", true, ["--circuit", "nodes/circuit.json", .. Small, "--out", "edges"]),
        ("ablate", true, ["--keep", "nodes/circuit.json", "--each", .. Small, "--out", "ablate"]),
        ("compare", true, ["nodes", "edges", .. Small, "--random", "2", "--out", "compare"]),
        ("attention", true, ["--heads", "0.1,3.7", "--per-prompt", .. Small, "--out", "attention"]),
        ("lens", true, [.. Small, "--out", "lens"]),
        ("ov", true, ["--out", "ov"]),
        ("cache", true, ["--hooks", "*,logits", .. Small, "--out", "cache.safetensors"]),
        ("verify", true, ["ov", "--model", "demo", "--figures", "figures.json", "--out", "verify"]),
        ("report", false, ["nodes", "edges", "attention", "lens", "ov", "--svg", "pictures", "--out", "report.html"]),
    ];

    private static readonly string[] WithoutFiles =
        ["data show", "bench", "devices", "model pull", "model list", "model info", "model remove", "model verify"];

    // A negative sign, a decimal comma, a dotless i, other digits, other calendars: a product that looks at the culture would show it.
    private static readonly Variation[] Variations =
    [
        new(Threads: 1, Memory: null, Path: null, Locale: "C", TimeZone: "UTC"),
        new(Threads: 3, Memory: "130MB", Path: "avx2", Locale: "de_DE.UTF-8", TimeZone: "Asia/Kolkata"),
        new(Threads: 8, Memory: "160MB", Path: "vector", Locale: "tr_TR.UTF-8", TimeZone: "America/St_Johns"),
        new(Threads: 2, Memory: "1GB", Path: "scalar", Locale: "ar_SA.UTF-8", TimeZone: "Pacific/Kiritimati"),
    ];

    private static readonly Lazy<string> Figures = new(() => VerifyFigures.OvAlone().ToJsonString());

    [TestMethod]
    public void EveryCommand_IsLookedAt()
    {
        var all = CommandTree.Names.Order(StringComparer.Ordinal);
        var known = Steps.Select(step => step.Command).Concat(WithoutFiles).Distinct().Order(StringComparer.Ordinal);
        Assert.AreEqual(string.Join(", ", all), string.Join(", ", known));
    }

    [TestMethod]
    public void Files_AnyThreadsBudgetPathLocaleAndTimeZone_SameBytes()
    {
        if (!System.Runtime.Intrinsics.X86.Fma.IsSupported) Assert.Inconclusive("paths have the same bits where multiply-add is fused");
        var available = InstructionSets.Available().Select(InstructionSets.Name).ToHashSet();
        var expected = Files(Variations[0]);
        Assert.IsGreaterThan(60, expected.Count);
        foreach (var variation in Variations[1..].Where(variation => available.Contains(variation.Path!)))
        {
            var files = Files(variation);
            Assert.AreEqual(string.Join('\n', expected.Keys), string.Join('\n', files.Keys), $"{variation}");
            foreach (var (name, content) in expected)
                if (!content.AsSpan().SequenceEqual(files[name]))
                    Assert.Fail($"{name} under {variation}: {Difference(content, files[name])}");
        }
    }

    [TestMethod]
    public void Files_OfALibraryUnderAnotherCulture_SameBytes()
    {
        // The program itself knows no culture; one that uses the library may have any.
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        (culture.NumberFormat.NegativeSign, culture.NumberFormat.PercentDecimalSeparator) = ("\u2212", ",");
        var expected = Run(CultureInfo.InvariantCulture);
        var actual = Run(culture);
        foreach (var (name, content) in expected)
            if (!content.AsSpan().SequenceEqual(actual[name])) Assert.Fail($"{name}: {Difference(content, actual[name])}");

        Dictionary<string, byte[]> Run(CultureInfo used)
        {
            var before = CultureInfo.CurrentCulture;
            using var folder = new TemporaryFolder();
            try
            {
                CultureInfo.CurrentCulture = used;
                Invocation.Done(["prune", "nodes", .. Small, "--out", folder.File("nodes")]);
                var circuit = folder.File("nodes/circuit.json");
                Invocation.Done(["prune", "edges", "--circuit", circuit, .. Small, "--out", folder.File("edges")]);
                Invocation.Done(["lens", .. Small, "--out", folder.File("lens")]);
                foreach (var file in Directory.GetFiles(folder.Path, "*.json", SearchOption.AllDirectories))
                {
                    RemoveHost(file);
                    File.WriteAllText(file, File.ReadAllText(file).Replace(folder.Path, "", StringComparison.Ordinal));
                }

                Invocation.Done("report", folder.File("nodes"), folder.File("edges"), folder.File("lens"), "--out", folder.File("page"));
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }

            return Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)
                .ToDictionary(file => Path.GetRelativePath(folder.Path, file), File.ReadAllBytes);
        }
    }

    private static SortedDictionary<string, byte[]> Files(Variation variation)
    {
        using var folder = new TemporaryFolder();
        folder.Write("figures.json", Figures.Value);
        foreach (var (command, computes, arguments) in Steps)
        {
            Run(variation, folder.Path, [.. command.Split(' '), .. arguments, .. computes ? variation.Options : []]);
            // Removed at once, so that the report is of what is the same.
            foreach (var file in Directory.GetFiles(folder.Path, "*.json", SearchOption.AllDirectories)) RemoveHost(file);
        }

        return new(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(folder.Path, file), File.ReadAllBytes), StringComparer.Ordinal);
    }

    private static void Run(Variation variation, string folder, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "seqcont.dll"), .. arguments, "--quiet"])
            start.ArgumentList.Add(argument);
        start.Environment[InstructionSets.ForceVariable] = variation.Path;
        (start.Environment["LC_ALL"], start.Environment["LANG"]) = (variation.Locale, variation.Locale);
        start.Environment["TZ"] = variation.TimeZone;
        var run = Invocation.Finish(Process.Start(start)!);
        Assert.AreEqual(0, run.Code, $"{string.Join(' ', arguments)}: {run.Error}");
    }

    private static void RemoveHost(string file)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        if (!json.Remove("host", out var host)) return;
        Assert.IsNotNull(host!["startedAt"], file);
        File.WriteAllText(file, json.ToJsonString());
    }

    private static string Difference(byte[] expected, byte[] actual)
    {
        var at = expected.AsSpan().CommonPrefixLength(actual);
        string Around(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes[Math.Max(0, at - 60)..Math.Min(bytes.Length, at + 40)]);
        return $"at byte {at}, '{Around(expected)}' and '{Around(actual)}'";
    }

    private sealed record Variation(int Threads, string? Memory, string? Path, string Locale, string TimeZone)
    {
        public string[] Options => ["--device", "cpu", "--threads", $"{Threads}", .. Memory is null ? (string[])[] : ["--memory", Memory]];
    }
}
