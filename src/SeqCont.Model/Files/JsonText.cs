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
        return ParseValue(text, where, expected, isLine ? 0 : 1);
    }

    /// <summary>Reads a value that stands in a file.</summary>
    /// <param name="text">Its UTF-8.</param>
    /// <param name="file">The file's name for messages.</param>
    /// <param name="expected">What it should be, for messages.</param>
    /// <param name="line">The line at which the text begins; 0 where <paramref name="file"/> says it.</param>
    /// <param name="path">The way to it from the file's root; null for the root itself.</param>
    /// <exception cref="InvalidDataException">It is no JSON; the message names the line.</exception>
    internal static JsonField ParseValue(ReadOnlySpan<byte> text, string file, string expected, int line, string? path = null)
    {
        if (!Utf8.IsValid(text)) throw BadFile.Error(file, "not UTF-8.");
        var isSound = TryParse(text, Strict, file, expected, line, out var value);
        if (!isSound) _ = TryParse(text, Strict with { AllowDuplicateProperties = true }, file, expected, line, out value);
        var blank = Math.Max(0, text.IndexOfAnyExcept(" \t\r\n"u8));
        var root = new JsonField(file, value, line == 0 ? 0 : line + text[..blank].Count((byte)'\n'), path);
        // Half a pair can only be written as an escape.
        if (!isSound || text.IndexOf("\\ud"u8) >= 0 || text.IndexOf("\\uD"u8) >= 0) root.RequireSound();
        return root;
    }

    /// <summary>Parses; false where a name stands twice or cannot be decoded, of which the runtime does not say where.</summary>
    private static bool TryParse(
        ReadOnlySpan<byte> text, JsonDocumentOptions options, string file, string expected, int line, out JsonElement value)
    {
        try
        {
            value = JsonElement.Parse(text, options);
            return true;
        }
        catch (JsonException exception) when (exception.LineNumber is { } at)
        {
            var problem = exception.Message.Split(" LineNumber:")[0].TrimEnd('.', ' ');
            throw BadFile.Error(line == 0 ? file : $"{file}:{line + at}",
                $"not valid JSON: {BadFile.Printable(problem)}; expected {expected}.", exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            value = default;
            return false;
        }
    }
}
