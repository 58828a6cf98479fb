using System.Text.Json;

namespace SeqCont.Reports;

/// <summary>Reads the rows of a .jsonl file of results; a damaged row is named by its line.</summary>
internal static class JsonRows
{
    /// <summary>Reads every row.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What a row is, for messages: "a node's effect".</param>
    /// <param name="read">One row.</param>
    /// <exception cref="InvalidDataException">A line is no such row; the message names file and line.</exception>
    public static T[] Read<T>(string path, string what, Func<JsonElement, T> read)
    {
        if (new FileInfo(path).Length > JsonFile.MaxFileBytes)
            throw new InvalidDataException($"{path}: expected at most {JsonFile.MaxFileBytes} bytes.");
        var rows = new List<T>();
        var line = 0;
        foreach (var text in File.ReadLines(path))
        {
            line++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            rows.Add(Checked($"{path}:{line}", what, () =>
            {
                using var document = JsonDocument.Parse(text);
                return read(document.RootElement);
            }));
        }

        return [.. rows];
    }

    /// <summary>Runs a reader; what goes wrong inside is told as a file that is not what it should be.</summary>
    /// <exception cref="InvalidDataException">The content is not as expected.</exception>
    public static T Checked<T>(string where, string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"{where}: not {what}.", exception);
        }
    }

    /// <summary>A number; not a number where the file says null.</summary>
    public static double Number(this JsonElement row, string name)
    {
        var value = row.GetProperty(name);
        return value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
    }

    /// <summary>A number, or null where it is absent or null.</summary>
    public static double? NumberOrNull(this JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    /// <summary>A text, or null where it is absent or no text.</summary>
    public static string? TextOrNull(this JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
