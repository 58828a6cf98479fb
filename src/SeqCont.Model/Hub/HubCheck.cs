using System.Text;

namespace SeqCont.Model;

/// <summary>A file of a model in the cache, held against the hash that the hub gave it.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its size; 0 where it is gone.</param>
/// <param name="Expected">
/// Its hash as the hub gave it, SHA-256 (64 digits) or git's SHA-1 (40), in lower-case hexadecimal digits; null where the cache does
/// not say it, as for a file that another tool put there without a link.
/// </param>
/// <param name="Found">Its own hash, of the same kind; null where it is gone or none is expected.</param>
public sealed record HubFileCheck(string Name, string Path, long Bytes, string? Expected, string? Found)
{
    /// <summary>Whether it is not what the hub has.</summary>
    public bool IsDamaged => Expected is not null && Found != Expected;

    /// <summary>What kind of hash it has: SHA-256 or git hash; null where none is expected.</summary>
    public string? HashKind => Expected is null ? null : HubDigest.Kind(Expected);
}

/// <summary>
/// Whether a revision's files have their hashes. A link's is the name of the blob that it leads to. What was found right is recorded
/// in the model's own folder, under .seqcont/verified/COMMIT/FILE, with hash, size and time: as long as these stay, the hash is not
/// computed again. Where files are not links the record says which hash is due, too. Beside these, .tokenizer names the files of a
/// tokenizer that the revision has, whether they are here or not.
/// </summary>
/// <param name="snapshot">The revision's folder.</param>
/// <param name="records">The folder of its records; need not exist.</param>
internal sealed class HubCheck(string snapshot, string records)
{
    private const string Damaged = "damaged", TokenizerRecord = ".tokenizer";

    /// <summary>Computes a file's hash, whatever was found earlier.</summary>
    internal HubFileCheck Verify(string file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(snapshot, file);
        if (!HubLinks.IsThere(path) || Expected(file) is not { } expected)
            return new HubFileCheck(file, path, HubLinks.SizeOf(path), Expected(file), null);
        var stamp = HubLinks.Stamp(path);
        var found = HubFault.File(path, () => HubDigest.Of(path, expected, cancellationToken));
        Write(file, $"{expected} {(found == expected ? stamp : Damaged)}");
        return new HubFileCheck(file, path, HubLinks.SizeOf(path), expected, found);
    }

    /// <summary>Whether a file was found right and has not changed since, or is another whose hash is not known.</summary>
    internal bool IsRecorded(string file) =>
        Expected(file) is not { } expected || Recorded(file) == $"{expected} {HubLinks.Stamp(Path.Combine(snapshot, file))}";

    /// <summary>Whether what is at a path, the file or its blob, has a hash: as recorded, else as computed now and then recorded.</summary>
    internal bool IsRight(string file, string digest, string path, CancellationToken cancellationToken)
    {
        var line = $"{digest} {HubLinks.Stamp(path)}";
        if (Recorded(file) == line) return true;
        if (HubFault.File(path, () => HubDigest.Of(path, digest, cancellationToken)) != digest) return false;
        Write(file, line);
        return true;
    }

    /// <summary>Records that a file, whose hash was computed as it came, is right.</summary>
    internal void Record(string file, string digest)
    {
        var line = $"{digest} {HubLinks.Stamp(Path.Combine(snapshot, file))}";
        if (Recorded(file) != line) Write(file, line);
    }

    /// <summary>Records which files of a tokenizer the revision has.</summary>
    internal void RecordTokenizer(string[] files)
    {
        if (Tokenizer()?.SequenceEqual(files) != true) Write(TokenizerRecord, string.Join(' ', files));
    }

    /// <summary>The files of a tokenizer that the revision has; null where no pull recorded them.</summary>
    internal IReadOnlyList<string>? Tokenizer() => Recorded(TokenizerRecord) is { } files
        ? [.. files.Split(' ').Intersect(TokenizerFolder.Names)] : null;

    private string? Expected(string file) =>
        HubDigest.FromETag(HubLinks.TargetName(Path.Combine(snapshot, file))) ?? HubDigest.FromETag(Recorded(file)?.Split(' ')[0]);

    private string? Recorded(string file)
    {
        var path = Path.Combine(records, file);
        return HubLinks.IsThere(path) ? HubRepository.TryRead(() => File.ReadAllText(path).Trim()) : null;
    }

    /// <summary>Takes the records away, for the revision is gone.</summary>
    internal void Forget()
    {
        if (IsOwn() && Directory.Exists(records)) Directory.Delete(records, recursive: true);
    }

    private void Write(string file, string line)
    {
        try
        {
            if (!IsOwn()) return;
            Directory.CreateDirectory(records);
            WholeFile.Write(Path.Combine(records, file), stream => stream.Write(Encoding.ASCII.GetBytes(line + "\n")));
        }
        catch (Exception exception) when (HubFault.Is(exception))
        {
            // A cache that can only be read: the hash is computed again the next time.
        }
    }

    // The model's folder may be a link, which a pull writes through too; below it, nothing of the records is behind one.
    private bool IsOwn() => new[] { records, Path.Combine(records, ".."), Path.Combine(records, "..", "..") }
        .All(folder => HubLinks.Target(Path.GetFullPath(folder)) is null);
}
