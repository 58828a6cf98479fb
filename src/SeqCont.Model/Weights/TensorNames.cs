namespace SeqCont.Model;

/// <summary>
/// A checkpoint's tensors under their family's own names. In the files all names may begin alike (transformer., or whatever the model was a
/// part of when it was saved), and what wrappers add may stand anywhere.
/// </summary>
internal sealed class TensorNames
{
    // Of DistributedDataParallel and DeepSpeed, and of torch.compile.
    private static readonly string[] Wrappers = ["module", "_orig_mod"];

    private readonly string _file;
    private readonly Dictionary<string, (string Name, string Stored)> _stored = [];
    private readonly string[] _levels;

    /// <exception cref="InvalidDataException">Two names mean the same tensor.</exception>
    internal TensorNames(WeightFiles files, ModelFamily family)
    {
        _file = files.Name;
        foreach (var tensor in files.Names.Select(name => (Name: name, Stored: name)).Concat(files.Shared).OrderBy(
            tensor => tensor.Name, StringComparer.Ordinal))
            if (!_stored.TryAdd(Unwrap(tensor.Name), tensor)) throw Twice(_stored[Unwrap(tensor.Name)].Name, tensor.Name);
        string[] found = [.. _stored.Keys.Where(name => $".{name}".EndsWith($".{family.Embedding}", StringComparison.Ordinal))];
        if (found.Length > 1) throw Twice(_stored[found[0]].Name, _stored[found[1]].Name);
        // Without an embedding there is no prefix, and the embedding will be missed.
        var embedding = found.SingleOrDefault(family.Embedding);
        var plain = embedding[..^family.Embedding.Length];
        _levels = [.. plain.Index().Where(letter => letter.Item == '.').Select(dot => plain[..(dot.Index + 1)]).Prepend("")];
        var inFile = _stored.GetValueOrDefault(embedding).Name ?? "";
        Prefix = inFile[..Math.Max(0, inFile.LastIndexOf(family.Embedding.Split('.')[0], StringComparison.Ordinal))];
    }

    /// <summary>What names in the files begin with, such as "transformer." or "_orig_mod.transformer."; often nothing.</summary>
    internal string Prefix { get; }

    /// <summary>Names in the files, in order, each with its name in the family, which is empty outside of the prefix.</summary>
    internal IEnumerable<(string Stored, string Name)> All =>
        from pair in _stored.OrderBy(pair => pair.Value.Name, StringComparer.Ordinal)
        select (pair.Value.Stored, pair.Key.StartsWith(_levels[^1], StringComparison.Ordinal) ? pair.Key[_levels[^1].Length..] : "");

    /// <summary>The name in the files of one of the family's tensors; null where there is none.</summary>
    internal string? Find(string name) => Stored(_levels[^1] + name);

    /// <summary>The name in the files of a head, which stands beside the blocks or anywhere before; null where there is none.</summary>
    /// <exception cref="InvalidDataException">There are two.</exception>
    internal string? FindHead(string name)
    {
        string[] found = [.. _levels.Select(level => Stored(level + name)).OfType<string>()];
        return found.Length > 1 ? throw Twice(found[0], found[1]) : found.SingleOrDefault();
    }

    /// <summary>Whether a name in the files is a head's: it begins with one of these, after a part of the prefix.</summary>
    internal bool IsOf(string stored, IEnumerable<string> heads)
    {
        var name = Unwrap(stored);
        return heads.Any(head => _levels.Any(level => name.StartsWith(level + head, StringComparison.Ordinal)));
    }

    private string? Stored(string name) => _stored.GetValueOrDefault(name).Stored;

    private InvalidDataException Twice(string one, string other) =>
        BadFile.Error(_file, other, $"means the same as '{BadFile.Printable(one)}': expected one of them.");

    private static string Unwrap(string name) => string.Join('.', name.Split('.').Where(part => !Wrappers.Contains(part)));
}
