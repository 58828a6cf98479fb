using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// ov.json. Scores are percentages of hits among the top k; per-member tables have one number a member, null where
/// the member is shown nowhere:
/// <code>
/// { "schema": 1, "model", "task", "topK", "asPublished", "nextIsOrdinal", "prompts", "leftOut",
///   "members": ["1", ...], "memberCounts": [places where a member is shown],
///   "heads": [ { "head": "a0.h0", "copy", "next", "negativeCopy", "negativeNext",
///                "copyByMember": [...], "nextByMember": [...], "negativeCopyByMember": [...], "negativeNextByMember": [...] } ] }
/// </code>
/// Every head is listed, layer by layer.
/// </summary>
public static class OvFile
{
    /// <summary>Writes ov.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="task">The task's name.</param>
    /// <param name="asPublished">Whether the published reading was asked for; it changes months only.</param>
    /// <param name="result">The scores.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, string model, string task, bool asPublished, OvScoreResult result) =>
        JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, writer => WriteFields(writer, model, task, asPublished, result)));

    /// <summary>Writes the fields of ov.json into an open JSON object.</summary>
    public static void WriteFields(Utf8JsonWriter writer, string model, string task, bool asPublished, OvScoreResult result)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(result);
        var prompts = result.Prompts;
        writer.WriteNumber("schema", JsonFile.Schema);
        writer.WriteString("model", model);
        writer.WriteString("task", task);
        writer.WriteNumber("topK", result.TopK);
        writer.WriteBoolean("asPublished", asPublished);
        writer.WriteBoolean("nextIsOrdinal", prompts.NextIsOrdinal);
        writer.WriteNumber("prompts", prompts.Tokens.Count);
        writer.WriteNumber("leftOut", prompts.LeftOut);
        writer.WriteStartArray("members");
        foreach (var member in prompts.Members) writer.WriteStringValue(member);
        writer.WriteEndArray();
        WriteLine(writer, "memberCounts", prompts.MemberCounts.Select(count => (double)count));
        writer.WriteStartArray("heads");
        foreach (var head in result.Heads) WriteHead(writer, result, head);
        writer.WriteEndArray();
    }

    private static void WriteHead(Utf8JsonWriter writer, OvScoreResult result, OvHead head)
    {
        writer.WriteStartObject();
        writer.WriteString("head", head.Head.ToString());
        writer.WriteFinite("copy", result.Percent(head.Positive, OvScoreKind.Copy));
        writer.WriteFinite("next", result.Percent(head.Positive, OvScoreKind.Next));
        writer.WriteFinite("negativeCopy", result.Percent(head.Negative, OvScoreKind.Copy));
        writer.WriteFinite("negativeNext", result.Percent(head.Negative, OvScoreKind.Next));
        IEnumerable<double> ByMember(OvHits hits, OvScoreKind kind) =>
            Enumerable.Range(0, result.Prompts.Members.Count).Select(member => result.Percent(hits, kind, member));
        WriteLine(writer, "copyByMember", ByMember(head.Positive, OvScoreKind.Copy));
        WriteLine(writer, "nextByMember", ByMember(head.Positive, OvScoreKind.Next));
        WriteLine(writer, "negativeCopyByMember", ByMember(head.Negative, OvScoreKind.Copy));
        WriteLine(writer, "negativeNextByMember", ByMember(head.Negative, OvScoreKind.Next));
        writer.WriteEndObject();
    }

    // On one line: an indented list of a hundred numbers is a long column.
    private static void WriteLine(Utf8JsonWriter writer, string name, IEnumerable<double> values)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(
            $"[{string.Join(", ", values.Select(JsonFile.Number))}]");
    }
}
