using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports.Tests;

[TestClass]
public sealed class AttentionPictureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [TestMethod]
    public void Draw_Pattern_HasACellForEveryEntryAndOutlinesTheHighlights()
    {
        var svg = XDocument.Parse(AttentionPictures.Head(Head(5), ["Van", " done", " in", " 1", "."], "mean over 7 prompts"));
        var says = svg.Descendants(Svg + "rect").Select(rect => rect.Element(Svg + "title")?.Value).OfType<string>().ToArray();
        Assert.HasCount(15, says);
        Assert.Contains("1 (3) \u2192 done (1)\n0.2500", says);
        Assert.HasCount(1, svg.Descendants(Svg + "rect")
            .Where(rect => (string?)rect.Attribute("fill") == "none" && rect.Attribute("stroke")!.Value == "#c05615").ToArray());
        Assert.Contains("head 9.1: mean over 7 prompts", svg.Root!.Element(Svg + "title")!.Value);
    }

    [TestMethod]
    public void Draw_HostileTokens_AreEscaped()
    {
        var text = AttentionPictures.Head(Head(3), ["<script>alert(1)</script>", "\u0001\uFFFF", "\"&'"], "<b>&");
        var svg = XDocument.Parse(text);
        Assert.IsEmpty(svg.Descendants().Where(element => element.Name.LocalName is "script" or "b").ToArray());
        Assert.Contains("\"&'", svg.Descendants(Svg + "text").Select(element => element.Value).ToArray());
    }

    [TestMethod]
    public void Draw_OtherCulture_WritesTheSame()
    {
        var plain = AttentionPictures.Head(Head(4), ["a", "b", "c", "d"], "x");
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = "," } };
            Assert.AreEqual(plain, AttentionPictures.Head(Head(4), ["a", "b", "c", "d"], "x"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void Draw_WrongNumberOfTokens_IsRefused() =>
        Assert.Contains("expected 4", Assert.ThrowsExactly<ArgumentException>(() => AttentionPictures.Head(Head(4), ["a"], "x")).Message);

    [TestMethod]
    public void File_Fields_ReadBackAsWritten()
    {
        var record = new AttentionRecord(
            Header: new RunHeader(
                Origin: new RunOrigin(
                    "1", null, "seqcont attention", new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                    new ModelFacts("m", null, "00", new ModelConfig
                    {
                        NLayers = 10,
                        NHeads = 2,
                        DModel = 4,
                        DMlp = 4,
                        NCtx = 8,
                        DVocab = 9
                    })),
                Clean: new PromptFacts("s", [], "11", 7, "22"),
                Device: "cpu",
                Backend: "b",
                Precision: "fp32",
                Seed: 3,
                Seconds: [new("total", 0.5)],
                PredictedPeakBytes: 2,
                PeakBytes: 1),
            Tokens: ["<|endoftext|>", "\"é\n", " 1"],
            Result: new AttentionResult([Head(3), Head(3) with { Role = null, Scores = null, Highlights = [] }], [7, 7, 5], [1, 2]));
        using var json = JsonDocument.Parse(JsonFile.Object(AttentionFile.Of(record)));
        var root = json.RootElement;
        CollectionAssert.AreEqual(record.Tokens.ToArray(), root.GetProperty("tokens")
            .EnumerateArray().Select(token => token.GetString()).ToArray());
        Assert.AreEqual("[7, 7, 5]", root.GetProperty("promptsAt").GetRawText());
        var head = root.GetProperty("heads")[0];
        Assert.AreEqual("a9.h1", head.GetProperty("head").GetString());
        Assert.AreEqual("late", head.GetProperty("role").GetString());
        Assert.AreEqual(1.0 / 3, head.GetProperty("pattern")[2][0].GetDouble());
        Assert.AreEqual(3, head.GetProperty("pattern").GetArrayLength());
        Assert.AreEqual(0.3, head.GetProperty("scores").GetProperty("late").GetDouble());
        Assert.AreEqual("""{"query": 2, "key": 1, "value": 0.25}""", head.GetProperty("highlights")[0].GetRawText());
        Assert.AreEqual(JsonValueKind.Null, root.GetProperty("heads")[1].GetProperty("scores").ValueKind);
    }

    /// <summary>An even spread.</summary>
    private static HeadAttention Head(int length) => new(
        new NodeId(9, 1), [.. Enumerable.Range(1, length).Select(count => Enumerable.Repeat(1.0 / count, count).ToArray())],
        HeadRole.Late, new RoleScores(0.1, 0.2, 0.3), [new AttentionCell(length - 1, 1, 0.25)]);
}
