using System.Formats.Tar;
using System.Globalization;
using System.IO.Enumeration;

namespace SeqCont.Model;

/// <summary>Files of a cache, which are often links: to a blob, which may itself be a link to where several models share it.</summary>
internal static class HubLinks
{
    /// <summary>Whether a file that has bytes to read, or what a link points to in the end, is there.</summary>
    internal static bool IsThere(string path) => Content(path) is { Exists: true } content && IsRegular(content);

    /// <summary>Whether a pipe, a device or a socket is there, which opening may wait for without end.</summary>
    internal static bool IsOdd(string path) => Content(path) is { Exists: true } content && !IsRegular(content);

    /// <summary>Whether a file can be opened, by whatever links lead to it: those of folders count too, as they do not above.</summary>
    internal static bool Opens(string path)
    {
        try
        {
            if (IsOdd(path)) return false;
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (Exception exception) when (HubFault.Is(exception))
        {
            return false;
        }
    }

    /// <summary>Bytes of a file, or of what a link points to; 0 where that is gone.</summary>
    internal static long SizeOf(string path) => Content(path) is { Exists: true } content ? content.Length : 0;

    /// <summary>Size and time of change of a file, or of what a link points to: another when its bytes are others.</summary>
    internal static string Stamp(string path) => Content(path) is { Exists: true } content
        ? string.Create(CultureInfo.InvariantCulture, $"{content.Length} {content.LastWriteTimeUtc.Ticks}") : "";

    /// <summary>What a link points to next, as the link says it; null for what is no link. A junction is a link too.</summary>
    internal static string? Target(string path) => new FileInfo(path).LinkTarget;

    /// <summary>The name of the file that a link points to next; null for a file that is no link.</summary>
    internal static string? TargetName(string path) => Target(path) is { } target ? Path.GetFileName(target) : null;

    /// <summary>All files below a folder, which may be a link; links below it are not followed. None where it is not there.</summary>
    internal static IEnumerable<string> Under(string folder) => !Directory.Exists(folder) ? []
        : new FileSystemEnumerable<string>(
            folder, (ref entry) => entry.ToFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };

    /// <summary>Whether a file is one of bytes. The archives alone tell of what type it is, without opening what is not.</summary>
    private static bool IsRegular(FileInfo file)
    {
        // The others have no length; nor are they on Windows.
        if (file.Length > 0 || OperatingSystem.IsWindows()) return true;
        try
        {
            using var archive = new MemoryStream();
            using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true)) writer.WriteEntry(file.FullName, "file");
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry()?.EntryType == TarEntryType.RegularFile;
        }
        catch (Exception exception) when (HubFault.Is(exception))
        {
            // A file that may not be read, or a socket: opening it fails at once, and says why.
            return true;
        }
    }

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
