using System.Text.Json;

namespace SeqCont.Model;

/// <summary>
/// A model's config.json, of which a family reads what it knows; what cannot be meant as it is has a message. NaN and infinite numbers,
/// as Python writes them, matter only where they are read.
/// </summary>
/// <param name="json">UTF-8 JSON.</param>
/// <param name="file">The file's name, for messages.</param>
internal sealed class ConfigJson(ReadOnlyMemory<byte> json, string file) : IDisposable
{
    private readonly JsonDocument _document = JsonText.ParseObject(BareNumbers.Quote(json), file);

    /// <summary>What it says about the unembedding being the embedding; null: nothing.</summary>
    internal bool? TiesEmbeddings => Flag("tie_word_embeddings");

    internal InvalidDataException Bad(string problem) => BadFile.Error(file, problem);

    internal int Required(string key) => Optional(key) ?? throw Bad($"{key}: missing; expected a whole number.");

    internal int? Optional(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : throw Bad($"{key}: expected a whole number below 2^31, got {BadFile.Printable(value.GetRawText())}.");

    /// <summary>A size that has another name too.</summary>
    internal int? Optional(string key, string alias) => (Optional(key), Optional(alias)) switch
    {
        ({ } size, { } other) when size != other => throw Bad($"{alias}: expected {key} {size}, got {other}."),
        var (size, other) => size ?? other,
    };

    /// <summary>A size that has another name too, under one of them.</summary>
    internal int Required(string key, string alias) => Optional(key, alias) ?? Required(key);

    internal double? Number(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) ? number
        : throw Bad($"{key}: expected a positive number, got {BadFile.Printable(value.GetRawText())}.");

    internal bool? Flag(string key) => Find(key)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        var kind => throw Bad($"{key}: expected true or false, got {kind}."),
    };

    internal string? Text(string key) => Find(key) is { } value ? JsonText.Text(value, file, key) : null;

    /// <summary>Refuses another text than the one that is computed.</summary>
    internal void Expect(string key, string expected)
    {
        if (Text(key) is { } text && text != expected)
            throw Bad($"{key}: '{BadFile.Printable(text)}' is not supported: expected '{expected}'.");
    }

    /// <summary>Refuses the variant that is not computed.</summary>
    internal void Expect(string key, bool expected)
    {
        if (Flag(key) == !expected)
            throw Bad($"{key}: {(expected ? "false" : "true")} is not supported: expected {(expected ? "true" : "false")}.");
    }

    public void Dispose() => _document.Dispose();

    /// <summary>The value of a key; null when it is absent or null.</summary>
    private JsonElement? Find(string key) =>
        _document.RootElement.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
