using System.Text;
using Microsoft.ML.Tokenizers;

namespace SeqCont.Model;

/// <summary>
/// GPT-2's split of a text into words, over code points:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. A Regex of .NET runs over UTF-16 and takes a
/// letter beyond U+FFFF for two signs that are no letters. Categories are those of Unicode 16, as in Hugging Face's library.
/// </summary>
internal sealed class Gpt2Words : PreTokenizer
{
    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>The words of a text: where each starts, and its length, in UTF-16 units; together they are the text.</summary>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    /// <inheritdoc cref="PreTokenize(string)"/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var words = new List<(int Offset, int Length)>();
        for (var start = 0; start < text.Length; start += words[^1].Length) words.Add((start, WordLength(text[start..])));
        return words;
    }

    private static int WordLength(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is > 0 and var contraction) return contraction;
        var body = text.Length > 1 && text[0] == ' ' ? 1 : 0;
        var kind = KindOf(text[body..], out _);
        if (kind != Kind.Space) return body + RunLength(text[body..], kind);
        // The last of several spaces before a word belongs to that word; it is one unit long, as all white space is.
        var spaces = RunLength(text, Kind.Space);
        return spaces == text.Length || spaces == 1 ? spaces : spaces - 1;
    }

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 't' or 'm' or 'd', ..] => 2,
        ['\'', 'r' or 'v', 'e', ..] or ['\'', 'l', 'l', ..] => 3,
        _ => 0,
    };

    private static int RunLength(ReadOnlySpan<char> text, Kind kind)
    {
        var length = 0;
        while (length < text.Length && KindOf(text[length..], out var units) == kind) length += units;
        return length;
    }

    private static Kind KindOf(ReadOnlySpan<char> text, out int units)
    {
        Rune.DecodeFromUtf16(text, out var rune, out units);
        return Rune.IsLetter(rune) ? Kind.Letter : Rune.IsNumber(rune) ? Kind.Number : Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other;
    }
}
