namespace SeqCont.Circuits;

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
        if (!file.Exists) throw new FileNotFoundException($"{path}: not found; expected {expected}.", path);
        if (file.Length > most) throw new InvalidDataException($"{path}: expected at most {most} bytes, got {file.Length}.");
        return file.OpenRead();
    }
}
