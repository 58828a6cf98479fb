using System.Text;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>
/// A file that is one large JSON object, read as it comes, value by value. What is wrong with it is said as <see cref="JsonText"/> says it;
/// NaN and infinite numbers come as texts, as <see cref="BareNumbers"/> has it.
/// </summary>
internal sealed class JsonStream
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly string _file;

    /// <summary>A file's content.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="file">The file's name for messages.</param>
    public JsonStream(ReadOnlyMemory<byte> json, string file)
    {
        var quoted = BareNumbers.Quote(json);
        (_json, _file) = (quoted.Span.StartsWith(Encoding.UTF8.Preamble) ? quoted[Encoding.UTF8.Preamble.Length..] : quoted, file);
    }

    /// <summary>Reads a property's value, at which the reader stands, to its end.</summary>
    public delegate void Property(ref Utf8JsonReader reader, string key);

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It is no such object, or not JSON, or a text in it is not Unicode.</exception>
    public void Read(string content, Property property)
    {
        var expected = $"a JSON object of {content}";
        try
        {
            var reader = new Utf8JsonReader(_json.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw BadFile.Error(_file, $"expected {expected}.");
            ReadObject(ref reader, property);
            if (reader.Read()) throw BadFile.Error(_file, "expected the end of the file after the JSON object.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Read whole, it says line and field.
            JsonText.ParseValue(_json.Span, _file, expected, line: 1).RequireSound();
            throw BadFile.Error(_file, $"not valid JSON; expected {expected}.", exception);
        }
    }

    /// <summary>Reads the properties of an object, at whose start the reader stands.</summary>
    public static void ReadObject(ref Utf8JsonReader reader, Property property)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            property(ref reader, key);
        }
    }

    /// <summary>Reads a value, at which the reader stands, to its end.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="path">The way to it from the file's root.</param>
    /// <exception cref="InvalidDataException">A text in it is not Unicode, or a name stands twice.</exception>
    public JsonField Value(ref Utf8JsonReader reader, string path)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return JsonText.ParseValue(_json.Span[start..(int)reader.BytesConsumed], _file, "a value", LineAt(start), path);
    }

    /// <summary>The file and the line at which the reader stands.</summary>
    public string Where(ref Utf8JsonReader reader) => $"{_file}:{LineAt((int)reader.TokenStartIndex)}";

    private int LineAt(int start) => 1 + _json.Span[..start].Count((byte)'\n');
}
