using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace SeqCont.Model;

/// <summary>
/// GPT-2's byte-level BPE over a model's own vocabulary. Any text can be encoded, to the tokens that Hugging Face's tokenizers library
/// gives; the text of an added token, such as the end-of-text token, stands for that token.
/// Safe for use by several threads at once.
/// </summary>
public sealed class Gpt2Tokenizer
{
    /// <summary>The token that GPT-2 puts between documents and that serves as BOS.</summary>
    public const string EndOfTextToken = "<|endoftext|>";

    /// <summary>The name of GPT-2's own vocabulary.</summary>
    public const string Gpt2Name = Gpt2Ranks.Name;

    private readonly BpeTokenizer _bpe;
    private readonly AddedTokenSplit _added;
    private readonly Dictionary<string, int> _ids;
    private readonly string[] _tokens;
    private readonly bool _addPrefixSpace;

    private Gpt2Tokenizer(string name, Gpt2Vocabulary vocabulary, bool addPrefixSpace = false)
    {
        (Name, AddedTokens, _addPrefixSpace) = (name, vocabulary.Added, addPrefixSpace);
        (_ids, _tokens, _added) = (vocabulary.File.Ids, vocabulary.Tokens, new(vocabulary.Added));
        MaxTokenBytes = AddedTokens.Any(token => token.LStrip || token.RStrip) ? int.MaxValue : _tokens.Max(Encoding.UTF8.GetByteCount);
        EndOfText = AddedTokens.FirstOrDefault(token => token.Text == EndOfTextToken)?.Id;
        _bpe = BpeTokenizer.Create(new BpeOptions(_ids)
        {
            Merges = vocabulary.File.Merges,
            ByteLevel = true,
            PreTokenizer = new Gpt2Words(),
        });
    }

    /// <summary>Where the vocabulary came from: a folder or the name given.</summary>
    public string Name { get; }

    /// <summary>Number of tokens; ids are 0 to VocabularySize - 1.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>
    /// No token stands for more bytes of UTF-8 text than this; <see cref="int.MaxValue"/> where an added token takes in the white space
    /// around it, however much that is.
    /// </summary>
    public int MaxTokenBytes { get; }

    /// <summary>The id of <see cref="EndOfTextToken"/>, used as BOS; null when the vocabulary has none.</summary>
    public int? EndOfText { get; }

    /// <summary>
    /// The tokens that a text is searched for before it is split into words, by id; <see cref="EndOfTextToken"/> among them.
    /// </summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>Lines for people: where a folder's files disagree, which are used; and what they ask for that is not done here.</summary>
    public IReadOnlyList<string> Notices { get; private init; } = [];

    /// <summary>Those of tokenizer.json, vocab.json and merges.txt that a folder has; empty where it has no tokenizer.</summary>
    public static IReadOnlyList<string> FilesIn(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return [.. TokenizerFolder.Vocabularies.Where(name => File.Exists(Path.Combine(folder, name)))];
    }

    /// <summary>
    /// Reads the tokenizer of a model's folder: tokenizer.json, or vocab.json and merges.txt where that is not there; and added tokens
    /// from that, added_tokens.json, tokenizer_config.json and special_tokens_map.json.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="skipsTokenizerJson">Whether vocab.json and merges.txt are read though tokenizer.json is there.</param>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    /// <exception cref="InvalidDataException">A file is malformed, or of another kind; the message names it.</exception>
    public static Gpt2Tokenizer Load(string folder, bool skipsTokenizerJson = false)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var (vocabulary, addPrefixSpace, notices) = TokenizerFolder.Read(folder, skipsTokenizerJson);
        return new Gpt2Tokenizer(folder, vocabulary, addPrefixSpace) { Notices = notices };
    }

    /// <summary>GPT-2's own tokenizer, which is inside the library.</summary>
    public static Gpt2Tokenizer Gpt2() => new(Gpt2Name, Gpt2Vocabulary.Of(Gpt2Ranks.Read()));

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
        return new Gpt2Tokenizer(name, Gpt2Vocabulary.Of(VocabularyFile.Read(
            vocab, $"{name}: {TokenizerFolder.VocabName}", merges, $"{name}: {TokenizerFolder.MergesName}")));
    }

    /// <summary>
    /// The token ids of a text, without BOS; empty for an empty text. A lone surrogate counts as U+FFFD. Time
    /// grows with the square of the longest word: bound texts of unknown origin by <see cref="MaxTokenBytes"/>.
    /// </summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        var tokens = new List<int>();
        foreach (var (start, end, token) in _added.Cut(whole))
        {
            var part = whole[start..end];
            if (token is not null) tokens.Add(token.Id);
            else tokens.AddRange(_bpe.EncodeToIds(_addPrefixSpace && part[0] != ' ' ? $" {part}" : part));
        }

        return [.. tokens];
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
        if (bytes > 8L * MaxTokenBytes) throw Bad($"a text of {bytes} bytes");
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
        var token = _tokens[id];
        // An added token stands for its text, whatever letters it has; so does one of the vocabulary that is not made of bytes.
        var bytes = _ids.ContainsKey(token) ? Array.ConvertAll(token.ToCharArray(), ByteAlphabet.Byte) : [null];
        return bytes.Contains(null) ? Encoding.UTF8.GetBytes(token) : Array.ConvertAll(bytes, value => value!.Value);
    }
}
