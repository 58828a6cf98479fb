using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SeqCont.Model;

/// <summary>JSON files that are not trusted: bounded, UTF-8, no key twice.</summary>
internal static class JsonText
{
    private const int MaxBytes = 16 << 20;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>The bytes of a file of at most 16 MB.</summary>
    internal static byte[] ReadFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > MaxBytes) throw BadFile.Error(path, $"expected at most {MaxBytes} bytes of JSON, got {stream.Length}.");
        var bytes = new byte[(int)stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Parses a JSON object.</summary>
    internal static JsonDocument ParseObject(ReadOnlyMemory<byte> json, string file)
    {
        if (json.Span.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(json.Span)) throw BadFile.Error(file, "not UTF-8.");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Strict);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw BadFile.Error(file, $"not valid JSON: {BadFile.Printable(error.Message)}");
        }
        if (document.RootElement.ValueKind is var kind && kind == JsonValueKind.Object) return document;
        document.Dispose();
        throw BadFile.Error(file, $"expected a JSON object, got {kind}.");
    }

    /// <summary>A string's text; text with half a surrogate pair is bad.</summary>
    internal static string Text(JsonElement value, string file, string key) => value.ValueKind == JsonValueKind.String
        ? Decode(() => value.GetString()!, file, $"{BadFile.Printable(key)}: not valid text.")
        : throw BadFile.Error(file, $"{BadFile.Printable(key)}: expected a string, got {value.ValueKind}.");

    /// <summary>A property's name; a name with half a surrogate pair is bad.</summary>
    internal static string Key(JsonProperty property, string file) => Decode(() => property.Name, file, "a key is not valid text.");

    private static string Decode(Func<string> read, string file, string problem)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw BadFile.Error(file, problem);
        }
    }
}
