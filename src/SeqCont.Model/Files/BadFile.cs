using System.Text;

namespace SeqCont.Model;

/// <summary>The one way to say that a file is bad: one line, the file, the tensor, what was expected.</summary>
internal static class BadFile
{
    private const int LongestName = 400;

    internal static InvalidDataException Error(string file, string problem) => new($"{Printable(file)}: {problem}");

    internal static InvalidDataException Error(string file, string tensor, string problem) =>
        new($"{Printable(file)}: tensor '{Printable(tensor)}': {problem}");

    /// <summary>Text out of an untrusted file, made safe for one line of a message: no control characters, not long.</summary>
    internal static string Printable(string text)
    {
        var printable = new StringBuilder(Math.Min(text.Length, LongestName) + 8);
        foreach (var letter in text.AsSpan(0, Math.Min(text.Length, LongestName)))
        {
            if (char.IsControl(letter) || char.IsSurrogate(letter) || letter is '\u2028' or '\u2029')
                printable.Append("\\u").Append(((int)letter).ToString("x4", null));
            else printable.Append(letter);
        }
        if (text.Length > LongestName) printable.Append("...");
        return printable.ToString();
    }
}
