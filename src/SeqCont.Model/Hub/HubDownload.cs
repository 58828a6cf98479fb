using System.Globalization;
using System.Net;
using static SeqCont.Model.HubProblem;

namespace SeqCont.Model;

/// <summary>
/// One file from the hub into its blob: what an earlier attempt left in BLOB.incomplete is gone on with, and nothing
/// gets the blob's own name before size and hash are right.
/// </summary>
internal sealed class HubDownload(HubHttp http, HubName model, HubFile file, string blob, HubCheck check, IProgress<HubProgress>? progress)
{
    // An attempt that brings less than this counts as one in vain.
    private const int LeastGain = 1 << 16;

    private readonly string _incomplete = blob + ".incomplete";
    private string? _damaged;
    private long _furthest;
    private bool _hasGained;
    private bool _usesRanges = true;

    /// <summary>Fetches the blob if it is not there.</summary>
    /// <returns>Whether it was downloaded now.</returns>
    internal async Task<bool> RunAsync(string lockPath, CancellationToken cancellationToken)
    {
        if (IsThere(cancellationToken)) return false;
        using var mine = await HubLock.TakeAsync(lockPath, () => Report(HubStep.Waiting, 0), cancellationToken);
        if (IsThere(cancellationToken)) return false;
        var folder = Path.GetDirectoryName(blob)!;
        _ = HubFault.Folder(folder, () => Directory.CreateDirectory(folder));
        HubFault.RequireNoFolder(blob);
        HubFault.RequireOwnFile(_incomplete);
        if (HubLinks.IsOdd(_incomplete))
            throw new HubException(HubProblem.BadCache, $"{_incomplete}: expected a file, found a pipe or a device; remove it");
        if (HubLinks.IsThere(blob)) Report(HubStep.Retrying, 0, $"{file.Name}: damaged in the cache, fetching it again");
        for (var isResumed = Have() > 0; ; isResumed = false)
        {
            await http.RetryAsync(() => FetchAsync(cancellationToken), note => Report(HubStep.Retrying, Have(), note), () => _hasGained,
                cancellationToken);
            Report(HubStep.Verifying, file.Size);
            var found = HubDigest.Of(_incomplete, file.ETag, cancellationToken);
            if (found == file.ETag) break;
            File.Delete(_incomplete);
            // What an earlier attempt had left may have been bad; a file in one piece is the hub's own fault.
            if (!isResumed)
                throw Corrupted(
                    $"is damaged: expected {HubDigest.Kind(file.ETag)} {file.ETag}, got {found}; it was thrown away, try again");
            _furthest = 0;
        }

        HubFault.File(blob, () => File.Move(_incomplete, blob, overwrite: true));
        Report(HubStep.Done, file.Size);
        return true;
    }

    /// <summary>Bytes still to come.</summary>
    internal long Missing(CancellationToken cancellationToken) => HasBlob(cancellationToken) ? 0 : Math.Max(file.Size - Have(), 0);

    internal static string ByteCount(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");

    private bool IsThere(CancellationToken cancellationToken)
    {
        if (!HasBlob(cancellationToken)) return false;
        Report(HubStep.Cached, file.Size);
        return true;
    }

    private bool HasBlob(CancellationToken cancellationToken)
    {
        if (!HubLinks.IsThere(blob) || HubLinks.SizeOf(blob) != file.Size) return false;
        // One that was found damaged is not read again as long as it stays the same.
        var stamp = HubLinks.Stamp(blob);
        if (stamp == _damaged) return false;
        var isRight = check.IsRight(file.Name, file.ETag, blob, cancellationToken);
        if (!isRight) _damaged = stamp;
        return isRight;
    }

    /// <summary>One attempt; the bytes that are there then, which are all of them.</summary>
    private async Task<long> FetchAsync(CancellationToken cancellationToken)
    {
        _hasGained = false;
        var have = Have();
        if (have > file.Size || !_usesRanges) have = 0;
        if (have == file.Size && File.Exists(_incomplete)) return have;
        using var response = await http.SendAsync(HttpMethod.Get, file.Address, have, _ => false, cancellationToken);
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            var range = response.Content.Headers.ContentRange;
            if (range?.From != have || (range.Length ?? file.Size) != file.Size)
                throw WithoutRanges($"sends another part of {file.Name} than was asked for");
        }
        else if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw WithoutRanges($"has no byte {have} of {file.Name}");
        }
        else
        {
            HubAnswers.Require(response, model, file.Name, http.Settings);
            // No ranges here: from the start.
            have = 0;
        }

        return await CopyAsync(response, have, cancellationToken);
    }

    private async Task<long> CopyAsync(HttpResponseMessage response, long have, CancellationToken cancellationToken)
    {
        string Cut() => $"the connection was cut after {have} of {file.Size} bytes of {file.Name}";
        try
        {
            await using var disk = new FileStream(_incomplete, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 0);
            if (disk.Length != have) disk.SetLength(have);
            disk.Position = have;
            _furthest = Math.Max(_furthest, have);
            Report(HubStep.Downloading, have);
            await http.ReadAsync(response, file.Name, async piece =>
            {
                if (have + piece.Length > file.Size)
                {
                    File.Delete(_incomplete);
                    throw Corrupted($"is longer than the {file.Size} bytes that the hub promised; it was thrown away");
                }

                await disk.WriteAsync(piece, cancellationToken);
                have += piece.Length;
                Report(HubStep.Downloading, have);
                if (have >= _furthest + LeastGain) (_furthest, _hasGained) = (have, true);
            }, () => (NoNetwork, Cut()), cancellationToken);
            // On the disk before it gets its name: a power cut leaves no blob with holes.
            if (have == file.Size) disk.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (HubFault.Is(exception))
        {
            throw HubFault.Explain(_incomplete, exception, needed: file.Size - Have());
        }

        return have == file.Size ? have : throw new PassingException(NoNetwork, $"{http.Host}: {Cut()}");
    }

    private PassingException WithoutRanges(string problem)
    {
        _usesRanges = false;
        return new PassingException(BadAnswer, $"{http.Host}: {problem}");
    }

    private HubException Corrupted(string problem) => new(Corrupt, $"{http.Host}: {file.Name} {problem}");

    private long Have() => HubLinks.SizeOf(_incomplete);

    private void Report(HubStep step, long done, string? note = null) =>
        progress?.Report(new HubProgress(file.Name, step, done, file.Size, note));
}
