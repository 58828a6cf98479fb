using System.Buffers;
using System.Globalization;
using System.Text;

namespace SeqCont.Model;

/// <summary>
/// Cuts a text at added tokens, leftmost first and of those the longest: first at those that are not normalized, then what is left at
/// the others. The rules are those of Hugging Face's tokenizers, odd cases included.
/// </summary>
internal sealed class AddedTokenSplit(IEnumerable<AddedToken> tokens)
{
    private readonly Search[] _passes =
        [.. tokens.GroupBy(token => token.Normalized).OrderBy(group => group.Key).Select(group => new Search(group))];

    /// <summary>A part of a text: an added token, or text between them (null).</summary>
    public readonly record struct Part(int Start, int End, AddedToken? Token);

    /// <summary>The parts of a text, in order.</summary>
    public IReadOnlyList<Part> Cut(string text)
    {
        List<Part> parts = text.Length == 0 ? [] : [new(0, text.Length, null)];
        foreach (var pass in _passes)
            parts = [.. parts.SelectMany(part => part.Token is null ? pass.Cut(text, part) : [part])];
        return parts;
    }

    /// <summary>One pass, over one part as if it were all.</summary>
    private sealed class Search
    {
        private readonly Dictionary<string, AddedToken>.AlternateLookup<ReadOnlySpan<char>> _byText;
        private readonly Dictionary<char, int[]> _lengths;
        private readonly SearchValues<char> _first;

        public Search(IEnumerable<AddedToken> tokens)
        {
            _byText = tokens.ToDictionary(token => token.Text).GetAlternateLookup<ReadOnlySpan<char>>();
            _lengths = tokens.GroupBy(token => token.Text[0], token => token.Text.Length)
                .ToDictionary(group => group.Key, group => group.Distinct().OrderDescending().ToArray());
            _first = SearchValues.Create([.. _lengths.Keys]);
        }

        public List<Part> Cut(string whole, Part part)
        {
            var text = whole.AsSpan(part.Start, part.End - part.Start);
            var (parts, done, at) = (new List<Part>(), 0, 0);
            void Add(int start, int end, AddedToken? token) => parts.Add(new(part.Start + start, part.Start + end, token));
            while (text[at..].IndexOfAny(_first) is >= 0 and var skipped)
            {
                var start = at + skipped;
                if (Longest(text[start..]) is not { } token)
                {
                    at = start + 1;
                    continue;
                }

                var end = at = start + token.Text.Length;
                if (token.SingleWord && (EndsWithWord(text[..start]) || StartsWithWord(text[end..]))) continue;
                if (token.LStrip) start = Math.Max(text[..start].TrimEnd().Length, done);
                if (token.RStrip) end = text.Length - text[end..].TrimStart().Length;
                if (done < start) Add(done, start, null);
                // Nothing is left of a token of white space that the one before has taken in.
                if (start < end) Add(start, end, token);
                done = end;
            }

            if (done < text.Length) Add(done, text.Length, null);
            return parts;
        }

        private AddedToken? Longest(ReadOnlySpan<char> text)
        {
            foreach (var length in _lengths[text[0]])
                if (length <= text.Length && _byText.TryGetValue(text[..length], out var token)) return token;
            return null;
        }

        private static bool StartsWithWord(ReadOnlySpan<char> text) =>
            Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

        private static bool EndsWithWord(ReadOnlySpan<char> text) =>
            Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

        /// <summary>Rust's <c>\w</c>: alphabetic, marks, decimal digits, connectors and the two joiners.</summary>
        private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation
            // Symbols that are alphabetic too: letters in circles and squares.
            || rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169)
                or (>= 0x1F170 and <= 0x1F189);
    }
}
