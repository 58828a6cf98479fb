using System.Text;
using SeqCont.Fuzz.Mutation;
using SeqCont.Model;

namespace SeqCont.Fuzz.Formats;

/// <summary>Tokenizer files, and text itself.</summary>
internal static class TokenizerFormats
{
    private const string Probe = "Gold done in 1. don't  \n\u00e9\ud835\udd38 \ud83d\ude00<|endoftext|>x [PAD]<|user|> hi";

    private static readonly string[] Flags =
    [
        "content", "id", "special", "normalized", "lstrip", "rstrip", "single_word", "added_tokens_decoder", "additional_special_tokens",
        "bos_token", "eos_token", "unk_token", "pad_token", "add_prefix_space", "264", "265", "266", "[PAD]", "<|user|>", "<|endoftext|>",
        "__type", "AddedToken", "tokenizer_class", "model_max_length",
    ];

    private static readonly string[] Whole =
    [
        .. Flags, "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
        "model", "type",
        "BPE", "ByteLevel", "Sequence", "Split", "NFC", "vocab", "merges", "use_regex", "trim_offsets", "dropout", "byte_fallback",
        "WordPiece",
        "continuing_subword_prefix", "ignore_merges",
    ];

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        File("vocab.json", Make.Json, ["merges.txt"], ["\u0120", "\u0120t", "\u0100", "<|endoftext|>"]),
        File("merges.txt", Make.Lines, ["vocab.json"], ["\u0120 t", "h e", "\u0120t h", "#version: 0.2"]),
        File("tokenizer.json", Make.Json, [], Whole),
        File("added_tokens.json", Make.Json, ["vocab.json", "merges.txt"], Flags),
        File("tokenizer_config.json", Make.Json, ["vocab.json", "merges.txt"], Flags),
        File("special_tokens_map.json", Make.Json, ["vocab.json", "merges.txt"], Flags),
        new("text", Make.Lines, _ => Text(Samples.Tokenizer()))
        {
            Words = ["<|endoftext|>", "'s", "'ll", "\u00a0", "\u3000", "\u0660", "\ud835\udd38", "\ud83d\ude00", "\u200d",
                "e\u0301", "\u0130"],
            AllowedPerByte = 2000,
            TestInputs = 50,
        },
    ];

    private static FuzzFormat File(string name, Make make, string[] beside, string[] words) => new(name, make, scratch =>
    {
        foreach (var other in beside) scratch.Put(Samples.Of(other, $"small{Path.GetExtension(other)}"), "model", other);
        return bytes =>
        {
            scratch.Put(bytes, "model", name);
            var tokenizer = Gpt2Tokenizer.Load(scratch.At("model"));
            var ids = tokenizer.Encode(Probe);
            foreach (var id in ids) _ = tokenizer.TokenText(id);
            // Added tokens may take the spaces beside them.
            if (beside.Length == 1) AllFormats.Same("the probe", Probe, tokenizer.Decode(ids));
            return $"tokenizer of {ids.Length} tokens {new string('x', ids.Length / 8)}";
        };
    })
    { Words = words, AllowedBytes = 16 << 20, AllowedPerByte = 2000, TestInputs = 100 };

    // Any text comes back as it was but for halves of pairs, which UTF-8 has no bytes for. Time grows with the square of the longest
    // word, as the tokenizer says, so words are at most so long.
    private static Func<byte[], string> Text(Gpt2Tokenizer tokenizer) => input =>
    {
        var bytes = input[..Math.Min(input.Length, 1 << 13)];
        var text = bytes.Length % 3 == 0 ? Encoding.Unicode.GetString(bytes) : Encoding.UTF8.GetString(bytes);
        var ids = tokenizer.Encode(text);
        var sound = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        AllFormats.Same("a text", sound, tokenizer.Decode(ids));
        foreach (var id in ids.Take(100)) _ = tokenizer.TokenText(id);
        AllFormats.Same("a text's ids", string.Join(' ', ids), string.Join(' ', tokenizer.Encode(sound)));
        return $"{(text.Length < 100 ? "a short" : "a long")} text of {(ids.Length < sound.Length ? "words" : "bytes")}";
    };
}
