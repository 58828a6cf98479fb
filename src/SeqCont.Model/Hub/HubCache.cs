namespace SeqCont.Model;

/// <summary>A model in the cache: one revision of it.</summary>
/// <param name="Repository">As its folder says: gpt2, OWNER/NAME.</param>
/// <param name="Commit">Its revision.</param>
/// <param name="References">Branches and tags that point to it.</param>
/// <param name="Folder">Its files, as <see cref="Gpt2Weights.Load"/> takes them.</param>
/// <param name="Bytes">Size of its files together.</param>
/// <param name="IsComplete">Whether config.json and all weights are there.</param>
public sealed record HubSnapshot(
    string Repository, string Commit, IReadOnlyList<string> References, string Folder, long Bytes, bool IsComplete)
{
    /// <summary>The files of a tokenizer that the revision has on the hub; null where no pull recorded them.</summary>
    public IReadOnlyList<string>? TokenizerFiles { get; init; }
}

/// <summary>What a removal freed.</summary>
/// <param name="Snapshots">Revisions that are gone.</param>
/// <param name="Bytes">Bytes freed: files that no other revision uses.</param>
public sealed record HubRemoval(int Snapshots, long Bytes);

/// <summary>
/// Models on this disk, in huggingface_hub's layout: models--OWNER--NAME with refs (a branch's commit), blobs (files
/// under their hash) and snapshots (a folder a commit, of links to blobs).
/// </summary>
/// <param name="folder">The cache's folder; need not exist.</param>
public sealed class HubCache(string folder)
{
    /// <summary>The cache's folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The model of a name, whole; null where it is not here. Old names and those with an owner find each other.</summary>
    public HubSnapshot? Find(HubName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Revisions(name).FirstOrDefault(snapshot => snapshot.IsComplete);
    }

    /// <summary>All revisions of all models here whose config.json is a GPT-2's, by name.</summary>
    public IReadOnlyList<HubSnapshot> List() => Directory.Exists(Folder)
        ? [.. HubFault.Folder(Folder, () => Directory.GetDirectories(Folder, HubRepository.Prefix + "*"))
            .Select(path => Path.GetFileName(path)[HubRepository.Prefix.Length..].Replace("--", "/"))
            .Where(HubName.IsRepository).Order(StringComparer.Ordinal).SelectMany(name => Repository(name).All())
            .Where(snapshot => Path.Combine(snapshot.Folder, ModelLoader.ConfigName) is var config && HubLinks.IsThere(config)
                && HubRepository.TryRead(() => ModelConfig.FromFile(config)) is not null)]
        : [];

    /// <summary>Computes the hashes of a revision's files that a model is read from, and records those that are right.</summary>
    /// <param name="snapshot">The revision, whole.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HubException">A file cannot be read.</exception>
    public IReadOnlyList<HubFileCheck> Verify(HubSnapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var check = Check(snapshot);
        return [.. HubRepository.FilesOf(snapshot).Select(file => check.Verify(file, cancellationToken))];
    }

    /// <summary>
    /// The first file of a revision that is not what the hub has; null where there is none. A file that was found right and has not
    /// changed since is not read again.
    /// </summary>
    /// <param name="snapshot">The revision, whole.</param>
    /// <param name="reading">Told, before files are read, how many bytes these have; null: nobody.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HubException">A file cannot be read.</exception>
    public HubFileCheck? FindDamaged(
        HubSnapshot snapshot, Action<long>? reading = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var check = Check(snapshot);
        var files = HubRepository.FilesOf(snapshot)
            .Where(file => HubLinks.IsThere(Path.Combine(snapshot.Folder, file)) && !check.IsRecorded(file)).ToList();
        if (files.Count > 0) reading?.Invoke(files.Sum(file => HubLinks.SizeOf(Path.Combine(snapshot.Folder, file))));
        return files.Select(file => check.Verify(file, cancellationToken)).FirstOrDefault(file => file.IsDamaged);
    }

    /// <summary>What <see cref="Remove"/> would take away: a revision if the name has one, else all of them.</summary>
    /// <param name="name">The model.</param>
    public IReadOnlyList<HubSnapshot> Removable(HubName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return [.. name.HasRevision ? Revisions(name) : name.Aliases.SelectMany(alias => Repository(alias).All())];
    }

    /// <summary>Removes revisions of a model and the blobs that no other revision uses.</summary>
    /// <param name="snapshots">Of <see cref="Removable"/>.</param>
    /// <exception cref="HubException">
    /// A download into this model is going on, or its files lie behind a link to a folder, perhaps out of the cache: nothing is removed.
    /// </exception>
    public HubRemoval Remove(IReadOnlyList<HubSnapshot> snapshots)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        return new HubRemoval(snapshots.Count,
            snapshots.GroupBy(snapshot => snapshot.Repository).Sum(gone => Repository(gone.Key).Remove([.. gone])));
    }

    internal HubRepository Repository(string name) => new(Folder, name);

    /// <summary>
    /// Where a revision of a model is, or goes: where it is whole under one of the model's names, else where another revision is, else
    /// where any part of the model is, else the name as typed.
    /// </summary>
    internal HubRepository HomeOf(HubName name, string commit) =>
        name.Aliases.Select(Repository).Where(repository => repository.IsHere)
            .MaxBy(repository => repository.All().Where(snapshot => snapshot.IsComplete)
                .Select(snapshot => snapshot.Commit == commit ? 2 : 1).DefaultIfEmpty().Max()) ?? Repository(name.Repository);

    private HubCheck Check(HubSnapshot snapshot) => Repository(snapshot.Repository).Check(snapshot.Commit);

    private IEnumerable<HubSnapshot> Revisions(HubName name) =>
        name.Aliases.Select(alias => Repository(alias).Find(name)).OfType<HubSnapshot>();
}
