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

    /// <summary>Reads a file of one object.</summary>
    /// <exception cref="InvalidDataException">The file is no such object; the message names it.</exception>
    public static T ReadFile<T>(string path, string what, Func<JsonElement, T> read)
    {
        using var document = JsonFile.ReadObject(path, what);
        return Checked(path, what, () => read(document.RootElement));
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
    public static double Number(this JsonElement row, string name) => NumberOf(row.GetProperty(name));

    /// <summary>Numbers; not a number where the file says null.</summary>
    public static double[] Numbers(this JsonElement row, string name) => row.List(name, NumberOf);

    /// <summary>A whole number.</summary>
    public static int Whole(this JsonElement row, string name) => row.GetProperty(name).GetInt32();

    /// <summary>A text.</summary>
    public static string Text(this JsonElement row, string name) => TextOf(row.GetProperty(name));

    /// <summary>Texts.</summary>
    public static string[] Texts(this JsonElement row, string name) => row.List(name, TextOf);

    /// <summary>A list's items.</summary>
    public static T[] List<T>(this JsonElement row, string name, Func<JsonElement, T> read) =>
        [.. row.GetProperty(name).EnumerateArray().Select(read)];

    /// <summary>A part that may be absent, or of another kind: null then.</summary>
    public static JsonElement? Part(this JsonElement row, string name, JsonValueKind kind = JsonValueKind.Object) =>
        row.TryGetProperty(name, out var part) && part.ValueKind == kind ? part : null;

    /// <summary>A number, or null where it is absent or null.</summary>
    public static double? NumberOrNull(this JsonElement row, string name) =>
        row.Part(name, JsonValueKind.Number)?.GetDouble();

    /// <summary>A text, or null where it is absent or no text.</summary>
    public static string? TextOrNull(this JsonElement row, string name) =>
        row.Part(name, JsonValueKind.String)?.GetString();

    /// <summary>A value as a message shows it.</summary>
    public static string Short(this JsonElement value) => JsonFile.Short(value.GetRawText());

    private static double NumberOf(JsonElement value) => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();

    private static string TextOf(JsonElement text) => text.GetString() ?? throw new FormatException();
}
