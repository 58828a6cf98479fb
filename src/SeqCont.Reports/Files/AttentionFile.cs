using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// attention.json: mean attention patterns of some heads over prompts, as data for pictures.
/// <code>
/// {
///   "schema": 1,
///   "tool": {"name": "seqcont", "version": "0.1.0", "commit": "..." or null},
///   "command": "seqcont attention ...", "startedAt": "...",
///   "model": {"name", "revision", "sha256", "nLayers", "nHeads", "dModel"},
///   "prompts": {"task", "source", "files": [{"path", "sha256"}], "sha256", "count", "tokensSha256", "bos": id or null},
///   "device": "cpu", "backend": "...", "precision": "fp32", "seed": 0,
/// "tokens": ["&lt;|endoftext|>", "Van", " done", ...],   labels of positions, spaces as they are: the first of the longest prompts'
/// tokens
///   "promptsAt": [384, 384, ...],                       prompts that a query position's mean is over, [position]
///   "members": [4, 9, 14, 19],                          positions of the shown members; [] where they are not the same in all prompts
///   "heads": [{
///     "head": "a9.h1", "layer": 9, "number": 1,
///     "role": "early" | "mid" | "late" | null,          what it is shown for
///     "scores": {"early": 0.01, "mid": 0.12, "late": 0.31} or null,
///     "highlights": [{"query": 22, "key": 19, "value": 0.31}, ...],
///     "pattern": [[1], [0.9, 0.1], ...]                 mean attention, [query][key], key &lt;= query
///   }, ...],
///   "seconds": {"open": 0.1, ...},
///   "memory": {"predictedPeakBytes", "peakBytes"}
/// }
/// </code>
/// </summary>
public static class AttentionFile
{
    /// <summary>The file's name in a folder of results.</summary>
    public const string Name = "attention.json";

    /// <summary>The name of the file of patterns as tensors.</summary>
    public const string TensorsName = "attention.safetensors";

    /// <summary>The name of the file of every prompt's patterns.</summary>
    public const string PerPromptName = "attention-per-prompt.safetensors";

    /// <summary>The name of a head's picture, such as attention-9.1.svg.</summary>
    public static string PictureName(NodeId head) => $"attention-{head.Label}.svg";

    /// <summary>The names of all files of an attention analysis, * for any characters.</summary>
    public static IReadOnlyList<string> Patterns { get; } = [Name, TensorsName, PerPromptName, "attention-*.*.svg"];

    /// <summary>The name that files use for a role.</summary>
    public static string RoleName(HeadRole role) => role switch
    {
        HeadRole.Early => "early",
        HeadRole.Mid => "mid",
        HeadRole.Late => "late",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "not a role"),
    };

    /// <summary>Writes attention.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="record">What was found.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, AttentionRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, writer => WriteFields(writer, record)));
    }

    /// <summary>Writes the fields of attention.json into an open JSON object.</summary>
    public static void WriteFields(Utf8JsonWriter writer, AttentionRecord record)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(record);
        RunFile.WriteOrigin(writer, record.Header);
        writer.WriteStartObject("prompts");
        RunFile.WriteText(writer, "task", record.Header.Task);
        RunFile.WriteSetFields(writer, record.Header.Clean!);
        RunFile.WriteBos(writer, record.Header);
        writer.WriteEndObject();
        RunFile.WriteEnvironment(writer, record.Header);
        WritePatterns(writer, record);
        RunFile.WriteCosts(writer, record.Header);
    }

    private static void WritePatterns(Utf8JsonWriter writer, AttentionRecord record)
    {
        writer.WriteStartArray("tokens");
        foreach (var token in record.Tokens) writer.WriteStringValue(token);
        writer.WriteEndArray();
        // Lists of numbers on one line each: indented, they would be long columns.
        WriteLine(writer, "promptsAt", record.Result.PromptsAt);
        WriteLine(writer, "members", record.Result.Members);
        writer.WriteStartArray("heads");
        foreach (var head in record.Result.Heads) WriteHead(writer, head);
        writer.WriteEndArray();
    }

    private static void WriteHead(Utf8JsonWriter writer, HeadAttention head)
    {
        writer.WriteStartObject();
        writer.WriteString("head", head.Head.ToString());
        writer.WriteNumber("layer", head.Head.Layer);
        writer.WriteNumber("number", head.Head.Index);
        RunFile.WriteText(writer, "role", head.Role is { } role ? RoleName(role) : null);
        if (head.Scores is { } scores)
        {
            writer.WriteStartObject("scores");
            writer.WriteFinite("early", scores.Early);
            writer.WriteFinite("mid", scores.Mid);
            writer.WriteFinite("late", scores.Late);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("scores");
        }

        writer.WriteStartArray("highlights");
        foreach (var (query, key, value) in head.Highlights)
            writer.WriteRawValue(FormattableString.Invariant($"{{\"query\": {query}, \"key\": {key}, \"value\": {value:R}}}"));
        writer.WriteEndArray();
        writer.WriteStartArray("pattern");
        foreach (var row in head.Pattern) writer.WriteRawValue(Line(row.Select(value => FormattableString.Invariant($"{value:R}"))));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteLine<T>(Utf8JsonWriter writer, string name, IReadOnlyList<T> numbers)
        where T : IFormattable
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(Line(numbers.Select(number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture))));
    }

    private static string Line(IEnumerable<string> numbers) => $"[{string.Join(", ", numbers)}]";
}
