using System.Text;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>A JSON object that is read as it comes, value by value; every fault is one line that names the file.
/// NaN and infinite numbers come as texts, as <see cref="BareNumbers"/> has it.</summary>
internal static class JsonStream
{
    /// <summary>Reads a property's value, at which the reader stands, to its end.</summary>
    public delegate void Property(ref Utf8JsonReader reader, string key);

    /// <summary>Reads a file that is one object.</summary>
    /// <exception cref="InvalidDataException">It is none, or not JSON, or a text in it is not Unicode.</exception>
    public static void ReadFile(ReadOnlyMemory<byte> bytes, string file, string content, Property property)
    {
        var json = BareNumbers.Quote(bytes).Span;
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw BadFile.Error(file, $"expected a JSON object of {content}.");
            ReadObject(ref reader, property);
            if (reader.Read()) throw BadFile.Error(file, "expected the end of the file after the JSON object.");
        }
        catch (JsonException exception)
        {
            throw BadFile.Error(
                file, $"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw BadFile.Error(file, "a token is not valid Unicode text.", exception);
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
}
