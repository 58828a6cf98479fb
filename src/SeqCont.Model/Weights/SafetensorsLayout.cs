using System.Buffers.Binary;
using System.Text.Json;

namespace SeqCont.Model;

/// <summary>Where tensors lie in a safetensors file that is written, and how their elements are rounded.</summary>
internal static class SafetensorsLayout
{
    private const int LengthBytes = 8;

    /// <summary>Places tensors one after the other.</summary>
    /// <exception cref="ArgumentException">A name is used twice or reserved, a type is not writable, a size is negative.</exception>
    internal static SafetensorsEntry[] Lay(IReadOnlyList<(string Name, string DType, IReadOnlyList<long> Shape)> tensors)
    {
        var entries = new SafetensorsEntry[tensors.Count];
        var names = new HashSet<string>(StringComparer.Ordinal);
        var start = 0L;
        for (var i = 0; i < entries.Length; i++)
        {
            var (name, dtype, shape) = tensors[i];
            if (name == "__metadata__" || !names.Add(name))
                throw new ArgumentException($"tensors: the name '{name}' is reserved or used twice.");
            if (dtype is not ("F32" or "F16" or "BF16" or "F64" or "I64"))
                throw new ArgumentException($"tensors: '{name}': expected dtype F32, F16, BF16, F64 or I64, got '{dtype}'.");
            long bytes = SafetensorsEntry.BytesOf(dtype);
            foreach (var size in shape)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(size);
                bytes = checked(bytes * size);
            }
            entries[i] = new SafetensorsEntry(name, dtype, [.. shape], start, bytes);
            start = checked(start + bytes);
        }
        return entries;
    }

    /// <summary>What stands before the data: the header's length in 8 bytes, and the header.</summary>
    internal static byte[] Header(SafetensorsEntry[] entries, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        buffer.Write(stackalloc byte[LengthBytes]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, text);
                json.WriteEndObject();
            }
            foreach (var entry in entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", entry.DType);
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", [entry.Start, entry.Start + entry.Bytes]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % LengthBytes != 0) buffer.WriteByte((byte)' ');
        if (buffer.Length - LengthBytes > SafetensorsHeader.MaxBytes)
            throw new ArgumentException(
                $"metadata: the header would take {buffer.Length - LengthBytes} bytes; the format allows {SafetensorsHeader.MaxBytes}.");
        var bytes = buffer.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - LengthBytes));
        return bytes;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string key, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(key);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    /// <summary>Rounds numbers to a type; the bytes it took.</summary>
    internal static int Encode(string dtype, ReadOnlySpan<double> values, Span<byte> bytes)
    {
        var size = SafetensorsEntry.BytesOf(dtype);
        for (var i = 0; i < values.Length; i++)
        {
            var place = bytes.Slice(i * size, size);
            if (dtype == "F32") BinaryPrimitives.WriteSingleLittleEndian(place, (float)values[i]);
            else if (dtype == "F64") BinaryPrimitives.WriteDoubleLittleEndian(place, values[i]);
            else if (dtype == "F16") BinaryPrimitives.WriteHalfLittleEndian(place, (Half)values[i]);
            else BinaryPrimitives.WriteUInt16LittleEndian(place, RoundToBFloat16((float)values[i]));
        }
        return values.Length * size;
    }

    // Round to nearest, ties to even; NaN stays NaN.
    private static ushort RoundToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
