namespace SeqCont.Model;

/// <summary>
/// A model's config.json, of which a family reads what it knows; what cannot be meant as it is has a message. NaN and infinite numbers,
/// as Python writes them, matter only where they are read.
/// </summary>
/// <param name="json">UTF-8 JSON.</param>
/// <param name="file">The file's name, for messages.</param>
internal sealed class ConfigJson(ReadOnlyMemory<byte> json, string file)
{
    /// <summary>What the file is, in messages.</summary>
    internal const string What = "a model's configuration";

    private readonly JsonField _root = BareNumbers.Parse(json, file, What);

    /// <summary>What it says about the unembedding being the embedding; null: nothing.</summary>
    internal bool? TiesEmbeddings => Flag("tie_word_embeddings");

    internal InvalidDataException Bad(string problem) => BadFile.Error(file, problem);

    internal int Required(string key) => _root.Optional(key) is { } value ? value.Whole() : throw _root[key].Expected("a whole number");

    internal int? Optional(string key) => _root.Optional(key)?.Whole();

    /// <summary>A whole number, or, where the file has something else there, why it is none.</summary>
    internal (int? Value, string? Fault) OptionalOrFault(string key)
    {
        try
        {
            return (Optional(key), null);
        }
        catch (InvalidDataException error)
        {
            return (null, error.Message);
        }
    }

    /// <summary>A size that has another name too.</summary>
    internal int? Optional(string key, string alias) => (Optional(key), Optional(alias)) switch
    {
        ({ } size, { } other) when size != other => throw Bad($"{alias}: expected {key} {size}, got {other}."),
        var (size, other) => size ?? other,
    };

    /// <summary>A size that has another name too, under one of them.</summary>
    internal int Required(string key, string alias) => Optional(key, alias) ?? Required(key);

    internal double? Number(string key) => _root.Optional(key)?.Number("a positive number");

    internal bool? Flag(string key) => _root.Optional(key)?.Flag();

    internal string? Text(string key) => _root.Optional(key)?.Text();

    /// <summary>Refuses the variant that is not computed.</summary>
    internal void Expect(string key, bool expected)
    {
        if (Flag(key) == !expected)
            throw Bad($"{key}: {(expected ? "false" : "true")} is not supported: expected {(expected ? "true" : "false")}.");
    }
}
