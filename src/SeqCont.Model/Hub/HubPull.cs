namespace SeqCont.Model;

/// <summary>Downloads a GPT-2 from a hub into the cache: config, tokenizer and safetensors, nothing else.</summary>
public static class HubPull
{
    /// <summary>Downloads what the cache lacks of a model.</summary>
    /// <param name="name">The model.</param>
    /// <param name="settings">Hub, cache and patience.</param>
    /// <param name="progress">Told of every file's progress, from several threads.</param>
    /// <param name="cancellationToken">Ends it; what has arrived stays and is gone on with the next time.</param>
    /// <returns>The model in the cache, whole.</returns>
    /// <exception cref="HubException">It cannot be had; the message says why.</exception>
    /// <exception cref="InvalidDataException">Its config.json or index is bad, or it is no GPT-2.</exception>
    /// <exception cref="IOException">The cache cannot be written to.</exception>
    public static async Task<HubSnapshot> PullAsync(
        HubName name, HubSettings settings, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(settings);
        // Off the caller's context from here on: nothing below has to come back to it.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var cache = new HubCache(settings.CacheFolder);
        if (settings.IsOffline) return FindOffline(cache, name, cancellationToken);
        using var http = new HubHttp(settings);
        var client = new HubClient(http, progress);
        var revision = await client.ResolveAsync(name, cancellationToken);
        return await new HubTransfer(client, http, cache, revision, progress).RunAsync(cancellationToken);
    }

    private static HubSnapshot FindOffline(HubCache cache, HubName name, CancellationToken cancellationToken)
    {
        var snapshot = cache.Find(name);
        var what = snapshot is null ? "not"
            : cache.FindDamaged(snapshot, null, cancellationToken) is { } file ? $"{file.Name} is damaged" : null;
        return what is null ? snapshot! : throw new HubException(
            HubProblem.Offline, $"{name}: {what} in {cache.Folder}, and downloads are switched off by HF_HUB_OFFLINE");
    }
}

/// <summary>One revision on its way into the cache.</summary>
internal sealed class HubTransfer(
    HubClient client, HubHttp http, HubCache cache, HubRevision revision, IProgress<HubProgress>? progress)
{
    private readonly HubRepository _home = cache.HomeOf(revision.Name, revision.Commit);

    internal async Task<HubSnapshot> RunAsync(CancellationToken cancellationToken)
    {
        var snapshot = _home.Snapshot(revision.Commit);
        // Small files first: what cannot be used is refused before gigabytes arrive.
        var isSharded = !revision.Files.Contains(WeightFiles.SingleName);
        Require(ModelLoader.ConfigName, isSharded ? WeightFiles.IndexName : WeightFiles.SingleName);
        await FetchAsync(isSharded ? [ModelLoader.ConfigName, WeightFiles.IndexName] : [ModelLoader.ConfigName], cancellationToken);
        _ = ModelConfig.FromFile(Path.Combine(snapshot, ModelLoader.ConfigName));
        string[] weights = isSharded ? WeightFiles.ShardNames(Path.Combine(snapshot, WeightFiles.IndexName)) : [WeightFiles.SingleName];
        Require(weights);
        string[] tokenizer = [.. TokenizerFolder.Names.Where(revision.Files.Contains)];
        await FetchAsync([.. tokenizer, .. weights], cancellationToken);
        _home.Check(revision.Commit).RecordTokenizer(tokenizer);
        // Last: a branch points to what is whole.
        _home.Point(revision.Name.Revision, revision.Commit);
        return _home.Describe(revision.Commit);
    }

    private async Task FetchAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = http.Settings.Parallel, CancellationToken = cancellationToken };
        var described = new HubFile[names.Count];
        await Parallel.ForAsync(0, names.Count, options, async (i, stop) => described[i] =
            await client.DescribeAsync(revision, names[i], stop));
        var files = described.ToLookup(file => _home.HoldsCopy(revision.Commit, file, cancellationToken));
        foreach (var file in files[true]) progress?.Report(new HubProgress(file.Name, HubStep.Cached, file.Size, file.Size));
        var downloads = files[false].Select(file => (File: file, Download: Download(file))).ToList();
        RequireRoom(downloads.Sum(one => one.Download.Missing(cancellationToken)));
        await Parallel.ForEachAsync(downloads, options, async (one, stop) =>
        {
            var file = one.File;
            var isNew = await one.Download.RunAsync(_home.Lock(file.ETag), stop);
            _home.Show(revision.Commit, file, isNew);
            _home.Check(revision.Commit).Record(file.Name, file.ETag);
        });
    }

    private HubDownload Download(HubFile file) =>
        new(http, revision.Name, file, _home.Blob(file.ETag), _home.Check(revision.Commit), progress);

    private void RequireRoom(long needed)
    {
        if (needed == 0) return;
        _ = HubFault.Folder(cache.Folder, () => Directory.CreateDirectory(cache.Folder));
        var free = HubFault.Folder(cache.Folder, () => http.Settings.FreeBytes(cache.Folder));
        if (free < needed)
            throw new HubException(HubProblem.DiskFull,
                $"{cache.Folder}: expected {HubDownload.ByteCount(needed)} free on its disk, found {HubDownload.ByteCount(free)}; "
                    + $"free some, or let HF_HUB_CACHE name another folder");
    }

    private void Require(params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
            if (!revision.Files.Contains(file))
                throw new HubException(
                    HubProblem.Unusable,
                    $"{revision.Name}: expected {(file == WeightFiles.IndexName ? $"{WeightFiles.SingleName} or {file}" : file)} among its "
                        + $"files, found none{(revision.Files.Contains("pytorch_model.bin") ? "; pytorch_model.bin is not read" : "")}");
    }
}
