using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;

namespace SeqCont.Model;

/// <summary>Where tensors lie in a safetensors file that is written, and how their elements are rounded.</summary>
internal static class SafetensorsLayout
{
    private const int LengthBytes = 8;

    /// <summary>Places tensors one after the other.</summary>
    /// <exception cref="ArgumentException">A name is used twice or reserved, a type is not writable, a size is negative.</exception>
    internal static SafetensorsEntry[] Lay(IReadOnlyList<(string Name, string DType, IReadOnlyList<long> Shape)> tensors)
    {
        var names = new HashSet<string> { SafetensorsHeader.MetadataKey };
        var end = 0L;
        SafetensorsEntry Place(string name, string dtype, IReadOnlyList<long> shape)
        {
            if (!names.Add(name)) throw new ArgumentException($"tensors: the name '{name}' is reserved or used twice.");
            if (dtype is not ("F32" or "F16" or "BF16" or "F64" or "I64"))
                throw new ArgumentException($"tensors: '{name}': expected dtype F32, F16, BF16, F64 or I64, got '{dtype}'.");
            long bytes = SafetensorsEntry.BytesOf(dtype);
            foreach (var size in shape)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(size);
                bytes = checked(bytes * size);
            }
            end = checked(end + bytes);
            return new SafetensorsEntry(name, dtype, [.. shape], end - bytes, bytes);
        }
        return [.. tensors.Select(tensor => Place(tensor.Name, tensor.DType, tensor.Shape))];
    }

    /// <summary>What stands before the data: the header's length in 8 bytes, and the header.</summary>
    internal static byte[] Header(IReadOnlyList<SafetensorsEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new JsonObject();
        if (metadata is { Count: > 0 })
            header[SafetensorsHeader.MetadataKey] = new JsonObject(metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        foreach (var entry in entries)
            header[entry.Name] = new JsonObject
            {
                ["dtype"] = entry.DType,
                ["shape"] = Numbers(entry.Shape),
                ["data_offsets"] = Numbers([entry.Start, entry.Start + entry.Bytes]),
            };
        // All of it is ASCII: other characters are escaped.
        var json = header.ToJsonString();
        var length = (json.Length + LengthBytes - 1) / LengthBytes * LengthBytes;
        if (length > SafetensorsHeader.MaxBytes)
            throw new ArgumentException(
                $"metadata: the header would take {length} bytes; the format allows {SafetensorsHeader.MaxBytes}.");
        var bytes = new byte[LengthBytes + length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)length);
        Encoding.ASCII.GetBytes(json.PadRight(length), bytes.AsSpan(LengthBytes));
        return bytes;
    }

    private static JsonArray Numbers(IEnumerable<long> numbers) => [.. numbers.Select(number => (JsonNode)number)];

    /// <summary>Rounds numbers to a type; how many finite ones became infinite.</summary>
    internal static int Encode<T>(string dtype, ReadOnlySpan<T> values, Span<byte> bytes) where T : INumber<T>
    {
        var (size, overflowed) = (SafetensorsEntry.BytesOf(dtype), 0);
        for (var i = 0; i < values.Length; i++)
        {
            var value = double.CreateTruncating(values[i]);
            var place = bytes.Slice(i * size, size);
            var isInfinite = false;
            if (dtype == "F64") BinaryPrimitives.WriteDoubleLittleEndian(place, value);
            else if (dtype == "F16")
            {
                var half = (Half)value;
                BinaryPrimitives.WriteHalfLittleEndian(place, half);
                isInfinite = Half.IsInfinity(half);
            }
            else if (dtype == "F32")
            {
                BinaryPrimitives.WriteSingleLittleEndian(place, (float)value);
                isInfinite = float.IsInfinity((float)value);
            }
            else
            {
                var bits = RoundToBFloat16((float)value);
                BinaryPrimitives.WriteUInt16LittleEndian(place, bits);
                isInfinite = (bits & 0x7fff) == 0x7f80;
            }
            if (isInfinite && double.IsFinite(value)) overflowed++;
        }
        return overflowed;
    }

    // Round to nearest, ties to even; NaN stays NaN.
    private static ushort RoundToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(float.IsNaN(value) ? (bits >> 16) | 0x40 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
