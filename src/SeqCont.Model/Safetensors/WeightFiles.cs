using System.Collections.Frozen;
using System.Security.Cryptography;

namespace SeqCont.Model;

/// <summary>
/// The safetensors files of one model, seen as one: model.safetensors alone, or the shards that
/// model.safetensors.index.json lists.
/// </summary>
internal sealed class WeightFiles(string name, IReadOnlyCollection<SafetensorsFile> files) : IDisposable
{
    internal const string SingleName = "model.safetensors";
    internal const string IndexName = "model.safetensors.index.json";

    private readonly FrozenDictionary<string, SafetensorsFile> _fileOf = files
        .SelectMany(file => file.Names, (file, tensor) => (tensor, file)).ToFrozenDictionary(pair => pair.tensor, pair => pair.file);

    internal WeightFiles(SafetensorsFile file)
        : this(file.Name, [file])
    {
    }

    /// <summary>The file that says what there is: model.safetensors or the index.</summary>
    internal string Name => name;

    /// <summary>All tensor names.</summary>
    internal IEnumerable<string> Names => _fileOf.Keys;

    /// <summary>Names of tensors that were left out, each with the name of the one of the same values that is there: safetensors'
    /// save_model writes what a model shares once, and notes its other names in the metadata.</summary>
    internal IEnumerable<(string Name, string Stored)> Shared =>
        from file in files
        from pair in file.Metadata
        where file.Contains(pair.Value) && !_fileOf.ContainsKey(pair.Key)
        select (pair.Key, pair.Value);

    /// <summary>The file that holds a tensor; null when none does.</summary>
    internal SafetensorsFile? Find(string tensor) => _fileOf.GetValueOrDefault(tensor);

    /// <summary>Opens a folder's weights: model.safetensors when it is there, else the shards.</summary>
    internal static WeightFiles Open(string folder)
    {
        var single = Path.Combine(folder, SingleName);
        if (File.Exists(single)) return new WeightFiles(SafetensorsFile.FromFile(single));
        var index = Path.Combine(folder, IndexName);
        if (File.Exists(index)) return OpenShards(folder, index);
        var found = File.Exists(Path.Combine(folder, "pytorch_model.bin")) ? "pytorch_model.bin, which is not read" : "neither";
        throw new FileNotFoundException($"{folder}: expected {SingleName} or {IndexName}; found {found}.", single);
    }

    /// <summary>The files that an index names, in order; each is a plain name of a .safetensors file.</summary>
    internal static string[] ShardNames(string indexPath) =>
        [.. ReadIndex(indexPath).Values.Distinct().Order(StringComparer.Ordinal)];

    /// <summary>SHA-256 over all files' bytes, in the order of their names.</summary>
    internal string ComputeSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files) file.AppendTo(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        foreach (var file in files) file.Dispose();
    }

    private static WeightFiles OpenShards(string folder, string indexPath)
    {
        var shardOf = ReadIndex(indexPath);
        var shards = new SortedDictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (var (tensor, shard) in shardOf)
            {
                if (!shards.TryGetValue(shard, out var file)) shards[shard] = file = OpenShard(folder, shard, indexPath, tensor);
                if (!file.Contains(tensor)) throw BadFile.Error(file.Name, tensor, $"{IndexName} says it is here, but it is not.");
            }
            foreach (var (shard, file) in shards)
                foreach (var name in file.Names)
                    if (shardOf.GetValueOrDefault(name) != shard)
                        throw BadFile.Error(file.Name, name, $"{IndexName} does not list it for this file.");
            return new WeightFiles(indexPath, shards.Values);
        }
        catch
        {
            foreach (var file in shards.Values) file.Dispose();
            throw;
        }
    }

    private static SafetensorsFile OpenShard(string folder, string shard, string indexPath, string tensor)
    {
        var path = Path.Combine(folder, shard);
        return File.Exists(path)
            ? SafetensorsFile.FromFile(path) : throw BadFile.Error(indexPath, tensor, $"its file '{BadFile.Printable(shard)}' is missing.");
    }

    private static Dictionary<string, string> ReadIndex(string file)
    {
        var map = BareNumbers.ReadFile(file, "an index of weights")["weight_map"];
        var shardOf = new Dictionary<string, string>();
        foreach (var (tensor, field) in map.Fields("a JSON object from tensor names to file names"))
        {
            var shard = field.Text("a file's name");
            if (!IsPlainName(shard))
                throw BadFile.Error(
                    file, tensor, $"expected the name of a .safetensors file in the same folder, got '{BadFile.Printable(shard)}'.");
            shardOf[tensor] = shard;
        }
        if (shardOf.Count == 0) throw BadFile.Error(file, "weight_map: lists no tensor.");
        return shardOf;
    }

    private static bool IsPlainName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) && name.Length <= 200
        && name.AsSpan().IndexOfAny("/\\:\0") < 0 && !name.StartsWith('.') && !name.Any(char.IsControl);
}
