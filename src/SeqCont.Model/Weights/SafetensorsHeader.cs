using System.Text.Json;
using System.Text.Unicode;

namespace SeqCont.Model;

/// <summary>Reads and distrusts the JSON header of a safetensors file.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own bound on the header, in bytes.</summary>
    internal const int MaxBytes = 100_000_000;

    // Far above any model; they keep a header of 100 MB from growing many times over in memory.
    private const int MaxTensors = 100_000;
    private const int MaxAxes = 16;
    private const string MetadataKey = "__metadata__";

    /// <summary>Parses the header and checks that its tensors tile the data section: no overlap, no hole.</summary>
    /// <param name="json">The header's bytes; trailing spaces are allowed.</param>
    /// <param name="dataBytes">Bytes that follow the header.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="metadata">Receives the entries of __metadata__.</param>
    /// <returns>The tensors, in the order of the header.</returns>
    internal static List<SafetensorsEntry> Parse(ReadOnlySpan<byte> json, long dataBytes, string file, Dictionary<string, string> metadata)
    {
        if (!Utf8.IsValid(json)) throw BadFile.Error(file, "the header is not UTF-8.");
        if (json.IsEmpty || json[0] != (byte)'{') throw BadFile.Error(file, "the header is not a JSON object: expected '{' at byte 8.");
        List<SafetensorsEntry> entries;
        try
        {
            entries = ParseObject(json, file, metadata);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw BadFile.Error(file, $"the header is not valid JSON: {BadFile.Printable(error.Message)}");
        }
        CheckTiling(entries, dataBytes, file);
        return entries;
    }

    private static List<SafetensorsEntry> ParseObject(ReadOnlySpan<byte> json, string file, Dictionary<string, string> metadata)
    {
        var entries = new List<SafetensorsEntry>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!seen.Add(name)) throw BadFile.Error(file, name, "listed twice in the header.");
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw BadFile.Error(file, name, $"expected a JSON object in the header, got {reader.TokenType}.");
            if (name == MetadataKey) ReadMetadata(ref reader, file, metadata);
            else entries.Add(ReadEntry(ref reader, file, name));
            if (entries.Count > MaxTensors) throw BadFile.Error(file, $"the header lists more than {MaxTensors} tensors.");
        }
        if (reader.Read()) throw BadFile.Error(file, "the header goes on after its JSON object.");
        return entries;
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, string file, Dictionary<string, string> metadata)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw BadFile.Error(file, $"{MetadataKey}: expected a string for '{BadFile.Printable(key)}', got {reader.TokenType}.");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw BadFile.Error(file, $"{MetadataKey}: '{BadFile.Printable(key)}' is listed twice.");
        }
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string file, string name)
    {
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            var first = key switch { "dtype" => dtype is null, "shape" => shape is null, "data_offsets" => offsets is null, _ => true };
            if (!first) throw BadFile.Error(file, name, $"{key} is given twice.");
            if (key == "dtype" && reader.TokenType == JsonTokenType.String) dtype = reader.GetString();
            else if (key == "shape") shape = ReadNumbers(ref reader, file, name, key);
            else if (key == "data_offsets") offsets = ReadNumbers(ref reader, file, name, key);
            else throw BadFile.Error(
                file, name, $"unexpected '{BadFile.Printable(key)}' of type {reader.TokenType}: expected dtype, shape, data_offsets.");
        }
        if (dtype is null || shape is null || offsets is null)
            throw BadFile.Error(file, name, $"no {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")} in the header.");
        return CheckEntry(file, name, dtype, shape, offsets);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string file, string name, string key)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw BadFile.Error(file, name, $"{key}: expected an array, got {reader.TokenType}.");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw BadFile.Error(file, name, $"{key}: expected whole numbers from 0 to 2^63 - 1.");
            if (numbers.Count == MaxAxes) throw BadFile.Error(file, name, $"{key}: expected at most {MaxAxes} numbers.");
            numbers.Add(number);
        }
        return numbers;
    }

    private static SafetensorsEntry CheckEntry(string file, string name, string dtype, List<long> shape, List<long> offsets)
    {
        var size = SafetensorsEntry.BytesOf(dtype);
        if (size == 0) throw BadFile.Error(file, name, $"unknown dtype '{BadFile.Printable(dtype)}'.");
        if (offsets.Count != 2 || offsets[0] > offsets[1])
            throw BadFile.Error(
                file, name, $"data_offsets: expected [begin, end] with begin <= end, got [{string.Join(", ", offsets.Take(4))}].");
        long bytes = size;
        try
        {
            foreach (var axis in shape) bytes = checked(bytes * axis);
        }
        catch (OverflowException)
        {
            throw BadFile.Error(file, name, "shape: the product of the sizes does not fit 63 bits.");
        }
        if (bytes != offsets[1] - offsets[0])
        {
            var sizes = string.Join(", ", shape.Take(8));
            throw BadFile.Error(file, name, $"data_offsets: expected {bytes} bytes for {dtype} [{sizes}], got {offsets[1] - offsets[0]}.");
        }
        return new SafetensorsEntry(name, dtype, shape.AsReadOnly(), offsets[0], bytes);
    }

    private static void CheckTiling(List<SafetensorsEntry> entries, long dataBytes, string file)
    {
        foreach (var entry in entries)
            if (entry.Start > dataBytes - entry.Bytes)
                throw BadFile.Error(
                    file, entry.Name, $"data_offsets: end {entry.Start + entry.Bytes} lies beyond the data section of {dataBytes} bytes.");
        var end = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.Bytes))
        {
            if (entry.Start < end)
                throw BadFile.Error(
                    file, entry.Name, $"data_offsets: overlaps the tensor before it, which ends at {end} (begin is {entry.Start}).");
            if (entry.Start > end)
                throw BadFile.Error(file, entry.Name, $"data_offsets: leaves a hole: expected begin {end}, got {entry.Start}.");
            end = entry.Start + entry.Bytes;
        }
        if (end != dataBytes)
            throw BadFile.Error(file, $"the tensors end at byte {end} of the data section, but it has {dataBytes} bytes.");
    }
}
