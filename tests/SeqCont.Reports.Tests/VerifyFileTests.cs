using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports.Tests;

/// <summary>verify.json.</summary>
[TestClass]
public sealed class VerifyFileTests
{
    [TestMethod]
    public void Verify_Written_SaysWhatWasFound()
    {
        using var json = Written(Table("a", 0.02,
            new VerifyRow("one", 80.5, 80.51, VerifyVerdict.Agrees) { Margin = 0.5, PublishedRemoved = true, OursRemoved = true },
            new VerifyRow("two", 79.999, 80.001, VerifyVerdict.Near) { Margin = 0.001, PublishedRemoved = false, OursRemoved = true },
            new VerifyRow("three", 50, 49, VerifyVerdict.Differs),
            new VerifyRow("four", -6.7, double.NaN, VerifyVerdict.NotCovered) { Note = "why" }));
        var root = json.RootElement;
        Assert.AreEqual(1, root.GetProperty("schema").GetInt32());
        Assert.AreEqual("differs", root.GetProperty("verdict").GetString());
        Assert.IsFalse(root.GetProperty("complete").GetBoolean(), "Two tables were planned.");
        Assert.AreEqual(3, root.GetProperty("plannedTflop").GetDouble());
        var table = root.GetProperty("tables")[0];
        Assert.AreEqual((3, 1), (table.GetProperty("compared").GetInt32(), table.GetProperty("differing").GetInt32()));
        Assert.AreEqual(1.0, table.GetProperty("maxDifference").GetDouble());
        var rows = table.GetProperty("rows");
        Assert.AreEqual("near", rows[1].GetProperty("verdict").GetString());
        Assert.IsFalse(rows[1].GetProperty("publishedRemoved").GetBoolean());
        Assert.IsTrue(rows[1].GetProperty("oursRemoved").GetBoolean());
        Assert.IsFalse(rows[2].TryGetProperty("margin", out _));
        Assert.AreEqual(-1.0, rows[2].GetProperty("difference").GetDouble());
        Assert.AreEqual(JsonValueKind.Null, rows[3].GetProperty("ours").ValueKind);
        Assert.AreEqual("why", rows[3].GetProperty("note").GetString());
    }

    [TestMethod]
    public void Verify_TextAndUndefined_AreWhatTheyAre()
    {
        using var json = Written(
            Table("lens", null, new VerifyRow("row 0", double.NaN, double.NaN, VerifyVerdict.Informational)
            {
                PublishedText = "' 4'",
                OursText = "'<'"
            }) with
            { IsInformational = true },
            Table("b", 0.02, new VerifyRow("m0", 37.4, double.NaN, VerifyVerdict.Undefined)) with
            {
                FullMean = -0.25,
                Note = "faithfulness is undefined"
            });
        var tables = json.RootElement.GetProperty("tables");
        Assert.IsTrue(json.RootElement.GetProperty("complete").GetBoolean());
        Assert.AreEqual("informational", tables[0].GetProperty("verdict").GetString());
        Assert.AreEqual("'<'", tables[0].GetProperty("rows")[0].GetProperty("oursText").GetString());
        Assert.AreEqual(("differs", 0, -0.25), (tables[1].GetProperty("verdict").GetString(), tables[1].GetProperty("compared").GetInt32(),
            tables[1].GetProperty("fullLogitDiff").GetDouble()));
        Assert.AreEqual("differs", json.RootElement.GetProperty("verdict").GetString());
    }

    private static VerifyTable Table(string name, double? tolerance, params VerifyRow[] rows) =>
        new("numerals", name, "%", tolerance) { Rows = rows, Complete = true, PredictedBytes = 5 };

    private static JsonDocument Written(params VerifyTable[] tables)
    {
        var path = Path.GetTempFileName();
        try
        {
            JsonFile.Write(path, VerifyFile.Of(new VerifyRecord(
                Header: new RunHeader(
                    Origin: new RunOrigin("0", null, "seqcont verify", DateTime.UnixEpoch,
                        new ModelFacts("m", null, "", ModelConfig.Small)),
                    Device: "cpu",
                    Backend: "cpu",
                    Precision: "fp32",
                    Seed: 0,
                    Seconds: [new("total", 1.5)],
                    PredictedPeakBytes: 7,
                    PeakBytes: 9),
                Source: "s",
                Parts: ["numerals"],
                Prompts: [],
                Tables: tables,
                Plan: new VerificationPlan(
                    [new PlannedTable("numerals", "a", 1_000_000_000_000, []), new PlannedTable("numerals", "b", 2_000_000_000_000, [])],
                    7))));
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
