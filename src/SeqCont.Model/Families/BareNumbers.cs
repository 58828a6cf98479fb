using System.Buffers;

namespace SeqCont.Model;

/// <summary>NaN, Infinity and -Infinity, which Python writes as bare words where JSON has no number.</summary>
internal static class BareNumbers
{
    /// <summary>
    /// Puts them into quotes wherever they stand outside of a string: a strict parser then reads the rest, and whoever wants a number
    /// there finds a text.
    /// </summary>
    internal static ReadOnlyMemory<byte> Quote(ReadOnlyMemory<byte> json)
    {
        var text = json.Span;
        if (text.IndexOf("NaN"u8) < 0 && text.IndexOf("Infinity"u8) < 0) return json;
        var quoted = new ArrayBufferWriter<byte>(text.Length + 16);
        var isString = false;
        for (int i = 0, length; i < text.Length; i += length)
        {
            var word = isString ? 0 : WordAt(text[i..]);
            if (word > 0) quoted.Write("\""u8);
            // What a backslash goes before ends no string.
            length = word > 0 ? word : isString && text[i] == '\\' && i + 1 < text.Length ? 2 : 1;
            quoted.Write(text.Slice(i, length));
            if (word > 0) quoted.Write("\""u8);
            else if (text[i] == '"') isString = !isString;
        }
        return quoted.WrittenMemory;
    }

    private static int WordAt(ReadOnlySpan<byte> text) =>
        text.StartsWith("NaN"u8) ? 3 : text.StartsWith("Infinity"u8) ? 8 : text.StartsWith("-Infinity"u8) ? 9 : 0;
}
