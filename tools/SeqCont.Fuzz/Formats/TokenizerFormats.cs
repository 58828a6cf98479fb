using System.Text;
using SeqCont.Fuzz.Mutation;
using SeqCont.Model;

namespace SeqCont.Fuzz.Formats;

/// <summary>Tokenizer files, and text itself.</summary>
internal static class TokenizerFormats
{
    private const string Probe = "Gold done in 1. don't  \n\u00e9\ud835\udd38 \ud83d\ude00<|endoftext|>x";

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("vocab.json", Make.Json, _ =>
        {
            var merges = Samples.Of("merges.txt", "demo.txt");
            return bytes => Read(bytes, merges);
        }) { Words = ["<|endoftext|>", "\u0120", "\u0120t", "\u0100"], AllowedPerByte = 1000 },
        new("merges.txt", Make.Lines, _ =>
        {
            var vocab = Samples.Of("vocab.json", "demo.json");
            return bytes => Read(vocab, bytes);
        }) { Words = ["\u0120 t", "h e", "\u0120t h", "#version: 0.2"], AllowedBytes = 16 << 20, AllowedPerByte = 1000 },
        new("text", Make.Lines, _ => Text(Samples.Tokenizer()))
        {
            Words = ["<|endoftext|>", "'s", "'ll", "\u00a0", "\u3000", "\u0660", "\ud835\udd38", "\ud83d\ude00", "\u200d", "e\u0301", "\u0130"],
            AllowedPerByte = 2000,
        },
    ];

    private static string Read(byte[] vocab, byte[] merges)
    {
        var tokenizer = Gpt2Tokenizer.Create(new MemoryStream(vocab), new MemoryStream(merges), "x");
        AllFormats.Same("the probe", Probe, tokenizer.Decode(tokenizer.Encode(Probe)));
        return "tokenizer";
    }

    // Any text comes back as it was but for halves of pairs, which UTF-8 has no bytes for.
    private static Func<byte[], string> Text(Gpt2Tokenizer tokenizer) => bytes =>
    {
        var text = bytes.Length % 3 == 0 ? Encoding.Unicode.GetString(bytes) : Encoding.UTF8.GetString(bytes);
        var ids = tokenizer.Encode(text);
        var sound = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        AllFormats.Same("a text", sound, tokenizer.Decode(ids));
        foreach (var id in ids.Take(100)) _ = tokenizer.TokenText(id);
        AllFormats.Same("a text's ids", string.Join(' ', ids), string.Join(' ', tokenizer.Encode(sound)));
        return $"{(text.Length < 100 ? "a short" : "a long")} text of {(ids.Length < sound.Length ? "words" : "bytes")}";
    };
}
