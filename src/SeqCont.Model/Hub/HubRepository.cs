using System.Text;

namespace SeqCont.Model;

/// <summary>One model's part of a cache: its revisions, what points to them, and the files that they share.</summary>
/// <param name="cache">The cache's folder.</param>
/// <param name="name">The model's name here; need not be there.</param>
internal sealed class HubRepository(string cache, string name)
{
    internal const string Prefix = "models--";

    private readonly string _folder = Path.Combine(cache, FolderName(name));
    private readonly string _blobs = Path.Combine(cache, FolderName(name), "blobs");
    private readonly string _references = Path.Combine(cache, FolderName(name), "refs");
    private readonly string _snapshots = Path.Combine(cache, FolderName(name), "snapshots");
    private readonly string _locks = Path.Combine(cache, ".locks", FolderName(name));

    internal bool IsHere => Directory.Exists(_snapshots);

    internal string Blob(string etag) => Path.Combine(_blobs, etag);

    internal string Lock(string etag) => Path.Combine(_locks, etag + ".lock");

    internal string Snapshot(string commit) => Path.Combine(_snapshots, commit);

    /// <summary>What is known of the hashes of a revision's files.</summary>
    internal HubCheck Check(string commit) => new(Snapshot(commit), Path.Combine(_folder, ".seqcont", "verified", commit));

    /// <summary>The revision that a name means; null where it is not here.</summary>
    internal HubSnapshot? Find(HubName model)
    {
        var references = References();
        var commit = model.IsCommit ? model.Revision : references.FirstOrDefault(reference => reference.Name == model.Revision).Commit;
        return commit is not null && Directory.Exists(Snapshot(commit)) ? Describe(commit, references) : null;
    }

    /// <summary>All revisions that are here.</summary>
    internal IEnumerable<HubSnapshot> All()
    {
        if (!IsHere) return [];
        var references = References();
        return HubFault.Folder(_snapshots, () => Directory.GetDirectories(_snapshots))
            .Select(path => Path.GetFileName(path)).Where(HubName.IsCommitId).Order(StringComparer.Ordinal)
            .Select(commit => Describe(commit, references));
    }

    internal HubSnapshot Describe(string commit) => Describe(commit, References());

    /// <summary>Shows a blob under its name in a snapshot: a relative link, or the file itself where links are not possible.</summary>
    /// <param name="commit">The snapshot.</param>
    /// <param name="file">The file.</param>
    /// <param name="isNew">Whether the blob was downloaded just now, so that no other snapshot shows it.</param>
    /// <param name="link">Makes a link of a path to a target; null: the file system.</param>
    internal void Show(string commit, HubFile file, bool isNew, Action<string, string>? link = null)
    {
        var folder = Snapshot(commit);
        var (place, blob) = (Path.Combine(folder, file.Name), Blob(file.ETag));
        var target = Path.Combine("..", "..", "blobs", file.ETag);
        if (HubLinks.Target(place) == target && HubLinks.Opens(place)) return;
        HubFault.RequireNoFolder(place);
        _ = HubFault.Folder(folder, () => Directory.CreateDirectory(folder));
        var beside = Path.Combine(folder, $".{Guid.NewGuid():N}{WholeFile.Partial}");
        link ??= (path, to) => File.CreateSymbolicLink(path, to);
        HubFault.File(place, () =>
        {
            try
            {
                if (!CanLink(() => link(beside, target), beside))
                {
                    // As huggingface_hub does: a new file is not kept twice.
                    if (isNew) File.Move(blob, beside);
                    else File.Copy(blob, beside);
                }

                File.Move(beside, place, overwrite: true);
            }
            finally
            {
                File.Delete(beside);
            }
        });
    }

    /// <summary>Not on Windows without the right to, nor where the snapshots' folder is a link itself: blobs is not beside it.</summary>
    private static bool CanLink(Action link, string place)
    {
        try
        {
            link();
            if (HubLinks.Opens(place)) return true;
            File.Delete(place);
        }
        catch (Exception exception) when (HubFault.Is(exception) || exception is PlatformNotSupportedException)
        {
            // The file itself will do.
        }

        return false;
    }

    /// <summary>Whether a snapshot holds a file itself, as it does where links are not possible, and its hash is right.</summary>
    internal bool HoldsCopy(string commit, HubFile file, CancellationToken cancellationToken = default)
    {
        var place = new FileInfo(Path.Combine(Snapshot(commit), file.Name));
        return HubLinks.IsThere(place.FullName) && place.LinkTarget is null && place.Length == file.Size
            && Check(commit).IsRight(file.Name, file.ETag, place.FullName, cancellationToken);
    }

    /// <summary>Lets a branch or tag point to a commit.</summary>
    internal void Point(string revision, string commit)
    {
        if (revision == commit) return;
        var path = Path.Combine([_references, .. revision.Split('/')]);
        // What points there already is not touched: the cache may be one that is only read.
        if (HubLinks.IsThere(path) && TryRead(() => File.ReadAllText(path))?.Trim() == commit) return;
        HubFault.RequireNoFolder(path);
        HubFault.File(path, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WholeFile.Write(path, stream => stream.Write(Encoding.ASCII.GetBytes(commit)));
        });
    }

    /// <summary>
    /// Removes revisions, and blobs that no other revision shows. First what points to a revision, then the revision, then its
    /// blobs: wherever it is interrupted, what is left is either whole or unreachable.
    /// </summary>
    /// <returns>Bytes freed. A blob that is a link to where several models share it counts nothing: what it names stays.</returns>
    /// <exception cref="HubException">A download into this model is going on, or folders of it are links.</exception>
    internal long Remove(IReadOnlyList<HubSnapshot> gone)
    {
        RequireOwn([_folder, _references, _snapshots, _blobs, .. gone.Select(snapshot => snapshot.Folder)]);
        var taken = new List<IDisposable>();
        try
        {
            foreach (var path in HubFault.Folder(_locks, () => Directory.Exists(_locks) ? Directory.GetFiles(_locks, "*.lock") : []))
                taken.Add(HubLock.TryTake(path) ?? throw new HubException(
                    HubProblem.InUse, $"{name}: a download into it is going on ({BadFile.Printable(path)} is locked)"));
            return HubFault.Folder(_folder, () => RemoveLocked(gone));
        }
        finally
        {
            foreach (var mine in taken) mine.Dispose();
        }
    }

    /// <summary>What a file says; null where it is not there or bad.</summary>
    internal static T? TryRead<T>(Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private long RemoveLocked(IReadOnlyList<HubSnapshot> gone)
    {
        var freed = 0L;
        foreach (var snapshot in gone)
        {
            // Where they were found, and not where their names lead: these may hold anything that a file's name may.
            foreach (var reference in References().Where(reference => reference.Commit == snapshot.Commit)) File.Delete(reference.Path);
            freed += HubLinks.Under(snapshot.Folder).Where(file => HubLinks.TargetName(file) is null).Sum(HubLinks.SizeOf);
            Directory.Delete(snapshot.Folder, recursive: true);
            Check(snapshot.Commit).Forget();
        }

        // By name alone: a link that goes another way to the same blob keeps it too. Snapshots that are links are looked into.
        var shown = Directory.GetDirectories(_snapshots).SelectMany(HubLinks.Under).Select(HubLinks.TargetName).ToHashSet();
        foreach (var blob in HubLinks.Under(_blobs).Where(blob => !shown.Contains(Path.GetFileName(blob))).ToList())
        {
            if (HubLinks.TargetName(blob) is null) freed += HubLinks.SizeOf(blob);
            File.Delete(blob);
        }

        if (!Directory.EnumerateDirectories(_snapshots).Any()) Directory.Delete(_folder, recursive: true);
        return freed;
    }

    /// <summary>Nothing is deleted behind a link: what is there may be outside of the cache, and another's.</summary>
    private static void RequireOwn(IEnumerable<string> folders)
    {
        foreach (var folder in folders)
            if (HubLinks.Target(folder) is { } target)
                throw new HubException(
                    HubProblem.BadCache,
                    $"{BadFile.Printable(folder)}: a link to {BadFile.Printable(target)}, where nothing is deleted; remove the link, "
                        + "and what it leads to if that is yours");
    }

    private HubSnapshot Describe(string commit, IReadOnlyList<(string Name, string Commit, string Path)> references)
    {
        var folder = Snapshot(commit);
        return new HubSnapshot(
            name, commit, [.. references.Where(one => one.Commit == commit).Select(one => one.Name).Order(StringComparer.Ordinal)],
            folder, HubLinks.Under(folder).Sum(HubLinks.SizeOf), IsComplete(folder))
        {
            TokenizerFiles = Check(commit).Tokenizer(),
        };
    }

    /// <summary>Branches and tags, their commits, and the files that say so, all below the folder of references.</summary>
    private IReadOnlyList<(string Name, string Commit, string Path)> References() => [.. HubLinks.Under(_references)
        .Where(path => HubLinks.SizeOf(path) is > 0 and < 100)
        .Select(path => (Name: Path.GetRelativePath(_references, path).Replace(Path.DirectorySeparatorChar, '/'),
            Commit: TryRead(() => File.ReadAllText(path))?.Trim() ?? "", Path: path))
        .Where(reference => HubName.IsCommitId(reference.Commit))];

    /// <summary>The files of a whole snapshot that a model is read from, links to nothing and those that are due among them.</summary>
    internal static IReadOnlyList<string> FilesOf(HubSnapshot snapshot)
    {
        string PathOf(string file) => Path.Combine(snapshot.Folder, file);
        string[] weights = HubLinks.IsThere(PathOf(WeightFiles.SingleName)) ? [WeightFiles.SingleName]
            : [WeightFiles.IndexName, .. TryRead(() => WeightFiles.ShardNames(PathOf(WeightFiles.IndexName))) ?? []];
        return [ModelLoader.ConfigName, .. weights,
            .. TokenizerFolder.Names.Where(file => HubLinks.IsThere(PathOf(file)) || HubLinks.Target(PathOf(file)) is not null
                || snapshot.TokenizerFiles?.Contains(file) == true)];
    }

    private static bool IsComplete(string snapshot)
    {
        string PathOf(string file) => Path.Combine(snapshot, file);
        bool Has(string file) => HubLinks.IsThere(PathOf(file));
        if (TokenizerFolder.Names.Any(file => HubLinks.IsOdd(PathOf(file)))) return false;
        return Has(ModelLoader.ConfigName) && (Has(WeightFiles.SingleName)
            // A bad index counts as whole: loading it says what is wrong.
            || (Has(WeightFiles.IndexName) && TryRead(() => WeightFiles.ShardNames(PathOf(WeightFiles.IndexName)))?.All(Has) != false));
    }

    private static string FolderName(string repository) => Prefix + repository.Replace("/", "--");
}
