using System.Text;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>
/// What GPT-2's two tokenizer files say, checked: tokens numbered 0 to n - 1 without gaps, a token for every
/// byte, and merges, best first, whose parts and results are all tokens.
/// </summary>
/// <param name="Ids">Token to id; tokens are written in <see cref="ByteAlphabet"/>.</param>
/// <param name="Tokens">Id to token, [id].</param>
/// <param name="Merges">Merges, "left right", best first.</param>
internal sealed record Gpt2Vocabulary(Dictionary<string, int> Ids, string[] Tokens, List<string> Merges)
{
    /// <summary>Longest vocab.json or merges.txt that is read, in bytes; GPT-2's are 1.0 and 0.5 MB.</summary>
    public const int MaxFileBytes = 64 << 20;

    /// <summary>Reads and checks both files.</summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static Gpt2Vocabulary Read(Stream vocab, string vocabName, Stream merges, string mergesName)
    {
        var ids = ReadIds(ReadAll(vocab, vocabName), vocabName);
        return new Gpt2Vocabulary(ids, InvertIds(ids, vocabName), ReadMerges(ReadAll(merges, mergesName), ids, mergesName));
    }

    private static byte[] ReadAll(Stream stream, string name)
    {
        var bytes = new byte[(stream.CanSeek ? Math.Clamp(stream.Length, 0, MaxFileBytes) : MaxFileBytes) + 1];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count <= MaxFileBytes ? bytes[..count] : throw BadFile.Error(name, $"expected at most {MaxFileBytes} bytes, got more.");
    }

    private static Dictionary<string, int> ReadIds(ReadOnlySpan<byte> json, string name)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        var ids = new Dictionary<string, int>();
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw BadFile.Error(name, "expected a JSON object of token: id.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var token = reader.GetString()!;
                if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || id < 0)
                    throw BadFile.Error(name, $"token {BadFile.Quote(token)}: expected a non-negative integer id.");
                if (!ids.TryAdd(token, id)) throw BadFile.Error(name, $"token {BadFile.Quote(token)} is there twice.");
            }
            if (reader.Read()) throw BadFile.Error(name, "expected the end of the file after the JSON object.");
        }
        catch (JsonException exception)
        {
            throw BadFile.Error(
                name, $"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw BadFile.Error(name, "a token is not valid Unicode text.", exception);
        }
        return ids;
    }

    private static string[] InvertIds(Dictionary<string, int> ids, string name)
    {
        var tokens = new string?[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id >= tokens.Length)
                throw BadFile.Error(
                    name, $"token {BadFile.Quote(token)}: expected an id below {tokens.Length}, the number of tokens, got {id}.");
            if (tokens[id] is { } other)
                throw BadFile.Error(name, $"tokens {BadFile.Quote(other)} and {BadFile.Quote(token)} have the same id {id}.");
            if (token.Length == 0) throw BadFile.Error(name, $"token {id} is empty.");
            tokens[id] = token;
        }
        for (var value = 0; value < 256; value++)
            if (ByteAlphabet.Character((byte)value).ToString() is var character && !ids.ContainsKey(character))
                throw BadFile.Error(
                    name, $"expected a token for every byte, but {BadFile.Quote(character)} (byte {value}) is missing.");
        return tokens!;
    }

    private static List<string> ReadMerges(byte[] bytes, Dictionary<string, int> ids, string name)
    {
        var merges = new OrderedDictionary<string, int>();
        var number = 0;
        InvalidDataException Bad(string problem) => BadFile.Error($"{name}:{number}", problem);
        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
                if (line.Split(' ') is not [{ Length: > 0 } left, { Length: > 0 } right])
                    throw Bad($"expected two tokens and one space between them, got {BadFile.Quote(line)}.");
                foreach (var token in (string[])[left, right, left + right])
                    if (!ids.ContainsKey(token)) throw Bad($"expected tokens of the vocabulary, got {BadFile.Quote(token)}.");
                if (!merges.TryAdd(line, number)) throw Bad($"merge {BadFile.Quote(line)} is there twice.");
            }
        }
        catch (DecoderFallbackException exception)
        {
            throw BadFile.Error(name, $"not valid UTF-8 after line {number}.", exception);
        }
        return [.. merges.Keys];
    }
}
