using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace SeqCont.Model;

/// <summary>
/// GPT-2's byte-level BPE over a model's vocab.json and merges.txt. Any text can be encoded; the text of the
/// end-of-text token, where the vocabulary has it, stands for that token, as in Hugging Face's tokenizer.
/// Safe for use by several threads at once.
/// </summary>
public sealed class Gpt2Tokenizer
{
    /// <summary>The token that GPT-2 puts between documents and that serves as BOS.</summary>
    public const string EndOfTextToken = "<|endoftext|>";

    internal const string VocabName = "vocab.json";
    internal const string MergesName = "merges.txt";

    private readonly BpeTokenizer _bpe;
    private readonly AddedTokenSplit _added;
    private readonly string[] _tokens;

    private Gpt2Tokenizer(string name, Gpt2Vocabulary vocabulary)
    {
        Name = name;
        _tokens = vocabulary.Tokens;
        MaxTokenBytes = _tokens.Max(Encoding.UTF8.GetByteCount);
        EndOfText = vocabulary.Ids.TryGetValue(EndOfTextToken, out var id) ? id : null;
        _added = new(EndOfText is { } endOfText ? [new AddedToken(EndOfTextToken, endOfText)] : []);
        _bpe = BpeTokenizer.Create(new BpeOptions(vocabulary.Ids)
        {
            Merges = vocabulary.Merges,
            ByteLevel = true,
            PreTokenizer = new Gpt2Words(),
        });
    }

    /// <summary>Where the vocabulary came from: a folder or the name given.</summary>
    public string Name { get; }

    /// <summary>Number of tokens; ids are 0 to VocabularySize - 1.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>No token stands for more bytes of UTF-8 text than this.</summary>
    public int MaxTokenBytes { get; }

    /// <summary>The id of <see cref="EndOfTextToken"/>, used as BOS; null when the vocabulary has none.</summary>
    public int? EndOfText { get; }

    /// <summary>Reads vocab.json and merges.txt of a model's folder.</summary>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static Gpt2Tokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string PathOf(string name) => Path.Combine(folder, name);
        FileStream Open(string name) => File.Exists(PathOf(name)) ? File.OpenRead(PathOf(name))
            : throw new FileNotFoundException($"{PathOf(name)}: not found; expected GPT-2's {name}.", PathOf(name));
        using var vocab = Open(VocabName);
        using var merges = Open(MergesName);
        return new Gpt2Tokenizer(folder, Gpt2Vocabulary.Read(vocab, PathOf(VocabName), merges, PathOf(MergesName)));
    }

    /// <summary>Reads a vocabulary from streams, which stay open.</summary>
    /// <param name="vocab">vocab.json: a JSON object of token: id.</param>
    /// <param name="merges">merges.txt: two tokens a line, best first.</param>
    /// <param name="name">The name that messages use, such as the model's.</param>
    /// <exception cref="InvalidDataException">A stream is malformed; the message names it.</exception>
    public static Gpt2Tokenizer Create(Stream vocab, Stream merges, string name)
    {
        ArgumentNullException.ThrowIfNull(vocab);
        ArgumentNullException.ThrowIfNull(merges);
        ArgumentNullException.ThrowIfNull(name);
        return new Gpt2Tokenizer(name, Gpt2Vocabulary.Read(vocab, $"{name}: {VocabName}", merges, $"{name}: {MergesName}"));
    }

    /// <summary>
    /// The token ids of a text, without BOS; empty for an empty text. A lone surrogate counts as U+FFFD. Time
    /// grows with the square of the longest word: bound texts of unknown origin by <see cref="MaxTokenBytes"/>.
    /// </summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return [.. _added.Cut(whole).SelectMany(part =>
            part.Token is { } token ? [token.Id] : _bpe.EncodeToIds(whole[part.Start..part.End]))];
    }

    /// <summary>The text of token ids; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens) bytes.AddRange(TokenBytes(token));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>One token for people: its text, with bytes that are not UTF-8 by themselves as \xE2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public string TokenText(int id)
    {
        var text = new StringBuilder();
        for (ReadOnlySpan<byte> bytes = TokenBytes(id); !bytes.IsEmpty;)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var used);
            text.Append(status == OperationStatus.Done
                ? rune.ToString() : string.Concat(bytes[..used].ToArray().Select(value => $"\\x{value:X2}")));
            bytes = bytes[used..];
        }
        return text.ToString();
    }

    /// <summary>The id of a text that is exactly one token, else null.</summary>
    public int? TrySingleToken(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetByteCount(text) <= MaxTokenBytes && Encode(text) is [var id] ? id : null;
    }

    /// <summary>The id of a text that is exactly one token, such as " 5".</summary>
    /// <exception cref="InvalidDataException">The text is none or several tokens; the message lists them.</exception>
    public int SingleToken(string text)
    {
        if (TrySingleToken(text) is { } id) return id;
        InvalidDataException Bad(string got) => BadFile.Error(BadFile.Quote(text), $"expected exactly one token, got {got}.");
        var bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > 8 * MaxTokenBytes) throw Bad($"a text of {bytes} bytes");
        var tokens = Encode(text);
        var parts = string.Join(", ", tokens.Take(8).Select(token => BadFile.Quote(TokenText(token))));
        throw Bad(tokens.Length == 0 ? "0" : $"{tokens.Length} ({parts}{(tokens.Length > 8 ? ", ..." : "")})");
    }

    /// <summary>A token's text, or its number where a model's vocabulary is larger than the tokenizer's.</summary>
    public string TextOrNumber(int id) => id < VocabularySize ? TokenText(id) : $"#{id}";

    private byte[] TokenBytes(int id)
    {
        if ((uint)id >= (uint)_tokens.Length)
            throw new ArgumentOutOfRangeException(nameof(id), $"token id: expected 0 to {_tokens.Length - 1}, got {id}.");
        var bytes = Array.ConvertAll(_tokens[id].ToCharArray(), ByteAlphabet.Byte);
        // Null: an added token that is not made of bytes.
        return bytes.Contains(null) ? Encoding.UTF8.GetBytes(_tokens[id]) : Array.ConvertAll(bytes, value => value!.Value);
    }
}
