using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// verify.json: published numbers beside ours.
/// <code>
/// {
///   "schema": 1, "tool", "command", "startedAt", "model",               as in run.json
///   "published": "where the published figures come from", "parts": ["ov", ...],
///   "prompts": [{"task": "numerals", "clean": {...}, "corrupted": {...}}, ...],
///   "device", "backend", "precision", "seed", "plannedTflop": 570.2,
///   "complete": false until all tables are here, "verdict": "agrees|differs",
///   "tables": [{"part": "numerals", "name": "numerals search", "unit": "% of the full model", "tolerance": 0.02 or null,
///     "complete": true, "verdict": "agrees|differs|informational", "compared": 239, "differing": 0,
///     "maxDifference": 0.004 or null, "fullLogitDiff": 5.1 or null, "note": null,
///     "rows": [{"name": "backward 1 m11", "published": 78.8354, "ours": 78.8361, "difference": 0.0007, "verdict": "agrees",
///       "publishedRemoved": false, "oursRemoved": false, "margin": 1.16}, ...]}, ...],
///   "seconds": {...}, "memory": {...}
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

    /// <summary>Writes verify.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="record">What it says.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, VerifyRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, writer => WriteFields(writer, record)));
    }

    /// <summary>Writes the fields of verify.json into an open JSON object.</summary>
    public static void WriteFields(Utf8JsonWriter writer, VerifyRecord record)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(record);
        RunFile.WriteOrigin(writer, record.Header);
        writer.WriteString("published", record.Source);
        writer.WriteStartArray("parts");
        foreach (var part in record.Parts) writer.WriteStringValue(part);
        writer.WriteEndArray();
        WritePrompts(writer, record.Prompts);
        RunFile.WriteEnvironment(writer, record.Header);
        writer.WriteFinite("plannedTflop", record.Plan.Flops / 1e12);
        writer.WriteBoolean("complete", record.Complete);
        writer.WriteString("verdict", NameOf(record.Agrees ? VerifyVerdict.Agrees : VerifyVerdict.Differs));
        writer.WriteStartArray("tables");
        foreach (var table in record.Tables) WriteTable(writer, table);
        writer.WriteEndArray();
        RunFile.WriteCosts(writer, record.Header);
    }

    /// <summary>The name that files and tables use for a verdict.</summary>
    public static string NameOf(VerifyVerdict verdict)
    {
        var name = verdict.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static void WritePrompts(Utf8JsonWriter writer, IReadOnlyList<VerifiedPrompts> prompts)
    {
        writer.WriteStartArray("prompts");
        foreach (var task in prompts)
        {
            writer.WriteStartObject();
            writer.WriteString("task", task.Task);
            RunFile.WriteSet(writer, "clean", task.Facts.Clean);
            RunFile.WriteSet(writer, "corrupted", task.Facts.Corrupted);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteTable(Utf8JsonWriter writer, VerifyTable table)
    {
        writer.WriteStartObject();
        writer.WriteString("part", table.Part);
        writer.WriteString("name", table.Name);
        writer.WriteString("unit", table.Unit);
        writer.WriteFinite("tolerance", table.Tolerance ?? double.NaN);
        writer.WriteBoolean("complete", table.Complete);
        writer.WriteString("verdict", NameOf(table.Verdict));
        writer.WriteNumber("compared", table.Compared);
        writer.WriteNumber("differing", table.Failing);
        writer.WriteFinite("maxDifference", table.MaxDifference ?? double.NaN);
        writer.WriteFinite("fullLogitDiff", table.FullMean ?? double.NaN);
        RunFile.WriteText(writer, "note", table.Note);
        writer.WriteStartArray("rows");
        foreach (var row in table.Rows) WriteRow(writer, row);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter writer, VerifyRow row)
    {
        writer.WriteStartObject();
        writer.WriteString("name", row.Name);
        writer.WriteFinite("published", row.Published);
        writer.WriteFinite("ours", row.Ours);
        writer.WriteFinite("difference", row.Difference);
        if (row.PublishedText is { } published) writer.WriteString("publishedText", published);
        if (row.OursText is { } ours) writer.WriteString("oursText", ours);
        writer.WriteString("verdict", NameOf(row.Verdict));
        if (row.PublishedRemoved is { } publishedRemoved) writer.WriteBoolean("publishedRemoved", publishedRemoved);
        if (row.OursRemoved is { } oursRemoved) writer.WriteBoolean("oursRemoved", oursRemoved);
        if (row.Margin is { } margin) writer.WriteFinite("margin", margin);
        if (row.Note is { } note) writer.WriteString("note", note);
        writer.WriteEndObject();
    }
}
