using System.Text.Json;

namespace SeqCont.Circuits;

/// <summary>Makes a <see cref="PromptRow"/> from the fields of one object, checking their types.</summary>
/// <param name="where">File and place, with which messages start.</param>
internal sealed class PromptRowBuilder(string where)
{
    private readonly List<KeyValuePair<string, JsonElement>> _other = [];
    private string? _text;
    private List<int>? _tokens;
    private PromptAnswer? _corr;
    private PromptAnswer? _incorr;

    /// <summary>Takes one field; a value of a document is copied out of it.</summary>
    public void Add(string name, JsonElement value)
    {
        switch (name)
        {
            case "text":
                if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 } text)
                    throw Expected("text", "text that is not empty", value);
                _text = text;
                break;
            case "tokens":
                _tokens = ReadTokens(value);
                break;
            case "corr":
                _corr = ReadAnswer("corr", value);
                break;
            case "incorr":
                _incorr = ReadAnswer("incorr", value);
                break;
            default:
                _other.Add(new(name, value.Clone()));
                break;
        }
    }

    /// <summary>The row, when what it needs is there.</summary>
    public PromptRow Build()
    {
        if (_text is null && _tokens is null) throw new InvalidDataException($"{where}: expected a field text or tokens, got neither.");
        if (_text is not null && _tokens is not null)
            throw new InvalidDataException($"{where}: expected a field text or tokens, got both.");
        var corr = _corr ?? throw new InvalidDataException($"{where}: field corr is missing.");
        var incorr = _incorr ?? throw new InvalidDataException($"{where}: field incorr is missing.");
        RequireKind("corr", corr);
        RequireKind("incorr", incorr);
        return new PromptRow { Text = _text, Tokens = _tokens, Corr = corr, Incorr = incorr, Other = _other };
    }

    /// <summary>What a value is, in a few words for a message.</summary>
    public static string Describe(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array) return value.GetArrayLength() == 0 ? "an empty list" : "a list";
        if (value.ValueKind == JsonValueKind.Object) return "an object";
        var raw = value.GetRawText();
        return raw.Length > 40 ? raw[..40] + "..." : raw;
    }

    private void RequireKind(string name, PromptAnswer answer)
    {
        if (answer.Text is null == _text is null) return;
        var expected = _text is null ? "a token id, as the row has tokens" : "text, as the row has text";
        throw new InvalidDataException($"{where}: {name}: expected {expected}, got {answer}.");
    }

    private List<int> ReadTokens(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
            throw Expected("tokens", "a list of token ids that is not empty", value);
        var tokens = new List<int>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray()) tokens.Add(ReadId("tokens", item));
        return tokens;
    }

    private PromptAnswer ReadAnswer(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) return new PromptAnswer(ReadId(name, value));
        return value.GetString() is { Length: > 0 } text ? new PromptAnswer(text) : throw Expected(name, "text that is not empty", value);
    }

    private int ReadId(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var id) || id < 0)
            throw Expected(name, name == "tokens" ? "token ids, integers of 0 or more" : "text or a token id of 0 or more", value);
        return id;
    }

    private InvalidDataException Expected(string name, string expected, JsonElement value) =>
        new($"{where}: {name}: expected {expected}, got {Describe(value)}.");
}
