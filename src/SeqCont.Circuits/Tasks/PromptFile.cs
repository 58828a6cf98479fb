using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Prompt files: one JSON object a line (.jsonl), or the study's pickles (.pkl).</summary>
public static class PromptFile
{
    /// <summary>The longest line that is read, in characters.</summary>
    public const int MaxLineLength = 1 << 20;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

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
        if (!overwrite && File.Exists(path)) throw new IOException($"{path}: is there already and is not overwritten.");
        WholeFile.Write(path, stream =>
        {
            if (IsPickle(path)) PickleWriter.Write(stream, rows, path);
            else WriteRows(stream, rows);
        }, overwrite);
    }

    private static IReadOnlyList<PromptRow> ReadJsonl(string path)
    {
        using var reader = new StreamReader(InputFile.Open(path, "a prompt file"), Utf8);
        return ReadJsonl(reader, path);
    }

    /// <summary>Reads JSON lines from an open reader; empty lines are skipped.</summary>
    /// <param name="reader">The text; stays open.</param>
    /// <param name="source">The name that messages use.</param>
    /// <exception cref="InvalidDataException">A line is malformed; the message names the source and the line, from 1.</exception>
    public static IReadOnlyList<PromptRow> ReadJsonl(TextReader reader, string source)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(source);
        var (rows, line) = (new List<PromptRow>(), new StringBuilder());
        for (var number = 1; ; number++)
        {
            var where = $"{source}:{number}";
            try
            {
                if (!ReadLine(reader, line, where)) return rows;
                var text = line.ToString();
                if (!string.IsNullOrWhiteSpace(text)) rows.Add(ParseRow(Utf8.GetBytes(text), where));
            }
            catch (DecoderFallbackException exception)
            {
                throw new InvalidDataException($"{where}: not valid UTF-8 in or after this line.", exception);
            }
            catch (EncoderFallbackException exception)
            {
                throw new InvalidDataException($"{where}: not valid Unicode text.", exception);
            }
        }
    }

    private static bool IsPickle(string path) => Path.GetExtension(path).Equals(".pkl", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes rows as JSON lines into a stream, which stays open: text or tokens, corr, incorr, then the other fields.</summary>
    public static void WriteRows(Stream stream, IEnumerable<PromptRow> rows)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var row in rows)
        {
            stream.Write(Json(row).Span);
            stream.WriteByte((byte)'\n');
        }
    }

    /// <summary>A row as a JSON object in UTF-8.</summary>
    internal static ReadOnlyMemory<byte> Json(PromptRow row)
    {
        var json = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(json, WriteOptions);
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
        writer.Flush();
        return json.WrittenMemory;
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

    /// <summary>Reads one row from its JSON object in UTF-8.</summary>
    internal static PromptRow ParseRow(ReadOnlyMemory<byte> line, string where) =>
        new PromptRowReader(JsonText.Parse(line, where, "a prompt", isLine: true)).Read();
}
