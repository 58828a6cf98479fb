using System.Globalization;
using System.Net;

namespace SeqCont.Model;

/// <summary>
/// One file from the hub into its blob: what an earlier attempt left in BLOB.incomplete is gone on with, and nothing
/// gets the blob's own name before size and hash are right.
/// </summary>
internal sealed class HubDownload(
    HubHttp http, HubSettings settings, HubName model, HubFile file, string blob, IProgress<HubProgress>? progress)
{
    private const int Chunk = 1 << 17;
    // An attempt that brings less than this counts as one in vain.
    private const int LeastGain = 1 << 16;

    private readonly string _incomplete = blob + ".incomplete";
    private long _furthest;
    private bool _hasGained;
    private bool _usesRanges = true;

    /// <summary>Fetches the blob if it is not there.</summary>
    /// <returns>Whether it was downloaded now.</returns>
    internal async Task<bool> RunAsync(string lockPath, CancellationToken cancellationToken)
    {
        if (IsThere()) return false;
        using var mine = await HubLock.TakeAsync(lockPath, () => Report(HubStep.Waiting, 0), cancellationToken).ConfigureAwait(false);
        if (IsThere()) return false;
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        for (var isResumed = Have() > 0; ; isResumed = false)
        {
            await FetchAsync(cancellationToken).ConfigureAwait(false);
            Report(HubStep.Verifying, file.Size);
            if (HubDigest.Mismatch(_incomplete, file.ETag, cancellationToken) is not { } found) break;
            File.Delete(_incomplete);
            // What an earlier attempt had left may have been bad; a file in one piece is the hub's own fault.
            if (!isResumed) throw Corrupt(found);
            _furthest = 0;
        }

        File.Move(_incomplete, blob, overwrite: true);
        Report(HubStep.Done, file.Size);
        return true;
    }

    /// <summary>Bytes still to come.</summary>
    internal long Missing() => HasBlob() ? 0 : Math.Max(file.Size - Have(), 0);

    internal static string ByteCount(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    private bool IsThere()
    {
        if (!HasBlob()) return false;
        Report(HubStep.Cached, file.Size);
        return true;
    }

    private bool HasBlob() => HubLinks.IsThere(blob) && HubLinks.SizeOf(blob) == file.Size;

    private Task<bool> FetchAsync(CancellationToken cancellationToken) => http.RetryAsync(async () =>
    {
        _hasGained = false;
        await FetchOnceAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }, note => progress?.Report(new HubProgress(
        file.Name, HubStep.Retrying, Have(), file.Size, note)), () => _hasGained, cancellationToken);

    private async Task FetchOnceAsync(CancellationToken cancellationToken)
    {
        var have = Have();
        if (have > file.Size || !_usesRanges) have = 0;
        if (have == file.Size && File.Exists(_incomplete)) return;
        using var response = await http.SendAsync(HttpMethod.Get, file.Address, have, _ => false, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            var range = response.Content.Headers.ContentRange;
            if (range?.From != have || (range.Length ?? file.Size) != file.Size)
                throw WithoutRanges($"{http.Host}: sends another part of {file.Name} than was asked for");
        }
        else if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw WithoutRanges($"{http.Host}: has no byte {have} of {file.Name}");
        }
        else
        {
            HubAnswers.Require(response, model, file.Name, settings);
            // No ranges here: from the start.
            have = 0;
        }

        await CopyAsync(response, have, cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyAsync(HttpResponseMessage response, long have, CancellationToken cancellationToken)
    {
        try
        {
            await using var disk = new FileStream(_incomplete, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 0);
            if (disk.Length != have) disk.SetLength(have);
            disk.Position = have;
            await using var network = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            using var patience = new HubPatience(settings, cancellationToken);
            var buffer = new byte[Chunk];
            _furthest = Math.Max(_furthest, have);
            Report(HubStep.Downloading, have);
            for (int count; (count = await ReadAsync(network, buffer, have, patience, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                if (have + count > file.Size) throw Overlong();
                await disk.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                have += count;
                Report(HubStep.Downloading, have);
                if (have < _furthest + LeastGain) continue;
                (_furthest, _hasGained) = (have, true);
            }

            // On the disk before it gets its name: a power cut leaves no blob with holes.
            if (have == file.Size) disk.Flush(flushToDisk: true);
        }
        catch (IOException exception) when (IsDiskFull(exception))
        {
            throw new HubException(
                HubProblem.DiskFull,
                $"{blob}: the disk is full; free {ByteCount(file.Size - Have())} there (the same command then goes on from here), or let "
                    + $"HF_HUB_CACHE name another folder", exception);
        }

        if (have < file.Size) throw Cut(have, null);
    }

    private async Task<int> ReadAsync(Stream network, byte[] buffer, long have, HubPatience patience, CancellationToken cancellationToken)
    {
        try
        {
            patience.Renew();
            return await network.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is OperationCanceledException
            or IOException or HttpRequestException)
        {
            throw patience.IsOver
                ? new PassingException(HubProblem.NoNetwork, $"{http.Host}: no byte of {file.Name} came in {patience.Time}",
                    inner: exception)
                : Cut(have, exception);
        }
    }

    private PassingException Cut(long have, Exception? inner) =>
        new(HubProblem.NoNetwork, $"{http.Host}: the connection was cut after {have} of {file.Size} bytes of {file.Name}", inner: inner);

    private PassingException WithoutRanges(string message)
    {
        _usesRanges = false;
        return new PassingException(HubProblem.BadAnswer, message);
    }

    private HubException Overlong()
    {
        File.Delete(_incomplete);
        return new HubException(
            HubProblem.Corrupt, $"{http.Host}: {file.Name} is longer than the {file.Size} bytes that the hub promised; it was thrown away");
    }

    private HubException Corrupt(string found) =>
        new(
            HubProblem.Corrupt,
            $"{http.Host}: {file.Name} is damaged: expected {HubDigest.Kind(file.ETag)} {file.ETag}, got {found}; it was thrown away, "
                + $"try again");

    private long Have() => HubLinks.SizeOf(_incomplete);

    private void Report(HubStep step, long done) => progress?.Report(new HubProgress(file.Name, step, done, file.Size));

    // ENOSPC and EDQUOT of Linux, EDQUOT of macOS; on Windows ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(IOException exception) =>
        OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) is 112 or 39 : exception.HResult is 28 or 122 or 69;
}
