using System.Text.Json;
using System.Xml.Linq;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

[TestClass]
public sealed class ReportCommandTests
{
    private static TemporaryFolder _runs = null!;

    [ClassInitialize]
    public static void Run(TestContext _)
    {
        _runs = new TemporaryFolder();
        foreach (var task in new[] { "numerals", "months" })
            Done("prune", "nodes", "--task", task, "--num-samps", "4", "--out", _runs.File(task));
        Done("ablate", "--each", "--num-samps", "4", "--out", _runs.File("each"));
    }

    [ClassCleanup]
    public static void Remove() => _runs.Dispose();

    [TestMethod]
    public void Report_SearchesAndEach_MakesAPageAndPictures()
    {
        using var folder = new TemporaryFolder();
        var run = Done("report", _runs.File("numerals"), _runs.File("months"), _runs.File("each"), "--out", folder.File("page.html"),
            "--svg", folder.File("svg"), "--json");
        using var printed = JsonDocument.Parse(run.Out);
        Assert.AreEqual(folder.File("page.html"), printed.RootElement.GetProperty("out").GetString());
        Assert.AreEqual(new FileInfo(folder.File("page.html")).Length, printed.RootElement.GetProperty("bytes").GetInt64());
        var page = File.ReadAllText(folder.File("page.html"));
        Assert.Contains("Circuits for numerals, months", page);
        foreach (var part in new[] { "circuit", "each", "search", "prompts", "facts" }) Assert.Contains($"<section id=\"{part}\"", page);
        var pictures = printed.RootElement.GetProperty("pictures").EnumerateArray().Select(picture => picture.GetString()!).ToArray();
        CollectionAssert.IsSubsetOf(new[] { "circuit.svg", "each-numerals.svg", "search-months.svg" },
            pictures.Select(Path.GetFileName).ToArray());
        foreach (var picture in pictures) XDocument.Load(picture);
    }

    [TestMethod]
    public void Report_WithoutOut_LandsInTheRunsFolderAndIsReplaced()
    {
        var run = Done("report", _runs.File("numerals"));
        var path = Path.Combine(_runs.File("numerals"), "report.html");
        Assert.Contains(path, run.Error);
        File.WriteAllText(path, "old");
        Done("report", _runs.File("numerals"));
        Assert.Contains("</html>", File.ReadAllText(path));
    }

    [TestMethod]
    public void Report_PageThatExists_NeedsForce()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("page.html", "mine");
        Fails(1, "--force", "report", _runs.File("numerals"), "--out", path);
        Assert.AreEqual("mine", File.ReadAllText(path));
        Done("report", _runs.File("numerals"), "--out", path, "--force");
        Assert.Contains("</html>", File.ReadAllText(path));
    }

    [TestMethod]
    public void Report_WrongUse_SaysSoInOneLine()
    {
        using var folder = new TemporaryFolder();
        Fails(2, "argument missing", "report");
        Fails(2, "twice", "report", folder.Path, folder.Path + Path.DirectorySeparatorChar);
        Fails(2, "--svg", "report", folder.Path, "--svg", "");
        Fails(1, "not found", "report", folder.File("none"));
        Fails(1, "no results", "report", folder.Path);
        Fails(1, "does not exist", "report", _runs.File("numerals"), "--out", folder.File("none/page.html"));
        Fails(1, "got a folder", "report", _runs.File("numerals"), "--out", folder.Path, "--force");
        folder.Write("trace.jsonl", "{}\n");
        folder.Write("circuit.json", """{"heads": [[0, 0]], "mlps": [0]}""");
        Fails(1, "trace.jsonl:1", "report", folder.Path);
        Assert.IsFalse(File.Exists(folder.File("report.html")));
    }
}
