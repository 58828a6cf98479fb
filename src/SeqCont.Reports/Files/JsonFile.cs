using System.Text.Encodings.Web;
using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>JSON files: numbers that read back as written, files that are never seen half-written.</summary>
public static class JsonFile
{
    /// <summary>The schema that every JSON file states and that is read.</summary>
    public const int Schema = 1;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonWriterOptions Indented = Compact with { Indented = true, NewLine = "\n" };

    /// <summary>An indented object and a line end.</summary>
    public static byte[] Object(Json fields) => [.. Bytes(fields, Indented), (byte)'\n'];

    /// <summary>An object on one line, its end included.</summary>
    internal static byte[] Row(Json fields) => [.. Bytes(fields, Compact), (byte)'\n'];

    /// <summary>An object.</summary>
    internal static byte[] Bytes(Json fields, JsonWriterOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(fields);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, options)) Json.Write(writer, fields);
        return stream.ToArray();
    }

    /// <summary>Writes a file of one indented object.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="fields">What it says.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Json fields) =>
        WholeFile.Write(path, stream => stream.Write(Object(fields)));

    /// <summary>Writes a file with an object on each line.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="rows">What they say.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteRows(string path, IEnumerable<Json> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        WholeFile.Write(path, stream =>
        {
            foreach (var row in rows) stream.Write(Row(row));
        });
    }

    /// <summary>Reads a JSON object and checks its schema, which may be absent (the study's files state none).</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for messages: "a circuit file".</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no JSON object or of another schema; the message names it.</exception>
    public static JsonField ReadObject(string path, string expected)
    {
        var root = JsonText.ReadFile(path, expected);
        root.RequireSchema(Schema, $"{expected}, a JSON object");
        return root;
    }
}
