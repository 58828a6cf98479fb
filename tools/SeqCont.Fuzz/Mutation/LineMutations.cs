namespace SeqCont.Fuzz.Mutation;

/// <summary>Changes of whole lines.</summary>
internal static class LineMutations
{
    /// <summary>One change: a line goes, comes twice, moves, comes from the other file, ends otherwise.</summary>
    public static byte[] Change(byte[] bytes, byte[] other, Random random)
    {
        var lines = Lines(bytes);
        var others = Lines(other);
        var (at, to) = (random.Next(lines.Count), random.Next(lines.Count));
        switch (random.Next(6))
        {
            case 0: lines.RemoveAt(at); break;
            case 1: lines.Insert(to, lines[at]); break;
            case 2: (lines[at], lines[to]) = (lines[to], lines[at]); break;
            case 3: lines.Insert(at, others[random.Next(others.Count)]); break;
            case 4: lines[at] = [.. lines[at], (byte)'\r']; break;
            default: lines.InsertRange(at, Enumerable.Repeat(lines[to], random.Next(1, 200))); break;
        }

        return Join(lines);
    }

    /// <summary>Changes one line by itself; null where that cannot be done.</summary>
    public static byte[]? ChangeOne(byte[] bytes, Random random, Func<byte[], byte[]?> change)
    {
        var lines = Lines(bytes);
        var at = random.Next(lines.Count);
        if (change(lines[at]) is not { } changed) return null;
        lines[at] = changed;
        return Join(lines);
    }

    private static List<byte[]> Lines(byte[] bytes)
    {
        var lines = new List<byte[]>();
        foreach (var line in bytes.AsSpan().Split((byte)'\n')) lines.Add(bytes[line]);
        return lines;
    }

    private static byte[] Join(List<byte[]> lines)
    {
        using var joined = new MemoryStream();
        foreach (var (i, line) in lines.Index())
        {
            if (i > 0) joined.WriteByte((byte)'\n');
            joined.Write(line);
            if (joined.Length > Mutator.MostBytes) break;
        }

        return joined.ToArray();
    }
}
