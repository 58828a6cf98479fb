using System.Buffers;
using System.Text;

namespace SeqCont.Model;

/// <summary>
/// NaN, Infinity and -Infinity, which Python writes as bare words where JSON has no number: they may stand in any JSON file of a model,
/// and matter only where they are read.
/// </summary>
internal static class BareNumbers
{
    // A word in quotes, its first letter as an escape: so nobody else writes it, and messages show the word as it stood.
    private static readonly (byte[] Word, byte[] Quoted, string Raw)[] Words =
    [
        .. new[] { "NaN", "Infinity", "-Infinity" }.Select(word => (word, $"\"\\u{(int)word[0]:x4}{word[1..]}\""))
            .Select(both => (Encoding.ASCII.GetBytes(both.word), Encoding.ASCII.GetBytes(both.Item2), both.Item2)),
    ];

    private static readonly SearchValues<byte> Begin = SearchValues.Create("\"NI-"u8), End = SearchValues.Create("\"\\"u8);

    /// <summary>Reads a file of one JSON value, as <see cref="JsonText.ReadFile"/> does.</summary>
    internal static JsonField ReadFile(string path, string expected) => Parse(JsonText.ReadBytes(path, expected), path, expected);

    /// <summary>Reads one JSON value, as <see cref="JsonText.Parse"/> does.</summary>
    internal static JsonField Parse(ReadOnlyMemory<byte> json, string where, string expected) =>
        JsonText.Parse(Quote(json), where, expected);

    /// <summary>
    /// Puts them into quotes wherever they stand outside of a string: a strict parser then reads the rest, and whoever wants a number
    /// there finds a text.
    /// </summary>
    internal static ReadOnlyMemory<byte> Quote(ReadOnlyMemory<byte> json)
    {
        var text = json.Span;
        ArrayBufferWriter<byte>? quoted = null;
        var done = 0;
        for (int at = 0, skipped; (skipped = text[at..].IndexOfAny(Begin)) >= 0;)
        {
            at += skipped;
            if (text[at] == '"') at = EndOfString(text, at + 1);
            else if (Find(text[at..]) is { Word: { } word } found)
            {
                quoted ??= new ArrayBufferWriter<byte>(text.Length + 64);
                quoted.Write(text[done..at]);
                quoted.Write(found.Quoted);
                done = at += word.Length;
            }
            else at++;
        }

        quoted?.Write(text[done..]);
        return quoted?.WrittenMemory ?? json;
    }

    /// <summary>A value's JSON as the file has it, for messages.</summary>
    internal static string AsWritten(string raw) =>
        Array.Find(Words, word => word.Raw == raw) is { Word: { } word } ? Encoding.ASCII.GetString(word) : raw;

    private static (byte[]? Word, byte[] Quoted, string Raw) Find(ReadOnlySpan<byte> text)
    {
        foreach (var word in Words)
            if (text.StartsWith(word.Word)) return word;
        return default;
    }

    // What a backslash goes before ends no string.
    private static int EndOfString(ReadOnlySpan<byte> text, int at)
    {
        while (text[at..].IndexOfAny(End) is >= 0 and var skipped)
        {
            at += skipped + 1;
            if (text[at - 1] == '"') return at;
            at = Math.Min(at + 1, text.Length);
        }

        return text.Length;
    }
}
