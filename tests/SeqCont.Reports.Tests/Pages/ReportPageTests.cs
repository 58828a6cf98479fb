using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SeqCont.Circuits;

namespace SeqCont.Reports.Tests;

[TestClass]
public sealed partial class ReportPageTests
{
    private RunSample _sample = null!;

    [TestInitialize]
    public void Make() => _sample = new RunSample();

    [TestCleanup]
    public void Remove() => _sample.Dispose();

    [TestMethod]
    public void Build_AllKindsOfRuns_HasEveryPart()
    {
        var page = ReportPage.Build([
            ReportRun.Read(_sample.Search("numerals", "numerals")), ReportRun.Read(_sample.Search("months", "months")),
            ReportRun.Read(_sample.Each("each", "numerals")), ReportRun.Read(_sample.Analyses("analyses", "numerals"))]);
        foreach (var part in new[] { "runs", "circuit", "each", "search", "prompts", "attention", "lens", "ov", "facts" })
        {
            Has(page, $"<section id=\"{part}\"");
            Has(page, $"href=\"#{part}\"");
        }
    }

    [TestMethod]
    public void Build_OneSearch_LeavesOutWhatItHasNoFilesFor()
    {
        var page = ReportPage.Build([ReportRun.Read(_sample.Search("numerals", "numerals"))]);
        foreach (var part in new[] { "each", "attention", "lens", "ov" }) Lacks(page, $"id=\"{part}\"");
        Assert.DoesNotContain("type=\"range\"", page, "A slider for edges that are not there.");
    }

    [TestMethod]
    public void Build_AnyRun_ReachesForNothingOutside()
    {
        var page = ReportPage.Build(HostileRuns());
        Assert.DoesNotContain("http:", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Lacks(page, "https:");
        Lacks(page, "@import");
        Lacks(page, "url(");
        foreach (Match link in References().Matches(page)) Assert.StartsWith("#", link.Groups[1].Value);
    }

    [TestMethod]
    public void Build_HostileTexts_StayText()
    {
        var page = ReportPage.Build(HostileRuns());
        Lacks(page, "<img");
        Lacks(page, "<script>window");
        Lacks(page, "\u202E");
        Lacks(page, "\0");
        Lacks(page, "\a");
        // Its own script and one graph's data.
        Assert.AreEqual(2, Regex.Count(page, "<script"));
        Assert.AreEqual(2, Regex.Count(page, "</script"));
        Has(page, "&lt;/script&gt;&lt;script&gt;");
    }

    [TestMethod]
    public void Build_HostileTask_ReadsBackFromTheGraphsData()
    {
        var page = ReportPage.Build(HostileRuns());
        var data = Regex.Match(page, "<script type=\"application/json\" class=\"graph-data\">(.*?)</script>").Groups[1].Value;
        using var graph = JsonDocument.Parse(data);
        var label = graph.RootElement.GetProperty("circuits")[0].GetProperty("label").GetString()!;
        Assert.AreEqual(RunSample.Hostile.Replace('\uD800', '\uFFFD'), label.Replace('\uD800', '\uFFFD'));
    }

    [TestMethod]
    public void Build_AnyRun_AllowsItsOwnScriptAndStyleOnly()
    {
        var page = ReportPage.Build([ReportRun.Read(_sample.Search("numerals", "numerals"))]);
        var policy = System.Net.WebUtility.HtmlDecode(Regex.Match(page, "Content-Security-Policy\" content=\"([^\"]*)\"").Groups[1].Value);
        Assert.StartsWith("default-src 'none';", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Contains(Hash(Regex.Match(page, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value), policy);
        Assert.Contains(Hash(Regex.Match(page, "<script>(.*?)</script>", RegexOptions.Singleline).Groups[1].Value), policy);
        Lacks(page, " style=");
        Assert.IsFalse(Regex.IsMatch(page, " on[a-z]+="), "An inline handler.");
    }

    [TestMethod]
    public void WritePictures_HostileTexts_AreXmlThatStandsAlone()
    {
        var folder = Path.Combine(_sample.Root, "svg");
        var names = ReportPage.WritePictures(folder, HostileRuns());
        CollectionAssert.AreEquivalent(names.ToArray(), Directory.GetFiles(folder).Select(Path.GetFileName).ToArray());
        Assert.IsGreaterThan(12, names.Count);
        foreach (var name in names)
        {
            Assert.MatchesRegex("^[A-Za-z0-9.-]+\\.svg$", name);
            var text = File.ReadAllText(Path.Combine(folder, name));
            var picture = XDocument.Parse(text).Root!;
            Assert.DoesNotContain("var(", text, $"{name} leans on a page's colours.");
            Assert.IsFalse(picture.Descendants().Any(element => element.Name.LocalName is "script" or "img" or "foreignObject"));
            Assert.IsGreaterThan(3, picture.Descendants().Count(), name);
        }
    }

    [TestMethod]
    public void WritePictures_RunsOfOneNameAndTask_OverwriteNothing()
    {
        var runs = new[] { ReportRun.Read(_sample.Search("a/same", "numerals")), ReportRun.Read(_sample.Search("b/same", "numerals")) };
        var names = ReportPage.WritePictures(Path.Combine(_sample.Root, "svg"), runs);
        CollectionAssert.AllItemsAreUnique(names.ToArray());
        Assert.AreEqual(2, names.Count(name => name.StartsWith("search-", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Graphs_EdgesOfACircuit_SupersedeItsNodesOnly()
    {
        var nodes = ReportRun.Read(_sample.Search("nodes", "numerals"));
        var months = ReportRun.Read(_sample.Search("months", "months"));
        var folder = _sample.Search("edges", "numerals");
        File.WriteAllText(
            Path.Combine(folder, "edges.json"),
            """{"heads": [[0, 1]], "mlps": [2], "edges": [{"edge": "a0.h1->m2", "ratio": 0.6, "kept": true}]}""");
        File.Delete(Path.Combine(folder, "trace.jsonl"));
        var graph = CircuitGraph.Of([nodes, ReportRun.Read(folder), months]).Single();
        CollectionAssert.AreEqual(new[] { "numerals", "months" }, graph.Circuits.Select(circuit => circuit.Label).ToArray());
        Assert.IsNotNull(graph.Circuits[0].Edges);
        Assert.AreEqual(nodes.Trace!.Last(decision => decision.Node.ToString() == "a0.h1").Score,
            graph.Circuits[0].Scores[graph.Nodes.Number(new NodeId(0, 1))], "The search's scores are lost.");
    }

    [TestMethod]
    public void Graphs_EdgesFromTheInput_DrawIt()
    {
        var folder = _sample.Search("edges", "numerals");
        File.WriteAllText(
            Path.Combine(folder, "edges.json"),
            """{"heads": [[0, 1]], "mlps": [], "edges": [{"edge": "input->a0.h1<v>", "ratio": 0.6, "kept": true}]}""");
        Assert.IsTrue(CircuitGraph.Of([ReportRun.Read(folder)])[0].Circuits[0].Kept[NodeSpace.Input]);
        File.WriteAllText(
            Path.Combine(folder, "edges.json"),
            """{"heads": [[0, 1]], "mlps": [], "edges": [{"edge": "a0.h1->m0", "ratio": 0.6, "kept": true}]}""");
        Assert.IsFalse(CircuitGraph.Of([ReportRun.Read(folder)])[0].Circuits[0].Kept[NodeSpace.Input]);
    }

    [TestMethod]
    public void Build_Edges_ListsTheStrongestInWords()
    {
        var folder = _sample.Search("edges", "numerals");
        File.WriteAllText(Path.Combine(folder, "edges.json"), """
            {"circuitRatio": 0.81, "edges": [{"edge": "a0.h1->m2", "ratio": 0.8, "kept": false},
             {"edge": "a0.h1->a2.h0<k>", "ratio": 0.6, "kept": true}, {"edge": "m0->m2", "ratio": null, "kept": false}]}
            """);
        var list = ReportSections.Of([ReportRun.Read(folder)]).Single(section => section.Id == "circuit").Blocks.OfType<Table>().Single();
        CollectionAssert.AreEqual(new[] { "a0.h1", "a2.h0", "k", "kept", "21.00", "60.00" }, list.Rows[0]);
        Assert.HasCount(2, list.Rows);
    }

    [TestMethod]
    public void Graphs_WholeModelOfEach_IsNoCircuit()
    {
        Assert.IsEmpty(CircuitGraph.Of([ReportRun.Read(_sample.Each("each", "numerals"))]));
        Assert.HasCount(2, CircuitGraph.Of(
            [ReportRun.Read(_sample.Search("a", "numerals")), ReportRun.Read(_sample.Search("b", "numerals", 4, 4))]),
            "Two models in one graph.");
    }

    [TestMethod]
    public void Build_EveryEdgeOfGpt2Small_StaysSmallAndDrawsABoundedNumber()
    {
        var run = ReportRun.Read(_sample.Edges("all", "numerals", 12, 12, (_, _) => true));
        Assert.HasCount(32_491, run.Edges!.Edges);
        var page = ReportPage.Build([run]);
        // Two ends, a port, a verdict and five digits of effect an edge; and the page around them.
        Assert.IsLessThan(32_491 * 24 + 400_000, Encoding.UTF8.GetByteCount(page));
        // A graph's two forms hold nodes only: their script draws edges on a canvas.
        Assert.IsLessThan(4_000, Regex.Count(page, "<(rect|path|line|circle|text|g)[ >]"));
        var picture = XDocument.Parse(new GraphPicture(CircuitGraph.Of([run])[0], false, inPage: false).Draw()).Root!;
        Assert.AreEqual(GraphPicture.MostEdges, picture.Descendants().Count(element => element.Name.LocalName == "path"));
    }

    [TestMethod]
    public void Picture_MoreEdgesThanItDraws_HoldsTheStrongest()
    {
        var graph = CircuitGraph.Of([ReportRun.Read(_sample.Edges("all", "numerals", 12, 12, (_, _) => true))])[0];
        var kept = graph.Circuits[0].Edges!.Where(edge => edge.Kept).Select(edge => Math.Abs(edge.Effect)).OrderDescending().ToArray();
        var drawn = GraphPicture.Strongest(graph).Select(edge => Math.Abs(edge.Edge.Effect)).ToArray();
        Assert.IsGreaterThan(GraphPicture.MostEdges, kept.Length);
        CollectionAssert.AreEqual(kept.Take(GraphPicture.MostEdges).Reverse().ToArray(), drawn);
    }

    [TestMethod]
    public void Attention_LongPromptsAndManyHeads_DrawsABoundedNumberOfCells()
    {
        var folder = _sample.Folder("attention");
        var pattern = Enumerable.Range(0, 150).Select(query => Enumerable.Range(0, query + 1).Select(key => key == 60 ? 1.0 : 0));
        RunSample.Write(folder, "attention.json", new
        {
            schema = 1,
            tokens = Enumerable.Range(0, 150).Select(position => $"t{position}"),
            heads = Enumerable.Range(0, 40)
                .Select(i => new
                {
                    head = $"a{i}.h0",
                    role = i == 33
                    ? "late" : null,
                    highlights = new[] { new { query = 149, key = 60 }, new { query = 149, key = 3 } },
                    pattern
                }),
        });
        var page = ReportPage.Build([ReportRun.Read(folder)]);
        Assert.IsLessThan(25_000, Regex.Count(page, "<rect"));
        Has(page, "the last 96 of 150 positions");
        Assert.Contains("aria-label=\"Mean attention of head 33.0\"", page, "A head with a role is left out.");
        Has(page, "t149 (149) → t60 (60)&#10;1.0000");
        Lacks(page, ">t53<");
    }

    [TestMethod]
    public void Build_Comparison_ShowsScoresControlsAndWhatIsShared()
    {
        var page = ReportPage.Build([ReportRun.Read(_sample.Compare("compare"))]);
        foreach (var text in new[] { "<section id=\"compare\"", ">81.3<", ">random \u22121.5 ± 2.3<", ">random 41.5 ± 3.3<",
            "3 random sets of 2 edges between its nodes: 41.50 ± 3.25 %, at most 45.00 %", ">0.50<", ">2 shared<", ">0.25<", "of 2 and 2",
            "all 3", "a0.h1 a1.h3" }) Has(page, text);
        // Circuits without edges have no place among those with them: one matrix of three and one of two.
        var overlap = ComparePictures.Overlap(ReportRun.Read(Path.Combine(_sample.Root, "compare")).Comparison!, inPage: true);
        Assert.AreEqual(9 + 4, Regex.Count(overlap, "class=\"mark\""));
    }

    private ReportRun[] HostileRuns() =>
    [
        ReportRun.Read(_sample.Search("numerals", RunSample.Hostile, text: RunSample.Hostile)),
        ReportRun.Read(_sample.Analyses("analyses", RunSample.Hostile, RunSample.Hostile)),
        ReportRun.Read(_sample.Compare("compare", RunSample.Hostile)),
    ];

    // Not the assertions on strings, which print the whole page.
    private static void Has(string page, string text) =>
        Assert.IsTrue(page.Contains(text, StringComparison.Ordinal), $"The page lacks {text}");

    private static void Lacks(string page, string text) =>
        Assert.IsFalse(page.Contains(text, StringComparison.Ordinal), $"The page holds {text}");

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex("<[^>]* (?:href|src|action|data|xlink:href)=\"([^\"]*)\"")]
    private static partial Regex References();
}
