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
        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        var kind = document.RootElement.ValueKind;
        document.Dispose();
        throw BadFile.Error(file, $"expected a JSON object, got {kind}.");
    }

    /// <summary>A string's text; text with half a surrogate pair is bad.</summary>
    internal static string Text(JsonElement value, string file, string key)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw BadFile.Error(file, $"{BadFile.Printable(key)}: expected a string, got {value.ValueKind}.");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw BadFile.Error(file, $"{BadFile.Printable(key)}: not valid text.");
        }
    }

    /// <summary>A property's name; a name with half a surrogate pair is bad.</summary>
    internal static string Key(JsonProperty property, string file)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw BadFile.Error(file, "a key is not valid text.");
        }
    }
}
