using System.Buffers.Binary;

namespace SeqCont.Fuzz.Mutation;

/// <summary>Changes of a safetensors file: its header's length, its header, which keeps its length right, its data.</summary>
internal static class SafetensorsMutations
{
    private const int Prefix = sizeof(long);

    /// <summary>One change.</summary>
    public static byte[] Change(byte[] bytes, byte[] other, JsonMutations json, byte[][] words, Random random)
    {
        if (bytes.Length < Prefix || BinaryPrimitives.ReadInt64LittleEndian(bytes) is not (var length and > 0)
            || length > bytes.Length - Prefix)
            return ByteMutations.Change(bytes, other, words, random);
        var data = Prefix + (int)length;
        switch (random.Next(8))
        {
            case 0:
                return WithLength(bytes, random.Next(3) switch
                {
                    0 => random.NextInt64(),
                    1 => random.Next(2 * (int)length),
                    _ => length + random.Next(-3, 4),
                });
            case 1: // more or fewer data
                return random.Next(2) == 0
                    ? [.. bytes, .. new byte[random.Next(1, 20)]] : bytes[..^Math.Min(bytes.Length, random.Next(1, 20))];
            case 2 when bytes.Length > data: // values
                var changed = bytes.ToArray();
                changed[random.Next(data, bytes.Length)] ^= (byte)random.Next(1, 256);
                return changed;
            default:
                var header = bytes[Prefix..data];
                header = (random.Next(3) == 0 ? null : json.Change(header, header)) ?? TextMutations.Change(header, words, random);
                return WithLength([.. new byte[Prefix], .. header, .. bytes[data..]], header.Length);
        }
    }

    private static byte[] WithLength(byte[] bytes, long length)
    {
        var changed = bytes.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(changed, length);
        return changed;
    }
}
