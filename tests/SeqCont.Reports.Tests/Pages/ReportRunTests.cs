using System.Globalization;
using System.Xml.Linq;
using SeqCont.Circuits;

namespace SeqCont.Reports.Tests;

[TestClass]
public sealed class ReportRunTests
{
    private RunSample _sample = null!;

    [TestInitialize]
    public void Make() => _sample = new RunSample();

    [TestCleanup]
    public void Remove() => _sample.Dispose();

    [TestMethod]
    public void Read_SearchFolder_HasItsFiles()
    {
        var run = ReportRun.Read(_sample.Search("numerals-run", "numerals"));
        Assert.AreEqual("numerals-run", run.Name);
        CollectionAssert.AreEqual(new[] { "circuit.json", "trace.jsonl", "per-prompt.jsonl", "run.json" }, run.Files.ToArray());
        Assert.AreEqual(5, run.Circuit!.Count);
        Assert.HasCount(12, run.Trace!);
        Assert.AreEqual(93.5, run.Trace![0].Score, 1e-9);
        Assert.AreEqual(3 - 1 / 5.0, run.Answers!.Circuit[0]);
        Assert.AreEqual("numerals", run.Facts.Task);
        Assert.AreEqual(20.0, run.Facts.Threshold);
        Assert.AreEqual(7, run.Facts.Prompts);
        Assert.Contains(new KeyValuePair<string, string>("full.logitDiff", "4.5"), run.Facts.All);
    }

    [TestMethod]
    public void Read_AnalysesFolder_HasPatternsReadingsAndScores()
    {
        var run = ReportRun.Read(_sample.Analyses("analyses", "numerals"));
        Assert.AreEqual(0.25, run.Attention!.Heads[1].Pattern[3][1]);
        Assert.AreEqual((3, 1), run.Attention.Heads[1].Highlights[0]);
        Assert.AreEqual(0.75, run.Lens!.FirstTop[2][0].Probability);
        Assert.AreEqual(1, run.Lens.StudyRow);
        Assert.HasCount(4, run.Lens.Lengths);
        Assert.AreEqual(24.0, run.Ov!.Heads[3].Copy);
        Assert.IsTrue(double.IsNaN(run.Ov.Heads[3].CopyByMember[1]));
    }

    [TestMethod]
    public void Read_Comparison_HasScoresAndPairs()
    {
        var run = ReportRun.Read(_sample.Compare("compare"));
        CollectionAssert.AreEqual(new[] { "compare.json" }, run.Files.ToArray());
        var comparison = run.Comparison!;
        Assert.AreEqual("small", run.Facts.Model);
        Assert.AreEqual(80.25, comparison.Scores[0][1].Score);
        Assert.AreEqual(-1.5, comparison.Scores[0][0].Random!.Mean);
        Assert.IsTrue(double.IsNaN(comparison.Scores[0][0].Random!.Scores[1]));
        Assert.IsNull(comparison.Scores[1][0].Random);
        Assert.AreEqual(41.5, comparison.Scores[0][0].RandomEdges!.Mean);
        Assert.IsNull(comparison.Scores[0][1].RandomEdges, "Files from before random edge sets have none.");
        Assert.AreEqual((0.25, 1), (comparison.Pairs[(0, 1)].Edges, comparison.Pairs[(0, 1)].SharedEdges));
        Assert.IsNull(comparison.Circuits[2].Edges);
        Assert.IsFalse(run.Facts.All.Any(
            fact => fact.Key.StartsWith("scores", StringComparison.Ordinal) || fact.Key.StartsWith("overlap", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Read_AttentionWithoutRunFacts_TakesItsOwn()
    {
        var folder = _sample.Folder("attention");
        File.WriteAllText(Path.Combine(folder, "attention.json"), """
            {"schema": 1, "command": "seqcont attention", "model": {"name": "small", "sha256": "x", "nLayers": 2, "nHeads": 3},
             "prompts": {"task": "months", "count": 5}, "tokens": ["a"], "heads": [{"head": "a0.h1", "pattern": [[1]]}]}
            """);
        var run = ReportRun.Read(folder);
        Assert.AreEqual("months", run.Facts.Task);
        Assert.AreEqual(5, run.Facts.Prompts);
        Assert.AreEqual(new NodeSpace(2, 3), run.Nodes);
        Assert.IsFalse(run.Facts.All.Any(
            fact => fact.Key.StartsWith("tokens", StringComparison.Ordinal) || fact.Key.StartsWith("heads", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Read_StudysCircuitAlone_TakesSizesFromIt()
    {
        var folder = _sample.Folder("study");
        File.WriteAllText(Path.Combine(folder, "circuit.json"), """{"heads": [[0, 1], [3, 2]], "mlps": [4]}""");
        Assert.AreEqual(new NodeSpace(5, 3), ReportRun.Read(folder).Nodes);
    }

    [TestMethod]
    public void Read_Edges_CountEffectsFromTheCircuit()
    {
        var folder = _sample.Search("edges", "numerals");
        File.WriteAllText(Path.Combine(folder, "edges.json"), """
            {"schema": 1, "circuitRatio": 0.81, "heads": [[0, 1]], "mlps": [2], "edges": [
              {"edge": "a0.h1->m2", "metric": 2.7, "ratio": 0.6, "kept": true},
              {"edge": "a0.h1->a2.h0<k>", "metric": null, "ratio": null, "kept": false},
              {"edge": "input->logits", "metric": 3.6, "ratio": 0.85, "kept": false}]}
            """);
        var edges = ReportRun.Read(folder).Edges!;
        Assert.AreEqual(0.21, edges.Edges[0].Effect, 1e-12);
        Assert.IsTrue(double.IsNaN(edges.Edges[1].Effect));
        Assert.AreEqual(Site.K, edges.Edges[1].Edge.Receiver.Site);
        Assert.AreEqual(-0.04, edges.Edges[2].Effect, 1e-12);
        Assert.AreEqual(2, edges.Circuit!.Count);
    }

    [TestMethod]
    [DataRow("run.json", "{")]
    [DataRow("run.json", """{"schema": 2}""")]
    [DataRow("circuit.json", """{"heads": [[9, 0]], "mlps": []}""")]
    [DataRow("trace.jsonl", "{}\n")]
    [DataRow("trace.jsonl",
        """{"index":1,"iteration":1,"pass":"backward","node":"m9","logitDiff":1,"standardError":0,"score":1,"removed":true,"prompts":1}"""
            + "\n")]
    [DataRow("each.jsonl", """{"node":"x"}""")]
    [DataRow("each.jsonl", """{"node":"a9.h0","logitDiff":1,"standardError":0,"score":1}""")]
    [DataRow("per-prompt.jsonl", "[]")]
    [DataRow("edges.json", """{"edges": 3}""")]
    [DataRow("edges.json", """{"edges": [{"edge": "m0->a0.h0<q>", "ratio": 1, "kept": true}]}""")]
    [DataRow("edges.json", """{"edges": [{"edge": "a0.h0->m9", "ratio": 1, "kept": true}]}""")]
    [DataRow("edges.json", """{"edges": [{"edge": "a0.h0->m1<q>", "ratio": 1, "kept": true}]}""")]
    [DataRow("edges.json", """{"heads": [[9, 9]], "mlps": [], "edges": []}""")]
    [DataRow("attention.json", """{"tokens": ["a"], "heads": [{"head": "a0.h0", "pattern": [[1], [1]]}]}""")]
    [DataRow("attention.json",
        """{"tokens": ["a"], "heads": [{"head": "a0.h0", "pattern": [[1]], "highlights": [{"query": 4, "key": 0}]}]}""")]
    [DataRow("attention.json", """{"tokens": ["a"], "heads": [{"head": "m0", "pattern": [[1]]}]}""")]
    [DataRow("compare.json", """{"circuits": [], "tasks": [], "scores": [], "overlap": {"pairs": [], "inAll": []}}""")]
    [DataRow("compare.json",
        """{"circuits": [{"name": "a", "heads": [], "mlps": [], "edges": null}], "tasks": [{"task": "t"}], "scores": [], "overlap": """
            + """{"pairs": [], "inAll": []}}""")]
    [DataRow("compare.json",
        """{"circuits": [{"name": "a", "heads": [], "mlps": [], "edges": null}], "tasks": [{"task": "t"}, {"task": "t"}], "scores": ["""
            + """{"circuit": "a", "task": "t", "score": 1, "nodeScore": 1, "random": null}], "overlap": {"pairs": [], "inAll": []}}""")]
    [DataRow("compare.json",
        """{"circuits": [{"name": "a", "heads": [], "mlps": [], "edges": null}], "tasks": [{"task": "t"}], "scores": [{"circuit": "b","""
            + """ "task": "t", "score": 1, "nodeScore": 1, "random": null}], "overlap": {"pairs": [], "inAll": []}}""")]
    [DataRow("compare.json",
        """{"circuits": [{"name": "a", "heads": [], "mlps": [], "edges": null}, {"name": "b", "heads": [], "mlps": [], "edges": null}],"""
            + """ "tasks": [{"task": "t"}], "scores": [{"circuit": "a", "task": "t", "score": 1, "nodeScore": 1, "random": null}, """
            + """{"circuit": "b", "task": "t", "score": 1, "nodeScore": 1, "random": null}], "overlap": {"pairs": [], "inAll": []}}""")]
    [DataRow("compare.json", """{"circuits": 3}""")]
    [DataRow("compare.json", "[]")]
    [DataRow("lens.json", """{"rows": []}""")]
    [DataRow("ov.json",
        """{"topK": 5, "prompts": 1, "members": ["1"], "heads": [{"head": "a0.h0", "copy": 1, "next": 1, "negativeCopy": 1,"""
            + """ "negativeNext": 1, "copyByMember": [], "nextByMember": []}]}""")]
    public void Read_DamagedFile_IsNamed(string name, string content)
    {
        var folder = _sample.Search("run", "numerals");
        File.WriteAllText(Path.Combine(folder, name), content);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ReportRun.Read(folder));
        Assert.Contains(name, error.Message);
        Assert.DoesNotContain("\n", error.Message);
    }

    [TestMethod]
    [DataRow("circuit.json", """{"heads": [[999, 999]], "mlps": []}""")]
    [DataRow("circuit.json", """{"heads": [[0, 0]], "mlps": [], "nLayers": 1000, "nHeads": 1000}""")]
    [DataRow("edges.json", """{"heads": [[0, 0]], "mlps": [], "edges": [], "nLayers": 1000, "nHeads": 1000}""")]
    [DataRow("run.json", """{"model": {"name": "large", "nLayers": 1000, "nHeads": 1000}}""")]
    public void Read_MoreNodesThanAPageDraws_SaysSo(string name, string content)
    {
        var folder = _sample.Folder("large");
        File.WriteAllText(Path.Combine(folder, name), content);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ReportRun.Read(folder));
        Assert.Contains($"{name}:", error.Message);
        Assert.EndsWith("expected up to 20,000 nodes, as many as a page draws, got 1000 layers of 1000 heads.", error.Message);
    }

    [TestMethod]
    [DataRow(1e308, -1e308)]
    [DataRow(double.MaxValue, double.MinValue)]
    [DataRow(double.MaxValue, 0.0)]
    [DataRow(1e308, 1e308)]
    [DataRow(-1e308, -1.5e308)]
    [DataRow(5e-324, 0.0)]
    [DataRow(1e-310, -1e-310)]
    public void Pictures_ExtremeValues_HaveFiniteCoordinates(double first, double second)
    {
        var folder = _sample.Folder("extreme");
        static string Row(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        File.WriteAllText(
            Path.Combine(folder, "run.json"), $$"""{"model": {"nLayers": 2, "nHeads": 2}, "threshold": {{Row(first)}}}""");
        File.WriteAllLines(Path.Combine(folder, "trace.jsonl"), new[] { first, second }.Select((value, i) =>
            $$"""{"index":{{i + 1}},"iteration":1,"pass":"backward","node":"m{{i}}","logitDiff":{{Row(value)}},"standardError":0"""
                + $$""","score":{{Row(value)}},"removed":{{(i == 0 ? "true" : "false")}},"prompts":1}"""));
        File.WriteAllLines(Path.Combine(folder, "per-prompt.jsonl"), new[] { first, second }.Select((value, i) =>
            $$"""{"prompt":{{i + 1}},"fullLogitDiff":{{Row(value)}},"circuitLogitDiff":{{Row(second)}},"fullTop":1,"circuitTop":1"""
                + ""","fullTopText":"a","circuitTopText":"a"}"""));
        Figure[] figures = [.. ReportSections.Of([ReportRun.Read(folder)]).SelectMany(section => section.Blocks).OfType<Figure>()];
        Assert.IsNotEmpty(figures);
        foreach (var attribute in figures.SelectMany(figure => XDocument.Parse(figure.Draw(false)).Descendants().Attributes()))
        {
            Assert.DoesNotContain("NaN", attribute.Value);
            Assert.DoesNotContain("Infinity", attribute.Value);
        }
    }

    [TestMethod]
    public void Read_NoFolderOrNothingInIt_SaysSo()
    {
        Assert.Contains("not found", Assert.ThrowsExactly<DirectoryNotFoundException>(() =>
            ReportRun.Read(Path.Combine(_sample.Root, "none"))).Message);
        Assert.Contains("no results", Assert.ThrowsExactly<InvalidDataException>(() => ReportRun.Read(_sample.Folder("empty"))).Message);
    }
}
