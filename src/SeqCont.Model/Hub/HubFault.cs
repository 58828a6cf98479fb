namespace SeqCont.Model;

/// <summary>
/// A cache that is not as it should be, in our words and with its path: a file where a folder is due, a link that leads nowhere, a
/// full disk, no right to write.
/// </summary>
internal static class HubFault
{
    private const string Elsewhere = "or let HF_HUB_CACHE name another folder";

    /// <summary>A step on a path that is due to be a folder.</summary>
    internal static T Folder<T>(string path, Func<T> step) => Guard(path, true, step);

    /// <summary>A step on a path that is due to be a file.</summary>
    internal static T File<T>(string path, Func<T> step) => Guard(path, false, step);

    /// <summary>A step on a path that is due to be a file.</summary>
    internal static void File(string path, Action step) => Guard(path, false, () =>
    {
        step();
        return true;
    });

    /// <summary>Whether it is the file system's doing.</summary>
    internal static bool Is(Exception exception) => exception is (IOException and not HubException) or UnauthorizedAccessException;

    /// <summary>The sentence for what the file system said against a step.</summary>
    /// <param name="path">What the step was on.</param>
    /// <param name="exception">What the file system said.</param>
    /// <param name="isFolder">Whether the path is due to be a folder.</param>
    /// <param name="needed">Bytes that were still to be written.</param>
    internal static HubException Explain(string path, Exception exception, bool isFolder = false, long needed = 0)
    {
        if (IsDiskFull(exception))
            return new HubException(
                HubProblem.DiskFull,
                $"{BadFile.Printable(path)}: the disk is full; free {(needed > 0 ? HubDownload.ByteCount(needed) : "some")} there "
                    + $"(the same command then goes on from here), {Elsewhere}", exception);
        var reason = Obstacle(path, isFolder) ?? BadFile.Printable(path) + ": " + exception switch
        {
            UnauthorizedAccessException => $"permission denied; let this user have it, {Elsewhere}",
            PathTooLongException => "the name is too long for this disk; let HF_HUB_CACHE name another folder",
            _ when IsReadOnly(exception) => "its disk can only be read; let HF_HUB_CACHE name another folder",
            _ => BadFile.Printable(exception.Message),
        };
        return new HubException(HubProblem.BadCache, reason, exception);
    }

    /// <summary>Refuses a place where only a file may be: not a folder, nor a link through which another file would be written.</summary>
    /// <exception cref="HubException">It is one of these.</exception>
    internal static void RequireOwnFile(string path)
    {
        RequireNoFolder(path);
        if (HubLinks.Target(path) is { } target)
            throw new HubException(
                HubProblem.BadCache,
                $"{BadFile.Printable(path)}: expected a file, found a link to {BadFile.Printable(target)}; remove the link");
    }

    /// <summary>Refuses a folder where a file is due.</summary>
    /// <exception cref="HubException">It is one.</exception>
    internal static void RequireNoFolder(string path)
    {
        if (Directory.Exists(path))
            throw new HubException(HubProblem.BadCache, $"{BadFile.Printable(path)}: expected a file, found a folder");
    }

    private static T Guard<T>(string path, bool isFolder, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception exception) when (Is(exception))
        {
            throw Explain(path, exception, isFolder);
        }
    }

    /// <summary>The first part of a path that is something else than it should be; null where none is.</summary>
    private static string? Obstacle(string path, bool isFolder)
    {
        var parts = new List<string>();
        for (var part = Path.GetFullPath(path); part is not null; part = Path.GetDirectoryName(part)) parts.Insert(0, part);
        foreach (var part in parts)
        {
            var (isThere, isDue) = (Directory.Exists(part), isFolder || part != parts[^1]);
            if (isThere && isDue) continue;
            var shown = BadFile.Printable(part);
            if (isThere) return $"{shown}: expected a file, found a folder";
            if (HubLinks.Target(part) is { } target && !HubLinks.IsThere(part))
                return $"{shown}: a link to {BadFile.Printable(target)}, which is not there or leads back to itself";
            return isDue && System.IO.File.Exists(part) ? $"{shown}: expected a folder, found a file" : null;
        }

        return null;
    }

    // ENOSPC and EDQUOT of Linux, EDQUOT of macOS; on Windows ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(Exception exception) => exception is IOException
        && (OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) is 112 or 39 : exception.HResult is 28 or 122 or 69);

    // EROFS; on Windows ERROR_WRITE_PROTECT.
    private static bool IsReadOnly(Exception exception) =>
        OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) == 19 : exception.HResult == 30;
}
