using System.Text;

namespace SeqCont.Model;

/// <summary>A model in the cache: one revision of it.</summary>
/// <param name="Repository">As its folder says: gpt2, OWNER/NAME.</param>
/// <param name="Commit">Its revision.</param>
/// <param name="References">Branches and tags that point to it.</param>
/// <param name="Folder">Its files, as <see cref="Gpt2Weights.Load"/> takes them.</param>
/// <param name="Bytes">Size of its files together.</param>
/// <param name="IsComplete">Whether config.json and all weights are there.</param>
public sealed record HubSnapshot(
    string Repository, string Commit, IReadOnlyList<string> References, string Folder, long Bytes, bool IsComplete);

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
    private const string Prefix = "models--";

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
        ? [.. Directory.EnumerateDirectories(Folder, Prefix + "*")
            .Select(path => Path.GetFileName(path)[Prefix.Length..].Replace("--", "/"))
            .Where(HubName.IsRepository).Order(StringComparer.Ordinal).SelectMany(Snapshots).Where(IsGpt2)]
        : [];

    /// <summary>What <see cref="Remove"/> would take away: a revision if the name has one, else all of them.</summary>
    /// <param name="name">The model.</param>
    public IReadOnlyList<HubSnapshot> Removable(HubName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.HasRevision ? [.. Revisions(name)] : [.. name.Aliases.SelectMany(Snapshots)];
    }

    /// <summary>Removes revisions of a model and the blobs that no other revision uses.</summary>
    /// <param name="snapshots">Of <see cref="Removable"/>.</param>
    /// <exception cref="HubException">A download into this model is going on.</exception>
    public HubRemoval Remove(IReadOnlyList<HubSnapshot> snapshots)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        return new HubRemoval(snapshots.Count, snapshots.GroupBy(snapshot => snapshot.Repository).Sum(RemoveLocked));
    }

    /// <summary>The folder of a repository: where one of its names is here already, else the name as typed.</summary>
    internal string HomeOf(HubName name) =>
        name.Aliases.FirstOrDefault(alias => Directory.Exists(SnapshotsFolder(alias))) ?? name.Repository;

    internal string BlobPath(string repository, string etag) => Path.Combine(RepositoryFolder(repository), "blobs", etag);

    internal string LockPath(string repository, string etag) => Path.Combine(LocksFolder(repository), etag + ".lock");

    internal string SnapshotFolder(string repository, string commit) => Path.Combine(SnapshotsFolder(repository), commit);

    /// <summary>Shows a blob under its name in a snapshot: a relative link, or the file itself where links are not possible.</summary>
    /// <param name="repository">The repository's name here.</param>
    /// <param name="commit">The snapshot.</param>
    /// <param name="file">The file.</param>
    /// <param name="isNew">Whether the blob was downloaded just now, so that no other snapshot shows it.</param>
    /// <param name="link">Makes a link of a path to a target; null: the file system.</param>
    internal void Show(string repository, string commit, HubFile file, bool isNew, Action<string, string>? link = null)
    {
        var folder = SnapshotFolder(repository, commit);
        var (place, blob) = (Path.Combine(folder, file.Name), BlobPath(repository, file.ETag));
        var target = Path.Combine("..", "..", "blobs", file.ETag);
        if (new FileInfo(place).LinkTarget == target) return;
        Directory.CreateDirectory(folder);
        var beside = Path.Combine(folder, $".{Guid.NewGuid():N}{WholeFile.Partial}");
        link ??= (path, to) => File.CreateSymbolicLink(path, to);
        try
        {
            try
            {
                link(beside, target);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
            {
                // Windows without the right to make links. As huggingface_hub does: a new file is not kept twice.
                if (isNew) File.Move(blob, beside);
                else File.Copy(blob, beside);
            }

            File.Move(beside, place, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>Whether a snapshot holds a file itself, as it does where links are not possible.</summary>
    internal bool HoldsCopy(string repository, string commit, HubFile file)
    {
        var place = new FileInfo(Path.Combine(SnapshotFolder(repository, commit), file.Name));
        return place.Exists && place.LinkTarget is null && place.Length == file.Size;
    }

    /// <summary>Lets a branch or tag point to a commit.</summary>
    internal void Point(string repository, string revision, string commit)
    {
        if (revision == commit) return;
        var path = Path.Combine([RepositoryFolder(repository), "refs", .. revision.Split('/')]);
        // What points there already is not touched: the cache may be one that is only read.
        if (File.Exists(path) && File.ReadAllText(path).Trim() == commit) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        WholeFile.Write(path, stream => stream.Write(Encoding.ASCII.GetBytes(commit)));
    }

    internal HubSnapshot Describe(string repository, string commit) => Describe(repository, commit, References(repository));

    private IEnumerable<HubSnapshot> Revisions(HubName name)
    {
        foreach (var alias in name.Aliases)
        {
            var references = References(alias);
            var commit = name.IsCommit ? name.Revision : references.GetValueOrDefault(name.Revision);
            if (commit is not null && Directory.Exists(SnapshotFolder(alias, commit))) yield return Describe(alias, commit, references);
        }
    }

    private IEnumerable<HubSnapshot> Snapshots(string repository)
    {
        var snapshots = SnapshotsFolder(repository);
        if (!Directory.Exists(snapshots)) return [];
        var references = References(repository);
        return Directory.EnumerateDirectories(snapshots)
            .Select(path => Path.GetFileName(path)).Where(HubName.IsCommitId).Order(StringComparer.Ordinal)
            .Select(commit => Describe(repository, commit, references));
    }

    private HubSnapshot Describe(string repository, string commit, Dictionary<string, string> references)
    {
        var path = SnapshotFolder(repository, commit);
        var bytes = HubLinks.Under(path).Sum(HubLinks.SizeOf);
        string[] names = [.. references.Where(pair => pair.Value == commit).Select(pair => pair.Key).Order(StringComparer.Ordinal)];
        return new HubSnapshot(repository, commit, names, path, bytes, IsComplete(path));
    }

    private Dictionary<string, string> References(string repository)
    {
        var folder = Path.Combine(RepositoryFolder(repository), "refs");
        var references = new Dictionary<string, string>();
        foreach (var path in HubLinks.Under(folder))
            if (new FileInfo(path).Length is > 0 and < 100 && File.ReadAllText(path).Trim() is var commit && HubName.IsCommitId(commit))
                references[Path.GetRelativePath(folder, path).Replace('\\', '/')] = commit;
        return references;
    }

    private static bool IsComplete(string snapshot)
    {
        bool Has(string file) => HubLinks.IsThere(Path.Combine(snapshot, file));
        return Has(Gpt2Loader.ConfigName) && (Has(WeightFiles.SingleName)
            // A bad index counts as whole: loading it says what is wrong.
            || (Has(WeightFiles.IndexName) && Read(() => WeightFiles.ShardNames(Path.Combine(snapshot, WeightFiles.IndexName)))?.All(Has) != false));
    }

    private static bool IsGpt2(HubSnapshot snapshot)
    {
        var config = Path.Combine(snapshot.Folder, Gpt2Loader.ConfigName);
        return HubLinks.IsThere(config) && Read(() => ModelConfig.FromFile(config)) is not null;
    }

    /// <summary>What a file says; null where it is bad.</summary>
    private static T? Read<T>(Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return null;
        }
    }

    private long RemoveLocked(IGrouping<string, HubSnapshot> gone)
    {
        var taken = new List<IDisposable>();
        var locks = LocksFolder(gone.Key);
        try
        {
            foreach (var path in Directory.Exists(locks) ? Directory.EnumerateFiles(locks, "*.lock") : [])
                taken.Add(HubLock.TryTake(path) ?? throw new HubException(
                    HubProblem.InUse, $"{gone.Key}: a download into it is going on ({path} is locked)"));
            return HubRemover.Remove(RepositoryFolder(gone.Key), [.. gone]);
        }
        finally
        {
            foreach (var mine in taken) mine.Dispose();
        }
    }

    private static string FolderName(string repository) => Prefix + repository.Replace("/", "--");

    private string RepositoryFolder(string repository) => Path.Combine(Folder, FolderName(repository));

    private string SnapshotsFolder(string repository) => Path.Combine(RepositoryFolder(repository), "snapshots");

    private string LocksFolder(string repository) => Path.Combine(Folder, ".locks", FolderName(repository));
}
