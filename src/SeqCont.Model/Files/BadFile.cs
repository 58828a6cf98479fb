using System.Buffers;
using System.Globalization;
using System.Text;

namespace SeqCont.Model;

/// <summary>The one way to say that a file is bad: one line, the file, the tensor, what was expected.</summary>
public static class BadFile
{
    private const int LongestName = 400;

    /// <summary>That something is wrong with a file.</summary>
    /// <param name="file">The file, with the place in it where that is known.</param>
    /// <param name="problem">What, a sentence with its dot; what it quotes of a file is escaped here, but not cut.</param>
    /// <param name="inner">What found it.</param>
    public static InvalidDataException Error(string file, string problem, Exception? inner = null) =>
        new($"{Printable(file)}: {Printable(problem, int.MaxValue)}", inner);

    internal static InvalidDataException Error(string file, string tensor, string problem) =>
        Error(file, $"tensor '{Printable(tensor)}': {problem}");

    /// <summary>
    /// Text that is not trusted, made safe for one line on a terminal: what steers it, turns the direction of writing, cannot be
    /// seen or is no character stands as JSON escapes it. Letters of all scripts, marks and emoji stay, and so does what joins two of
    /// them, or keeps them apart, beyond ASCII.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">Longest part of it that is shown.</param>
    /// <param name="kept">Characters that stay whatever they are, such as "\n" where there may be several lines.</param>
    public static string Printable(string text, int longest = LongestName, string kept = "")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(kept);
        var end = Math.Min(text.Length, longest);
        var from = 0;
        while (from < end && text[from] is >= ' ' and <= '~') from++;
        if (from == end) return end == text.Length ? text : $"{text[..end]}...";
        var printable = new StringBuilder(text, 0, from, text.Length + 16);
        while (from < end)
        {
            var letters = char.IsSurrogatePair(text, from) ? 2 : 1;
            var part = text.AsSpan(from, letters);
            if (IsSeen(CharUnicodeInfo.GetUnicodeCategory(text, from)) || kept.Contains(part[0]) || IsJoint(text.AsSpan(0, end), from))
                printable.Append(part);
            else foreach (var letter in part)
                printable.Append(letter switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => $"\\u{(int)letter:x4}" });
            from += letters;
        }
        return printable.Append(from < text.Length ? "..." : "").ToString();
    }

    /// <summary>A text in quotes for a one-line message: long ones cut, quotes and what cannot be printed escaped.</summary>
    public static string Quote(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (cut, more) = text.Length > 60 ? (text[..60], "...") : (text, "");
        return $"\"{Printable(cut.Replace("\\", "\\\\").Replace("\"", "\\\""))}{more}\"";
    }

    /// <summary>
    /// Whether a zero width joiner or non-joiner stands between two letters, marks or symbols beyond ASCII, as Persian and Indic words and
    /// families of emoji have it; elsewhere it hides.
    /// </summary>
    private static bool IsJoint(ReadOnlySpan<char> text, int at) =>
        text[at] is '\u200c' or '\u200d'
        && Rune.DecodeLastFromUtf16(text[..at], out var before, out _) == OperationStatus.Done && CanJoin(before)
        && Rune.DecodeFromUtf16(text[(at + 1)..], out var after, out _) == OperationStatus.Done && CanJoin(after);

    private static bool CanJoin(Rune rune) => !rune.IsAscii && Rune.GetUnicodeCategory(rune) is
        <= UnicodeCategory.EnclosingMark or UnicodeCategory.MathSymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol;

    private static bool IsSeen(UnicodeCategory category) => category is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
