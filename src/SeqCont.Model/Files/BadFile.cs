using System.Text;

namespace SeqCont.Model;

/// <summary>The one way to say that a file is bad: one line, the file, the tensor, what was expected.</summary>
internal static class BadFile
{
    private const int LongestName = 400;

    internal static InvalidDataException Error(string file, string problem, Exception? inner = null) =>
        new($"{Printable(file)}: {problem}", inner);

    internal static InvalidDataException Error(string file, string tensor, string problem) =>
        new($"{Printable(file)}: tensor '{Printable(tensor)}': {problem}");

    /// <summary>Text out of an untrusted file, made safe for one line of a message: no control characters, not long.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">Longest part of it that is shown.</param>
    /// <param name="escaped">Characters that a backslash goes before.</param>
    internal static string Printable(string text, int longest = LongestName, string escaped = "")
    {
        var printable = new StringBuilder();
        foreach (var letter in text.AsSpan(0, Math.Min(text.Length, longest)))
        {
            if (char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029')
                printable.Append($"\\u{(int)letter:x4}");
            else printable.Append(escaped.Contains(letter) ? "\\" : "").Append(letter);
        }
        return printable.Append(text.Length > longest ? "..." : "").ToString();
    }

    /// <summary>A text in quotes for a one-line message: long ones cut, line breaks and controls escaped.</summary>
    internal static string Quote(string text) => $"\"{Printable(text, 60, "\"\\")}\"";
}
