using System.Text;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>
/// What GPT-2's two tokenizer files say, checked: tokens numbered 0 to n - 1 without gaps, a token for every
/// byte, and merges, best first, whose parts and results are all tokens.
/// </summary>
internal sealed class Gpt2Vocabulary
{
    /// <summary>Longest vocab.json or merges.txt that is read, in bytes; GPT-2's are 1.0 and 0.5 MB.</summary>
    public const int MaxFileBytes = 64 << 20;

    private Gpt2Vocabulary(Dictionary<string, int> ids, string[] tokens, List<string> merges)
    {
        Ids = ids;
        Tokens = tokens;
        Merges = merges;
    }

    /// <summary>Token to id; tokens are written in <see cref="ByteAlphabet"/>.</summary>
    public Dictionary<string, int> Ids { get; }

    /// <summary>Id to token, [id].</summary>
    public string[] Tokens { get; }

    /// <summary>Merges, "left right", best first.</summary>
    public List<string> Merges { get; }

    /// <summary>Reads and checks both files.</summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static Gpt2Vocabulary Read(Stream vocab, string vocabName, Stream merges, string mergesName)
    {
        var ids = ReadIds(ReadAll(vocab, vocabName), vocabName);
        var tokens = InvertIds(ids, vocabName);
        RequireBytes(ids, vocabName);
        return new Gpt2Vocabulary(ids, tokens, ReadMerges(ReadAll(merges, mergesName), ids, mergesName));
    }

    private static byte[] ReadAll(Stream stream, string name)
    {
        using var copy = new MemoryStream(stream.CanSeek ? (int)Math.Clamp(stream.Length, 0, MaxFileBytes) : 0);
        var buffer = new byte[1 << 16];
        for (int count; (count = stream.Read(buffer)) > 0;)
        {
            if (copy.Length + count > MaxFileBytes)
                throw new InvalidDataException($"{name}: expected at most {MaxFileBytes} bytes, got more.");
            copy.Write(buffer, 0, count);
        }
        return copy.ToArray();
    }

    private static Dictionary<string, int> ReadIds(ReadOnlySpan<byte> json, string name)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new InvalidDataException($"{name}: expected a JSON object of token: id.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var token = reader.GetString()!;
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || id < 0)
                    throw new InvalidDataException($"{name}: token {Quote(token)}: expected a non-negative integer id.");
                if (!ids.TryAdd(token, id)) throw new InvalidDataException($"{name}: token {Quote(token)} is there twice.");
            }
            if (reader.Read()) throw new InvalidDataException($"{name}: expected the end of the file after the JSON object.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{name}: not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{name}: a token is not valid Unicode text.", exception);
        }
        return ids;
    }

    private static string[] InvertIds(Dictionary<string, int> ids, string name)
    {
        var tokens = new string?[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id >= tokens.Length)
                throw new InvalidDataException(
                    $"{name}: token {Quote(token)}: expected an id below {tokens.Length}, the number of tokens, got {id}.");
            if (tokens[id] is { } other)
                throw new InvalidDataException($"{name}: tokens {Quote(other)} and {Quote(token)} have the same id {id}.");
            if (token.Length == 0) throw new InvalidDataException($"{name}: token {id} is empty.");
            tokens[id] = token;
        }
        return tokens!;
    }

    private static void RequireBytes(Dictionary<string, int> ids, string name)
    {
        for (var value = 0; value < 256; value++)
        {
            var character = ByteAlphabet.Character((byte)value);
            if (!ids.ContainsKey(character.ToString()))
                throw new InvalidDataException(
                    $"{name}: expected a token for every byte, but {Quote(character.ToString())} (byte {value}) is missing.");
        }
    }

    private static List<string> ReadMerges(byte[] bytes, Dictionary<string, int> ids, string name)
    {
        var merges = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var known = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
        var number = 0;
        try
        {
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
                var space = line.IndexOf(' ');
                if (space <= 0 || space == line.Length - 1 || line.AsSpan(space + 1).Contains(' '))
                    throw new InvalidDataException($"{name}:{number}: expected two tokens and one space between them, got {Quote(line)}.");
                RequireToken(known, line.AsSpan(0, space), name, number);
                RequireToken(known, line.AsSpan(space + 1), name, number);
                RequireToken(known, string.Concat(line.AsSpan(0, space), line.AsSpan(space + 1)), name, number);
                if (!seen.Add(line)) throw new InvalidDataException($"{name}:{number}: merge {Quote(line)} is there twice.");
                merges.Add(line);
            }
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{name}: not valid UTF-8 after line {number}.", exception);
        }
        return merges;
    }

    private static void RequireToken(
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known, ReadOnlySpan<char> token, string name, int number)
    {
        if (!known.ContainsKey(token))
            throw new InvalidDataException($"{name}:{number}: expected tokens of the vocabulary, got {Quote(token.ToString())}.");
    }

    /// <summary>A text in quotes for a one-line message: long ones cut, line breaks and controls escaped.</summary>
    public static string Quote(string text)
    {
        var shown = new StringBuilder("\"");
        foreach (var character in text.Length > 60 ? text.AsSpan(0, 60) : text)
        {
            if (char.IsControl(character) || char.IsSurrogate(character)) shown.Append($"\\u{(int)character:x4}");
            else if (character is '"' or '\\') shown.Append('\\').Append(character);
            else shown.Append(character);
        }
        return shown.Append(text.Length > 60 ? "...\"" : "\"").ToString();
    }
}
