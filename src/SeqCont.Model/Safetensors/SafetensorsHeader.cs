using System.Text.Json;
using System.Text.Unicode;

namespace SeqCont.Model;

/// <summary>Reads and distrusts the JSON header of a safetensors file.</summary>
/// <param name="file">The file's name, for messages.</param>
/// <param name="dataBytes">Bytes that follow the header.</param>
internal sealed class SafetensorsHeader(string file, long dataBytes)
{
    /// <summary>The format's own bound on the header, in bytes.</summary>
    internal const int MaxBytes = 100_000_000;

    internal const string MetadataKey = "__metadata__";

    // Far above any model; they keep a header of 100 MB from growing many times over in memory.
    private const int MaxTensors = 100_000;
    private const int MaxAxes = 16;

    /// <summary>The entries of __metadata__.</summary>
    internal Dictionary<string, string> Metadata { get; } = [];

    /// <summary>The tensors, in the order of the header.</summary>
    internal List<SafetensorsEntry> Entries { get; } = [];

    /// <summary>Parses the header and checks that its tensors tile the data section: no overlap, no hole.</summary>
    /// <param name="json">The header's bytes; trailing spaces are allowed.</param>
    internal void Parse(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw Bad("the header is not UTF-8.");
        if (json.IsEmpty || json[0] != (byte)'{') throw Bad("the header is not a JSON object: expected '{' at byte 8.");
        try
        {
            ParseObject(json);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Bad($"the header is not valid JSON: {BadFile.Printable(error.Message)}");
        }
        CheckTiling();
    }

    private InvalidDataException Bad(string problem) => BadFile.Error(file, problem);

    private InvalidDataException Bad(string tensor, string problem) => BadFile.Error(file, tensor, problem);

    private void ParseObject(ReadOnlySpan<byte> json)
    {
        var seen = new HashSet<string>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (NextKey(ref reader) is { } name)
        {
            if (!seen.Add(name)) throw Bad(name, "listed twice in the header.");
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Bad(name, $"expected a JSON object in the header, got {reader.TokenType}.");
            if (name == MetadataKey) ReadMetadata(ref reader);
            else Entries.Add(ReadEntry(ref reader, name));
            if (Entries.Count > MaxTensors) throw Bad($"the header lists more than {MaxTensors} tensors.");
        }
        if (reader.Read()) throw Bad("the header goes on after its JSON object.");
    }

    /// <summary>The next key of an object, its value's first token read; null at the object's end.</summary>
    private static string? NextKey(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName) return null;
        var key = reader.GetString();
        reader.Read();
        return key;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (NextKey(ref reader) is { } key)
        {
            if (reader.TokenType != JsonTokenType.String)
                throw Bad($"{MetadataKey}: expected a string for '{BadFile.Printable(key)}', got {reader.TokenType}.");
            if (!Metadata.TryAdd(key, reader.GetString()!)) throw Bad($"{MetadataKey}: '{BadFile.Printable(key)}' is listed twice.");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (NextKey(ref reader) is { } key)
        {
            object? before = key switch { "dtype" => dtype, "shape" => shape, "data_offsets" => offsets, _ => null };
            if (before is not null) throw Bad(name, $"{key} is given twice.");
            if (key == "dtype" && reader.TokenType == JsonTokenType.String) dtype = reader.GetString();
            else if (key == "shape") shape = ReadNumbers(ref reader, name, key);
            else if (key == "data_offsets") offsets = ReadNumbers(ref reader, name, key);
            else throw Bad(
                name, $"unexpected '{BadFile.Printable(key)}' of type {reader.TokenType}: expected dtype, shape, data_offsets.");
        }
        return CheckEntry(name, dtype ?? throw Lacks("dtype"), shape ?? throw Lacks("shape"), offsets ?? throw Lacks("data_offsets"));

        InvalidDataException Lacks(string key) => Bad(name, $"no {key} in the header.");
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string key)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Bad(name, $"{key}: expected an array, got {reader.TokenType}.");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw Bad(name, $"{key}: expected whole numbers from 0 to 2^63 - 1.");
            if (numbers.Count == MaxAxes) throw Bad(name, $"{key}: expected at most {MaxAxes} numbers.");
            numbers.Add(number);
        }
        return numbers;
    }

    private SafetensorsEntry CheckEntry(string name, string dtype, List<long> shape, List<long> offsets)
    {
        long bytes = SafetensorsEntry.BytesOf(dtype);
        if (bytes == 0) throw Bad(name, $"unknown dtype '{BadFile.Printable(dtype)}'.");
        if (offsets is not [var begin, var end] || begin > end)
            throw Bad(name, $"data_offsets: expected [begin, end] with begin <= end, got [{string.Join(", ", offsets.Take(4))}].");
        try
        {
            foreach (var axis in shape) bytes = checked(bytes * axis);
        }
        catch (OverflowException)
        {
            throw Bad(name, "shape: the product of the sizes does not fit 63 bits.");
        }
        return bytes == end - begin ? new SafetensorsEntry(name, dtype, shape.AsReadOnly(), begin, bytes)
            : throw Bad(
                name, $"data_offsets: expected {bytes} bytes for {dtype} [{string.Join(", ", shape.Take(8))}], got {end - begin}.");
    }

    private void CheckTiling()
    {
        foreach (var (name, _, _, start, bytes) in Entries)
            if (start > dataBytes - bytes)
                throw Bad(name, $"data_offsets: end {start + bytes} lies beyond the data section of {dataBytes} bytes.");
        var end = 0L;
        foreach (var (name, _, _, start, bytes) in Entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.Bytes))
        {
            if (start < end)
                throw Bad(name, $"data_offsets: overlaps the tensor before it, which ends at {end} (begin is {start}).");
            if (start > end) throw Bad(name, $"data_offsets: leaves a hole: expected begin {end}, got {start}.");
            end = start + bytes;
        }
        if (end != dataBytes) throw Bad($"the tensors end at byte {end} of the data section, but it has {dataBytes} bytes.");
    }
}
