namespace SeqCont.Model;

/// <summary>
/// Takes revisions out of one repository's folder. First what points to a revision, then the revision, then its
/// blobs: wherever it is interrupted, what is left is either whole or unreachable.
/// </summary>
internal static class HubRemover
{
    /// <summary>Removes revisions, and blobs that no other revision of the repository shows.</summary>
    /// <returns>Bytes freed. A blob that is a link to where several models share it counts nothing: what it names stays.</returns>
    internal static long Remove(string repositoryFolder, IReadOnlyList<HubSnapshot> gone)
    {
        var freed = 0L;
        foreach (var snapshot in gone)
        {
            foreach (var reference in snapshot.References) File.Delete(Path.Combine([repositoryFolder, "refs", .. reference.Split('/')]));
            freed += HubLinks.Under(snapshot.Folder).Where(file => HubLinks.TargetName(file) is null).Sum(HubLinks.SizeOf);
            Directory.Delete(snapshot.Folder, recursive: true);
        }

        var snapshots = Path.Combine(repositoryFolder, "snapshots");
        // By name alone: a link that goes another way to the same blob keeps it too.
        var shown = HubLinks.Under(snapshots).Select(HubLinks.TargetName).ToHashSet();
        foreach (var blob in HubLinks.Under(Path.Combine(repositoryFolder, "blobs"))
            .Where(blob => !shown.Contains(Path.GetFileName(blob))).ToList())
        {
            if (HubLinks.TargetName(blob) is null) freed += HubLinks.SizeOf(blob);
            File.Delete(blob);
        }

        if (!Directory.EnumerateDirectories(snapshots).Any()) Directory.Delete(repositoryFolder, recursive: true);
        return freed;
    }
}
