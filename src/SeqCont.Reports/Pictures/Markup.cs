using System.Globalization;
using System.Text;

namespace SeqCont.Reports;

/// <summary>
/// Text from files as markup. What comes from prompts, names and paths is hostile until it went through here: it
/// ends no element and no attribute, holds no character that XML forbids, and cannot turn the reading direction of
/// what is around it.
/// </summary>
internal static class Markup
{
    /// <summary>Escapes text for an element's content or a quoted attribute, in HTML and SVG.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            var plain = rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\n' => "&#10;",
                _ => null,
            };
            if (plain is not null) escaped.Append(plain);
            else if (IsShown(rune.Value)) escaped.Append(rune);
            else escaped.Append('\uFFFD');
        }

        return escaped.ToString();
    }

    /// <summary>A token's text with its leading or only spaces made visible.</summary>
    public static string Token(string text)
    {
        var spaces = text.Length - text.TrimStart(' ').Length;
        return new string('\u2423', spaces) + text[spaces..].Replace("\n", "\u21B5", StringComparison.Ordinal)
            .Replace("\t", "\u21E5", StringComparison.Ordinal);
    }

    /// <summary>A token's text without a space before it, no longer than there is room for.</summary>
    public static string Word(string token, int longest) =>
        Fit(Token(token.Length > 1 && token[0] == ' ' ? token[1..] : token), longest);

    /// <summary>A text that is cut where it is longer than there is room for.</summary>
    public static string Fit(string text, int longest) =>
        text.Length > longest ? string.Concat(text.AsSpan(0, longest - 1), "\u2026") : text;

    /// <summary>Lines of a tip.</summary>
    public static string Lines(params FormattableString[] lines) => string.Join('\n', lines.Select(FormattableString.Invariant));

    /// <summary>A number; empty for none.</summary>
    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    /// <summary>A number with a minus sign as long as a plus.</summary>
    public static string Signed(double value, string format) => Number(value, format).Replace('-', '\u2212');

    // Lone surrogates come as U+FFFD already. Control characters and noncharacters are not XML; marks that override
    // the direction would reorder what follows them.
    private static bool IsShown(int value) =>
        value >= 0x20 && value is not (>= 0x7F and <= 0x9F) && value is not (0x61C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E))
        && value is not (>= 0x2066 and <= 0x2069) && value is not (0x2028 or 0x2029) && (value & 0xFFFE) != 0xFFFE;
}
