using System.Text;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>What vocab.json and merges.txt say, or a tokenizer.json in their place.</summary>
/// <param name="Name">The file with the ids.</param>
/// <param name="Ids">Token to id; tokens are written in <see cref="ByteAlphabet"/>.</param>
/// <param name="Merges">Merges as they stand, "left right", best first.</param>
internal sealed record VocabularyFile(string Name, Dictionary<string, int> Ids, List<string> Merges)
{
    /// <summary>Its added tokens; vocab.json has none.</summary>
    public IReadOnlyList<AddedEntry> Added { get; init; } = [];

    /// <summary>Whether a space goes before a text that has none there; null where the file does not say.</summary>
    public bool? AddPrefixSpace { get; init; }

    /// <summary>What it asks for that is not done here, in a line each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>The place of a merge, by its index, for messages.</summary>
    public Func<int, string> PlaceOfMerge { get; init; } = index => $"merge {index + 1}";

    /// <summary>Reads vocab.json and merges.txt.</summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static VocabularyFile Read(Stream vocab, string vocabName, Stream merges, string mergesName)
    {
        var ids = new Dictionary<string, int>();
        var json = new JsonStream(InputFile.ReadAll(vocab, vocabName, JsonText.MaxFileBytes), vocabName);
        json.Read("token: id", (ref Utf8JsonReader reader, string token) => AddId(ids, json, ref reader, token));
        var lines = ReadMerges(InputFile.ReadAll(merges, mergesName, JsonText.MaxFileBytes), mergesName);
        return new VocabularyFile(vocabName, ids, [.. lines.Select(line => line.Text)])
        {
            PlaceOfMerge = index => $"{mergesName}:{lines[index].Number}",
        };
    }

    /// <summary>Takes a token's id, at which the reader stands.</summary>
    internal static void AddId(Dictionary<string, int> ids, JsonStream json, ref Utf8JsonReader reader, string token, string path = "")
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || id < 0)
            throw Bad(json.Where(ref reader), ": expected a non-negative integer id.");
        if (!ids.TryAdd(token, id)) throw Bad(json.Where(ref reader), " is there twice.");
        InvalidDataException Bad(string where, string problem) => BadFile.Error(where, $"{path}token {BadFile.Quote(token)}{problem}");
    }

    private static List<(string Text, int Number)> ReadMerges(byte[] bytes, string name)
    {
        var (lines, number) = (new List<(string, int)>(), 0);
        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (line.Length > 0 && !(number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) lines.Add((line, number));
            }
        }
        catch (DecoderFallbackException exception)
        {
            throw BadFile.Error(name, $"not valid UTF-8 after line {number}.", exception);
        }

        return lines;
    }
}
