using System.Text.Json;
using System.Xml.Linq;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports.Tests;

/// <summary>lens.json, ov.json, their rows and pictures.</summary>
[TestClass]
public sealed class AnalysisFileTests
{
    private const string Hostile = "<script>alert(\"1\")</script>&\u0001\uD800";

    private DirectoryInfo _folder = null!;

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("seqcont-reports-");

    [TestCleanup]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Lens_Written_SaysWhatWasFound()
    {
        JsonFile.Write(At("lens.json"), LensFile.Of(Report()));
        using var json = JsonDocument.Parse(File.ReadAllText(At("lens.json")));
        var root = json.RootElement;
        Assert.AreEqual(1, root.GetProperty("schema").GetInt32());
        var row = root.GetProperty("rows")[1];
        Assert.AreEqual("after block 0", row.GetProperty("name").GetString());
        // Ranks 1 and 4, probabilities 0.5 and 0.25.
        Assert.AreEqual(2.5, row.GetProperty("correct").GetProperty("medianRank").GetDouble());
        Assert.AreEqual(0.375, row.GetProperty("correct").GetProperty("probability").GetDouble());
        Assert.AreEqual(0.125, row.GetProperty("correct").GetProperty("standardError").GetDouble());
        Assert.AreEqual(0.5, row.GetProperty("correct").GetProperty("topShare").GetDouble());
        var first = root.GetProperty("first");
        Assert.AreEqual("<4>", first.GetProperty("correct").GetProperty("text").GetString());
        Assert.AreEqual(7, first.GetProperty("rows")[1].GetProperty("top")[0].GetProperty("token").GetInt32());
        Assert.AreEqual(1, first.GetProperty("rows")[1].GetProperty("correct").GetProperty("rank").GetInt32());
        Assert.AreEqual(1, root.GetProperty("steps").GetProperty("study").GetProperty("laterRow").GetInt32());
        Assert.AreEqual(50, root.GetProperty("steps").GetProperty("pairs")[0].GetProperty("percent").GetDouble());
        Assert.AreEqual(0.75, root.GetProperty("lengths")[0].GetProperty("correct").GetProperty("probability").GetDouble());
    }

    [TestMethod]
    public void LensPerPrompt_Written_HasARowAPrompt()
    {
        JsonFile.WriteRows(At("p.jsonl"), LensFile.PerPrompt(Report()));
        var rows = File.ReadAllLines(At("p.jsonl"));
        Assert.HasCount(2, rows);
        using var second = JsonDocument.Parse(rows[1]);
        Assert.AreEqual(2, second.RootElement.GetProperty("prompt").GetInt32());
        Assert.AreEqual(4, second.RootElement.GetProperty("rows")[1].GetProperty("correctRank").GetInt32());
        Assert.AreEqual("<8>", second.RootElement.GetProperty("rows")[1].GetProperty("topText")[0].GetString());
        Assert.AreEqual(0.25, second.RootElement.GetProperty("rows")[1].GetProperty("correctProbability").GetDouble());
    }

    [TestMethod]
    public void Lens_WithoutTokenizerAndTask_SaysNull()
    {
        JsonFile.Write(At("lens.json"), LensFile.Of(Report() with { TokenText = null, Task = null, Steps = null, Lengths = null }));
        using var json = JsonDocument.Parse(File.ReadAllText(At("lens.json")));
        foreach (var name in new[] { "task", "steps", "lengths" })
            Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty(name).ValueKind, name);
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("first").GetProperty("correct").GetProperty("text").ValueKind);
    }

    [TestMethod]
    public void Pictures_HostileNames_AreWellFormedAndHarmless()
    {
        var report = Report() with { Task = Hostile, Model = Hostile };
        foreach (var svg in new[] { LensPictures.Rows(report), LensPictures.Lengths(report), OvPictures.Scores(Scores(), Hostile, Hostile),
            OvPictures.NegativeScores(Scores(), Hostile, Hostile) })
        {
            var picture = XDocument.Parse(svg);
            Assert.IsFalse(picture.Descendants().Any(element => element.Name.LocalName is "script" or "style" or "image"));
            Assert.IsTrue(picture.Descendants()
                .Any(element => element.Name.LocalName == "text" && element.Value.Contains("<script>", StringComparison.Ordinal)),
                "The title is not shown.");
        }

        Assert.ThrowsExactly<ArgumentException>(() => LensPictures.Lengths(report with { Lengths = [] }));
    }

    [TestMethod]
    public void LengthsPicture_Points_AreWhereTheirSharesAre()
    {
        // Discs for the next member, diamonds, which begin at their top, for the last one; those with a tip, without the key's.
        var marks = XDocument.Parse(LensPictures.Lengths(Report()))
            .Descendants().Where(element => element.Name.LocalName is "circle" or "path" && element.HasElements).ToArray();
        Assert.HasCount(4, marks);
        double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        double[] y = [.. marks.Select(mark => mark.Attribute("cy") is { } centre
            ? Number(centre.Value) : Number(mark.Attribute("d")!.Value.Split(' ', 'l')[1]) + 4.6)];
        // 75 % and 100 % of the next member, 25 % and 0 % of the last one: y grows downwards, evenly.
        Assert.AreEqual(y[0] - y[1], y[3] - y[2], 0.02);
        Assert.AreEqual(2 * (y[0] - y[1]), y[2] - y[0], 0.02);
        Assert.Contains("0.7500 ± 0.0100", marks[0].Value);
    }

    [TestMethod]
    public void Ov_Written_HasScoresByHeadAndMember()
    {
        JsonFile.Write(At("ov.json"), OvFile.Of("m", "t", false, Scores()));
        using var json = JsonDocument.Parse(File.ReadAllText(At("ov.json")));
        var root = json.RootElement;
        Assert.AreEqual(1, root.GetProperty("schema").GetInt32());
        Assert.AreEqual("[2, 2, 0]", root.GetProperty("memberCounts").GetRawText());
        var head = root.GetProperty("heads")[1];
        Assert.AreEqual("a0.h1", head.GetProperty("head").GetString());
        Assert.AreEqual(75, head.GetProperty("copy").GetDouble());
        Assert.AreEqual(25, head.GetProperty("next").GetDouble());
        Assert.AreEqual(0, head.GetProperty("negativeCopy").GetDouble());
        Assert.AreEqual(50, head.GetProperty("negativeNext").GetDouble());
        Assert.AreEqual("[100, 50, null]", head.GetProperty("copyByMember").GetRawText());
        Assert.AreEqual("[0, 100, null]", head.GetProperty("negativeNextByMember").GetRawText());
    }

    private static LensReport Report()
    {
        static LensReading Reading(int top, int rank, double probability) =>
            new([new LensToken(top, 1.5, 0.5)], new LensAnswer(rank, probability), new LensAnswer(9, 0.01));
        return new LensReport(
            Task: "numerals",
            Model: "m",
            Prompts: PromptSet.Create([Row(1), Row(2)], null, ModelConfig.Small with { NCtx = 8, DVocab = 10 }, null, "test"),
            Lens: new LogitLensResult(
                new LogitLensConfig { TopK = 1 },
                [[Reading(3, 8, 0.1), Reading(3, 8, 0.1)], [Reading(7, 1, 0.5), Reading(8, 4, 0.25)]],
                new AnalysisPlan(1, 1, 1)),
            Steps: [new StepCount(0, 1)],
            StudyRow: 0,
            Lengths:
            [
                new LengthProbability(2, 3, new PromptMean(0.75, 0.01), new PromptMean(0.25, 0.02), 1),
                new LengthProbability(3, 3, new PromptMean(1, 0), new PromptMean(0, 0), 1),
            ],
            TokenText: id => $"<{id}>");
    }

    private static PromptRow Row(int token) => new() { Tokens = [token], Corr = new PromptAnswer(4), Incorr = new PromptAnswer(3) };

    private static OvScoreResult Scores()
    {
        var none = new OvHits([0, 0, 0], [0, 0, 0]);
        return new OvScoreResult(
            new OvPrompts([[0, 1], [1, 0]], [[0, 1], [1, 0]], ["a", Hostile, "c"], [[0], [1], [2]], [[1], [2], []]),
            5,
            [new OvHead(new NodeId(0, 0), none, none, [], []),
                new OvHead(new NodeId(0, 1), new OvHits([2, 1, 0], [0, 1, 0]), new OvHits([0, 0, 0], [0, 2, 0]), [], [])],
            [],
            new AnalysisPlan(1, 1, 1));
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
