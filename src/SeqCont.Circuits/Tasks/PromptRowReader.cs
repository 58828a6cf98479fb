using System.Text.Json;

namespace SeqCont.Circuits;

/// <summary>Makes a <see cref="PromptRow"/> from the fields of one object, checking their types.</summary>
/// <param name="row">The object.</param>
/// <param name="where">File and place, with which messages start.</param>
internal sealed class PromptRowReader(JsonElement row, string where)
{
    /// <summary>The row, when what it needs is there; values are copied out of their document.</summary>
    public PromptRow Read()
    {
        if (row.ValueKind != JsonValueKind.Object) throw Bad($"expected a JSON object, got {Describe(row)}");
        var text = row.TryGetProperty("text", out var given) ? Text("text", given) : null;
        var tokens = row.TryGetProperty("tokens", out given) ? Tokens(given) : null;
        if (text is null == tokens is null) throw Bad($"expected a field text or tokens, got {(text is null ? "neither" : "both")}");
        return new PromptRow
        {
            Text = text,
            Tokens = tokens,
            Corr = Answer("corr", text is not null),
            Incorr = Answer("incorr", text is not null),
            Other = [.. row.EnumerateObject().Where(field => field.Name is not ("text" or "tokens" or "corr" or "incorr"))
                .Select(field => KeyValuePair.Create(field.Name, field.Value.Clone()))],
        };
    }

    /// <summary>What a value is, in a few words for a message.</summary>
    public static string Describe(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array) return value.GetArrayLength() == 0 ? "an empty list" : "a list";
        if (value.ValueKind == JsonValueKind.Object) return "an object";
        var raw = value.GetRawText();
        return raw.Length > 40 ? raw[..40] + "..." : raw;
    }

    private string Text(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text : throw Expected(name, "text that is not empty", value);

    private List<int> Tokens(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            ? [.. value.EnumerateArray().Select(item => Id("tokens", "token ids, integers of 0 or more", item))]
            : throw Expected("tokens", "a list of token ids that is not empty", value);

    private PromptAnswer Answer(string name, bool rowHasText)
    {
        if (!row.TryGetProperty(name, out var value)) throw Bad($"field {name} is missing");
        var isText = value.ValueKind == JsonValueKind.String;
        var answer = isText ? new PromptAnswer(Text(name, value)) : new PromptAnswer(Id(name, "text or a token id of 0 or more", value));
        if (isText == rowHasText) return answer;
        throw Bad($"{name}: expected {(rowHasText ? "text, as the row has text" : "a token id, as the row has tokens")}, got {answer}");
    }

    private int Id(string name, string expected, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id >= 0 ? id : throw Expected(name, expected, value);

    private InvalidDataException Expected(string name, string expected, JsonElement value) =>
        Bad($"{name}: expected {expected}, got {Describe(value)}");

    private InvalidDataException Bad(string problem) => new($"{where}: {problem}.");
}
