using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SeqCont.Circuits;

/// <summary>Prompt files: one JSON object a line (.jsonl), or the study's pickles (.pkl).</summary>
public static class PromptFile
{
    /// <summary>The longest line that is read, in characters.</summary>
    public const int MaxLineLength = 1 << 20;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private static readonly JsonDocumentOptions RowOptions = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private static readonly JsonWriterOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a file by its extension: .pkl as a pickle, anything else as JSON lines.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed; the message names it and the place.</exception>
    public static IReadOnlyList<PromptRow> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return IsPickle(path) ? PickleFile.Read(path) : ReadJsonl(path);
    }

    /// <summary>Writes a file by its extension: .pkl as a pickle, anything else as JSON lines.</summary>
    /// <param name="path">Where to; its folder must exist. It is never seen half-written.</param>
    /// <param name="rows">The rows, in order.</param>
    /// <param name="overwrite">Whether a file that is there may be replaced.</param>
    /// <exception cref="IOException">The file is there and may not be replaced, or it cannot be written.</exception>
    /// <exception cref="InvalidDataException">A row has a field that a pickle of prompts cannot hold.</exception>
    public static void Write(string path, IEnumerable<PromptRow> rows, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(rows);
        WriteBeside(path, overwrite, stream =>
        {
            if (IsPickle(path)) PickleWriter.Write(stream, rows, path);
            else WriteRows(stream, rows);
        });
    }

    /// <summary>Reads JSON lines; empty lines are skipped.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is malformed; the message names the file and the line, from 1.</exception>
    public static IReadOnlyList<PromptRow> ReadJsonl(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"{path}: not found; expected a prompt file.", path);
        using var reader = new StreamReader(path, Utf8);
        return ReadJsonl(reader, path);
    }

    /// <summary>Reads JSON lines from an open reader.</summary>
    /// <param name="reader">The text; stays open.</param>
    /// <param name="source">The name that messages use.</param>
    /// <exception cref="InvalidDataException">A line is malformed; the message names the source and the line, from 1.</exception>
    public static IReadOnlyList<PromptRow> ReadJsonl(TextReader reader, string source)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(source);
        var rows = new List<PromptRow>();
        var line = new StringBuilder();
        for (var number = 1; ReadLine(reader, line, $"{source}:{number}"); number++)
        {
            var text = line.ToString();
            if (!string.IsNullOrWhiteSpace(text)) rows.Add(ParseRow(Encode(text, $"{source}:{number}"), $"{source}:{number}"));
        }
        return rows;
    }

    /// <summary>
    /// Writes rows as JSON lines: text or tokens, corr, incorr, then the other fields. The file is written
    /// beside its place and then moved there, so that it is never seen half-written.
    /// </summary>
    /// <param name="path">Where to; its folder must exist.</param>
    /// <param name="rows">The rows, in order.</param>
    /// <param name="overwrite">Whether a file that is there may be replaced.</param>
    /// <exception cref="IOException">The file is there and may not be replaced, or it cannot be written.</exception>
    public static void WriteJsonl(string path, IEnumerable<PromptRow> rows, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(rows);
        WriteBeside(path, overwrite, stream => WriteRows(stream, rows));
    }

    private static bool IsPickle(string path) => Path.GetExtension(path).Equals(".pkl", StringComparison.OrdinalIgnoreCase);

    private static void WriteBeside(string path, bool overwrite, Action<Stream> write)
    {
        if (!overwrite && File.Exists(path)) throw new IOException($"{path}: is there already and is not overwritten.");
        var beside = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write)) write(stream);
            File.Move(beside, path, overwrite);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Writes rows as JSON lines, the bytes of <see cref="WriteJsonl"/>, into a stream, which stays open.</summary>
    public static void WriteRows(Stream stream, IEnumerable<PromptRow> rows)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var row in rows)
        {
            using (var writer = new Utf8JsonWriter(stream, WriteOptions))
            {
                writer.WriteStartObject();
                if (row.Text is not null) writer.WriteString("text", row.Text);
                if (row.Tokens is not null)
                {
                    writer.WriteStartArray("tokens");
                    foreach (var token in row.Tokens) writer.WriteNumberValue(token);
                    writer.WriteEndArray();
                }
                WriteAnswer(writer, "corr", row.Corr);
                WriteAnswer(writer, "incorr", row.Incorr);
                foreach (var (name, value) in row.Other)
                {
                    writer.WritePropertyName(name);
                    value.WriteTo(writer);
                }
                writer.WriteEndObject();
            }
            stream.WriteByte((byte)'\n');
        }
    }

    private static void WriteAnswer(Utf8JsonWriter writer, string name, PromptAnswer answer)
    {
        if (answer.Text is { } text) writer.WriteString(name, text);
        else writer.WriteNumber(name, answer.Id);
    }

    /// <summary>Reads one line, without its end, into <paramref name="line"/>; false at the end of the text.</summary>
    private static bool ReadLine(TextReader reader, StringBuilder line, string where)
    {
        line.Clear();
        try
        {
            for (var any = false; ; any = true)
            {
                var next = reader.Read();
                if (next < 0) return any;
                if (next == '\n') return true;
                if (line.Length == MaxLineLength)
                    throw new InvalidDataException($"{where}: expected a line of at most {MaxLineLength} characters, got more.");
                line.Append((char)next);
            }
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{where}: not valid UTF-8 in or after this line.", exception);
        }
    }

    private static byte[] Encode(string line, string where)
    {
        try
        {
            return Utf8.GetBytes(line);
        }
        catch (EncoderFallbackException exception)
        {
            throw new InvalidDataException($"{where}: not valid Unicode text.", exception);
        }
    }

    /// <summary>Reads one row from its JSON object in UTF-8.</summary>
    internal static PromptRow ParseRow(ReadOnlyMemory<byte> line, string where)
    {
        try
        {
            using var document = JsonDocument.Parse(line, RowOptions);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{where}: expected a JSON object, got {PromptRowBuilder.Describe(root)}.");
            var builder = new PromptRowBuilder(where);
            foreach (var field in root.EnumerateObject()) builder.Add(field.Name, field.Value);
            return builder.Build();
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{where}: not valid JSON: {FirstSentence(exception.Message)}", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{where}: a string is not valid Unicode text.", exception);
        }
    }

    private static string FirstSentence(string message)
    {
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var text = position < 0 ? message : message[..position];
        var builder = new StringBuilder(text.Length);
        foreach (var character in text) builder.Append(char.IsControl(character) ? ' ' : character);
        return builder.ToString();
    }
}
