using System.Buffers.Binary;

namespace SeqCont.Fuzz.Mutation;

/// <summary>Changes of bytes, whatever they mean.</summary>
internal static class ByteMutations
{
    /// <summary>One change.</summary>
    public static byte[] Change(byte[] bytes, byte[] other, byte[][] words, Random random)
    {
        if (bytes.Length == 0) return words[random.Next(words.Length)];
        var (at, length) = Part(bytes, random);
        var word = words[random.Next(words.Length)];
        switch (random.Next(10))
        {
            case 0: // bits
                var flipped = bytes.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--) flipped[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1: // another byte
                var changed = bytes.ToArray();
                changed[at] = (byte)random.Next(256);
                return changed;
            case 2: // cut short, anywhere or in the first bytes
                return bytes[..random.Next(random.Next(3) == 0 ? Math.Min(bytes.Length, 40) : bytes.Length)];
            case 3: return [.. bytes[..at], .. bytes[(at + length)..]];
            case 4: return [.. bytes[..at], .. word, .. bytes[at..]];
            case 5: return [.. bytes[..at], .. word, .. bytes[(at + length)..]];
            case 6: return Repeat(bytes, at, length, random);
            case 7: // one parent's beginning, the other's end
                return [.. bytes[..at], .. other[random.Next(other.Length + 1)..]];
            case 8: // a part of the other
                var (from, count) = Part(other, random);
                return [.. bytes[..at], .. other[from..(from + count)], .. bytes[at..]];
            default: return Size(bytes, at, random);
        }
    }

    private static (int At, int Length) Part(byte[] bytes, Random random)
    {
        var at = random.Next(Math.Max(bytes.Length, 1));
        var most = random.Next(3) == 0 ? bytes.Length : 12;
        return (at, Math.Min(random.Next(most + 1), bytes.Length - Math.Min(at, bytes.Length)));
    }

    private static byte[] Repeat(byte[] bytes, int at, int length, Random random)
    {
        var part = bytes[at..(at + length)];
        var times = random.Next(4) == 0 ? random.Next(1, 1000) : 1;
        return [.. bytes[..at], .. Enumerable.Repeat(part, Math.Min(times, Mutator.MostBytes / Math.Max(length, 1))).SelectMany(bit => bit),
            .. bytes[at..]];
    }

    // A length or a count, as files of this world write them: little end first, of one, two, four or eight bytes.
    private static byte[] Size(byte[] bytes, int at, Random random)
    {
        var changed = bytes.ToArray();
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(size, random.Next(4) switch
        {
            0 => random.NextInt64(),
            1 => bytes.Length + random.Next(-3, 4),
            2 => -1L - random.Next(3),
            _ => 1L << random.Next(63),
        });
        size[..Math.Min(1 << random.Next(4), changed.Length - at)].CopyTo(changed.AsSpan(at));
        return changed;
    }
}
