namespace SeqCont.Model;

/// <summary>Files that are never seen half-written.</summary>
public static class WholeFile
{
    /// <summary>What a file's name ends in until it is whole.</summary>
    public const string Partial = ".partial";

    /// <summary>Writes a file beside its place and moves it there; where that fails, nothing is left behind.</summary>
    /// <param name="path">Where to; its folder must exist.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="overwrite">Whether a file that is there is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write, bool overwrite = true)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(write);
        var beside = $"{path}.{Guid.NewGuid():N}{Partial}";
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write)) write(stream);
            File.Move(beside, path, overwrite);
        }
        finally
        {
            File.Delete(beside);
        }
    }
}
