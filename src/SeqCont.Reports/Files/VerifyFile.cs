using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// verify.json: published numbers beside ours.
/// <code>
/// {
///   "schema": 1, "tool", "model",                                       as in run.json
///   "published": "where the published figures come from", "parts": ["ov", ...],
///   "prompts": [{"task": "numerals", "clean": {...}, "corrupted": {...}}, ...],
///   "precision", "seed", "plannedTflop": 570.2,
///   "complete": false until all tables are here, "verdict": "agrees|differs",
///   "tables": [{"part": "numerals", "name": "numerals search", "unit": "% of the full model", "tolerance": 0.02 or null,
///     "complete": true, "verdict": "agrees|differs|informational", "compared": 239, "differing": 0,
///     "maxDifference": 0.004 or null, "fullLogitDiff": 5.1 or null, "note": null,
///     "rows": [{"name": "backward 1 m11", "published": 78.8354, "ours": 78.8361, "difference": 0.0007, "verdict": "agrees",
///       "publishedRemoved": false, "oursRemoved": false, "margin": 1.16}, ...]}, ...],
///   "host": {...}                                                       as in run.json
/// }
/// </code>
/// A row's verdict is agrees, near (the score agrees and falls on the other side of the threshold, to which the published one
/// is no further than the tolerance), differs, undefined (the full model does not prefer the correct answer; counts as differing),
/// informational or notCovered. published, ours and difference are null where there is no number; publishedText and oursText
/// stand there instead where there is text. publishedRemoved, oursRemoved and margin (percent points between the published
/// score and the threshold) are there where something was decided; note where there is one.
/// </summary>
public static class VerifyFile
{
    /// <summary>The file's name in a folder of results.</summary>
    public const string Name = "verify.json";

    /// <summary>What verify.json says.</summary>
    public static Json Of(VerifyRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return
        [
            .. RunFile.Origin(record.Header.Origin), ("published", record.Source), ("parts", Json.List(record.Parts, part => part)),
            ("prompts", Json.List(record.Prompts, prompts => [("task", prompts.Task), .. RunFile.Sets(prompts.Facts)])),
            ("precision", record.Header.Precision), ("seed", record.Header.Seed),
            ("plannedTflop", record.Plan.Flops / 1e12), ("complete", record.Complete),
            ("verdict", NameOf(record.Agrees ? VerifyVerdict.Agrees : VerifyVerdict.Differs)), ("tables", Json.List(record.Tables, Table)),
            .. RunFile.Host(record.Header),
        ];
    }

    /// <summary>The name that files and tables use for a verdict.</summary>
    public static string NameOf(VerifyVerdict verdict) => JsonNamingPolicy.CamelCase.ConvertName($"{verdict}");

    private static Json Table(VerifyTable table) =>
    [
        ("part", table.Part), ("name", table.Name), ("unit", table.Unit), ("tolerance", table.Tolerance), ("complete", table.Complete),
        ("verdict", NameOf(table.Verdict)), ("compared", table.Compared), ("differing", table.Failing),
        ("maxDifference", table.MaxDifference), ("fullLogitDiff", table.FullMean), ("note", table.Note),
        ("rows", Json.List(table.Rows, Row)),
    ];

    private static Json Row(VerifyRow row) =>
    [
        ("name", row.Name), ("published", row.Published), ("ours", row.Ours), ("difference", row.Difference),
        ("publishedText?", row.PublishedText), ("oursText?", row.OursText), ("verdict", NameOf(row.Verdict)),
        ("publishedRemoved?", row.PublishedRemoved), ("oursRemoved?", row.OursRemoved), ("margin?", row.Margin), ("note?", row.Note),
    ];
}
