namespace SeqCont.Model;

/// <summary>Opens files that a user names.</summary>
public static class InputFile
{
    /// <summary>Opens a file that must be there and must not be too long.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for messages: "a task file".</param>
    /// <param name="most">The most bytes that are read.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is too long.</exception>
    public static FileStream Open(string path, string expected, long most = long.MaxValue)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw new FileNotFoundException($"{BadFile.Printable(path)}: not found; expected {expected}.", path);
        if (file.Length > most) throw BadFile.Error(path, $"expected at most {most} bytes, got {file.Length}.");
        return file.OpenRead();
    }

    /// <summary>The bytes of a stream, of which there must not be too many; a pipe's length is not known beforehand.</summary>
    internal static byte[] ReadAll(Stream stream, string name, int most)
    {
        using var content = new MemoryStream(stream.CanSeek ? (int)Math.Clamp(stream.Length, 0, most) : 0);
        var piece = new byte[1 << 16];
        for (int count; (count = stream.Read(piece)) > 0; content.Write(piece, 0, count))
            if (content.Length > most - count) throw BadFile.Error(name, $"expected at most {most} bytes, got more.");
        return content.Length == content.Capacity ? content.GetBuffer() : content.ToArray();
    }
}
