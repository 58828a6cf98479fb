namespace SeqCont.Model;

/// <summary>Files of a cache, which are often links: to a blob, which may itself be a link to where several models share it.</summary>
internal static class HubLinks
{
    // Folders in a snapshot are few and shallow; a loop of links ends.
    private static readonly EnumerationOptions Deep =
        new() { RecurseSubdirectories = true, MaxRecursionDepth = 8, AttributesToSkip = FileAttributes.None };

    /// <summary>Whether a file, or what a link points to in the end, is there.</summary>
    internal static bool IsThere(string path) => Content(path).Exists;

    /// <summary>Bytes of a file, or of what a link points to; 0 where that is gone.</summary>
    internal static long SizeOf(string path) => Content(path) is { Exists: true } content ? content.Length : 0;

    /// <summary>The name of the file that a link points to next; null for a file that is no link.</summary>
    internal static string? TargetName(string path) => new FileInfo(path).LinkTarget is { } target ? Path.GetFileName(target) : null;

    /// <summary>All files below a folder; none where it is not there.</summary>
    internal static IEnumerable<string> Under(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", Deep) : [];

    private static FileInfo Content(string path)
    {
        var file = new FileInfo(path);
        try
        {
            return file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        }
        catch (IOException)
        {
            // Links in a circle, which are no file.
            return new FileInfo(Path.Combine(path, "none"));
        }
    }
}
