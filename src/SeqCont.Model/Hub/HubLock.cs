namespace SeqCont.Model;

/// <summary>A file that one process at a time holds open, as the hub's own tools lock a blob. The file itself stays.</summary>
internal static class HubLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The lock; null where another process, or another download of this one, has it.</summary>
    internal static IDisposable? TryTake(string path)
    {
        HubFault.RequireOwnFile(path);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            return null;
        }
        catch (Exception exception) when (HubFault.Is(exception))
        {
            throw HubFault.Explain(path, exception);
        }
    }

    /// <summary>Waits until the lock is free.</summary>
    /// <param name="path">The lock's file; made with its folder where it is not there.</param>
    /// <param name="waiting">Called once if it has to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async Task<IDisposable> TakeAsync(string path, Action waiting, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        _ = HubFault.Folder(folder, () => Directory.CreateDirectory(folder));
        for (var isFirst = true; ; isFirst = false)
        {
            if (TryTake(path) is { } mine) return mine;
            if (isFirst) waiting();
            await Task.Delay(Pause, cancellationToken);
        }
    }

    // EWOULDBLOCK, 11 on Linux and 35 on macOS; on Windows a sharing violation.
    private static bool IsTaken(IOException exception) =>
        OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) == 32 : exception.HResult is 11 or 35;
}
