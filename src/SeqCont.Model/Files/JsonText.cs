using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SeqCont.Model;

/// <summary>
/// How every JSON file is read that is not trusted: UTF-8 with or without its mark, of bounded length and depth, no name twice, no
/// half of a surrogate pair. What it is not is an <see cref="InvalidDataException"/> of one line that names the file and the line.
/// </summary>
public static class JsonText
{
    /// <summary>The longest JSON file that is read, in bytes.</summary>
    public const int MaxFileBytes = 64 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>The bytes of a JSON file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for messages.</param>
    /// <param name="most">The most bytes that are read.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is too long.</exception>
    public static byte[] ReadBytes(string path, string expected, int most = MaxFileBytes)
    {
        using var stream = InputFile.Open(path, expected, most);
        return InputFile.ReadAll(stream, path, most);
    }

    /// <summary>Reads a file of one JSON value.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for messages: "a task file".</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no JSON; the message names the file and the line.</exception>
    public static JsonField ReadFile(string path, string expected) => Parse(ReadBytes(path, expected), path, expected);

    /// <summary>Reads a stream of one JSON value.</summary>
    /// <param name="stream">The JSON; stays open.</param>
    /// <param name="name">The name that messages use.</param>
    /// <param name="expected">What it should be, for messages.</param>
    /// <exception cref="InvalidDataException">It is no JSON; the message names the line.</exception>
    public static JsonField Read(Stream stream, string name, string expected)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Parse(InputFile.ReadAll(stream, name, MaxFileBytes), name, expected);
    }

    /// <summary>Reads a file with a JSON value on each line. Empty lines are skipped.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What a line should be, for messages.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no JSON; the message names it. Thrown as lines are read.</exception>
    public static IEnumerable<JsonField> ReadLines(string path, string expected) => Lines(ReadBytes(path, expected), path, expected);

    /// <summary>Reads a JSON value of each line. Empty lines are skipped.</summary>
    /// <param name="lines">UTF-8.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="expected">What a line should be, for messages.</param>
    /// <exception cref="InvalidDataException">A line is no JSON; the message names it. Thrown as lines are read.</exception>
    public static IEnumerable<JsonField> Lines(ReadOnlyMemory<byte> lines, string name, string expected)
    {
        for (var line = 1; !lines.IsEmpty; line++)
        {
            var length = lines.Span.IndexOf((byte)'\n');
            var text = length < 0 ? lines : lines[..length];
            lines = lines[Math.Min(text.Length + 1, lines.Length)..];
            if (text.Span.ContainsAnyExcept(" \t\r"u8)) yield return Parse(text, $"{name}:{line}", expected, isLine: true);
        }
    }

    /// <summary>Reads one JSON value.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="where">The file's name for messages, with the line where <paramref name="isLine"/>.</param>
    /// <param name="expected">What it should be, for messages.</param>
    /// <param name="isLine">Whether it is one line of a file.</param>
    /// <exception cref="InvalidDataException">It is no JSON; the message names the line.</exception>
    public static JsonField Parse(ReadOnlyMemory<byte> json, string where, string expected, bool isLine = false)
    {
        var text = json.Span;
        if (text.StartsWith(Encoding.UTF8.Preamble)) text = text[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(text)) throw BadFile.Error(where, "not UTF-8.");
        try
        {
            var root = new JsonField(where, JsonElement.Parse(text, Strict));
            // Half a pair can only be written as an escape.
            if (text.IndexOf("\\ud"u8) >= 0 || text.IndexOf("\\uD"u8) >= 0) root.RequireText();
            return root;
        }
        catch (JsonException exception)
        {
            var problem = exception.Message.Split(" LineNumber:")[0].TrimEnd('.', ' ');
            throw BadFile.Error(isLine || exception.LineNumber is not { } line ? where : $"{where}:{line + 1}",
                $"not valid JSON: {BadFile.Printable(problem)}; expected {expected}.", exception);
        }
        catch (InvalidOperationException exception)
        {
            // Names are decoded to see whether one stands there twice.
            throw BadFile.Error(where, $"a name is {JsonField.HalfPair}; expected {expected}.", exception);
        }
    }
}
