using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>From Hugging Face's files to <see cref="Gpt2Weights"/>, with every disagreement named.</summary>
internal sealed class ModelLoader(
    WeightFiles files, string configPath, ModelConfig config, bool? isTied, UnembeddingChoice unembedding)
{
    internal const string ConfigName = "config.json";
    private const string Bias = ".bias";
    private const int MostNames = 6;

    private readonly ModelFamily _family = config.Family;
    private readonly TensorNames _names = new(files, config.Family);
    private readonly HashSet<string> _expected = [];
    private readonly List<string> _notices = [];
    private string? _unembedding;

    internal static Gpt2Weights Load(string folder, UnembeddingChoice unembedding)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: no such model folder.");
        var configPath = Path.Combine(folder, ConfigName);
        if (!File.Exists(configPath)) throw new FileNotFoundException($"{folder}: expected {ConfigName}; found none.", configPath);
        var config = JsonText.ReadBytes(configPath, ConfigJson.What);
        return Load(new DirectoryInfo(folder).Name, config, configPath, WeightFiles.Open(folder), unembedding);
    }

    /// <summary>Takes ownership of <paramref name="files"/>.</summary>
    internal static Gpt2Weights Load(
        string name, ReadOnlyMemory<byte> configJson, string configPath, WeightFiles files,
        UnembeddingChoice unembedding = UnembeddingChoice.Config)
    {
        try
        {
            var json = new ConfigJson(configJson, configPath);
            var config = ModelFamily.ReadConfig(json);
            return new ModelLoader(files, configPath, config, json.TiesEmbeddings, unembedding).Load(name);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private Gpt2Weights Load(string name)
    {
        var tensors = WithUnembedding(_family.Build(config, Open));
        if (_names.FindHead(Gpt2Tensors.UnembeddingBias) is { } bias) tensors = tensors with { BU = OpenStored(bias, [config.DVocab]) };
        string[] leftAside = [.. LeftAside()];
        if (leftAside.Length > 0)
            _notices.Add($"{BadFile.Printable(files.Name)}: left aside "
                + string.Join(", ", leftAside.Take(MostNames).Select(tensor => BadFile.Printable(tensor)))
                + (leftAside.Length > MostNames ? $" and {leftAside.Length - MostNames} more" : "") + ", of a head that gives no logits");
        return new Gpt2Weights(name, config, tensors, Sha256, files)
        {
            Checkpoint = new CheckpointFacts
            {
                Prefix = _names.Prefix,
                LeftAside = leftAside,
                Unembedding = _unembedding,
                Notices = _notices,
            },
        };
    }

    private Tensor Open(string name, int[] shape)
    {
        if (_names.Find(name) is { } stored) return OpenStored(stored, shape);
        var isBias = name.EndsWith(Bias, StringComparison.Ordinal) && !_names.All.Any(other => IsWeightsBias(other.Name));
        throw BadFile.Error(files.Name, _names.Prefix + name, $"missing; expected [{string.Join(", ", shape)}]."
            + (isBias ? $" There is no bias at all; {_family.Name} has them, and one without is one with zeros." : ""));
    }

    private bool IsWeightsBias(string name) =>
        name.EndsWith(Bias, StringComparison.Ordinal) && !_family.Buffers.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));

    private Tensor OpenStored(string stored, int[] shape)
    {
        _expected.Add(stored);
        var file = files.Find(stored)!;
        var tensor = file.Open(stored);
        if (tensor.Shape.SequenceEqual(shape)) return tensor;
        var isTransposed = tensor.Shape.Reverse().SequenceEqual(shape);
        throw BadFile.Error(
            file.Name, stored, $"expected shape [{string.Join(", ", shape)}] after {configPath}, got [{string.Join(", ", tensor.Shape)}]"
                + (isTransposed ? $", which is transposed: nn.Linear keeps [out, in], {_family.Name} [in, out]." : "."));
    }

    // Checkpoints often repeat the embedding as lm_head.weight: then it stays null, so that it is not uploaded twice.
    private Gpt2Tensors WithUnembedding(Gpt2Tensors tensors)
    {
        var isSaidUntied = isTied == false;
        var takesHead = unembedding == UnembeddingChoice.Config ? isSaidUntied : unembedding == UnembeddingChoice.Head;
        if (_names.FindHead(Gpt2Tensors.Unembedding) is not { } stored)
            return !takesHead ? tensors : throw BadFile.Error(files.Name, Gpt2Tensors.Unembedding, "missing, though "
                + (isSaidUntied ? $"{configPath} says tie_word_embeddings is false." : "it was asked for as the unembedding."));
        var wU = OpenStored(stored, [config.DVocab, config.DModel]);
        var isAsSaid = takesHead && isSaidUntied;
        if (!isAsSaid && SameValues(wU, tensors.WE)) return tensors;
        if (!isAsSaid)
        {
            _unembedding = takesHead ? "lm_head" : "wte";
            var embedding = _names.Find(_family.Embedding) ?? _family.Embedding;
            _notices.Add($"{BadFile.Printable(files.Name)}: {BadFile.Printable(stored)} and {BadFile.Printable(embedding)} "
                + $"differ; {_unembedding} gives "
                + "the logits, as " + (unembedding != UnembeddingChoice.Config ? "was asked for"
                    : $"tie_word_embeddings is {(isTied is null ? "absent, so true" : "true")} (--unembedding lm_head takes the other)"));
        }
        return takesHead ? tensors with { WU = wU } : tensors;
    }

    // Of the files alone, unless another unembedding was asked for than they call for.
    private string Sha256()
    {
        var sha256 = files.ComputeSha256();
        var isAsked = _unembedding is not null && unembedding == (isTied == false ? UnembeddingChoice.Embedding : UnembeddingChoice.Head);
        return isAsked ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{sha256} unembedding {_unembedding}"))) : sha256;
    }

    private static bool SameValues(Tensor one, Tensor other)
    {
        var (start, isSame) = (0L, true);
        double[]? buffer = null;
        one.ReadPieces(piece =>
        {
            var values = (buffer ??= new double[piece.Length]).AsSpan(0, piece.Length);
            other.Read(start, values);
            isSame = isSame && piece.SequenceEqual(values);
            start += piece.Length;
        });
        return isSame;
    }

    private IEnumerable<string> LeftAside()
    {
        foreach (var (stored, name) in _names.All.Where(tensor => !_expected.Contains(tensor.Stored)))
        {
            var layer = LayerOf(name);
            var isBuffer = _family.Buffers.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));
            if (layer >= 0 && layer < config.NLayers && isBuffer) continue;
            if (_names.IsOf(stored, _family.Heads)) yield return stored;
            else throw BadFile.Error(files.Find(stored)!.Name, stored, layer >= config.NLayers
                ? $"{configPath} says n_layer is {config.NLayers}, but this is a further layer." : $"not a tensor of {_family.Name}.");
        }
    }

    private int LayerOf(string name) =>
        name.StartsWith(_family.Blocks, StringComparison.Ordinal) && name[_family.Blocks.Length..].Split('.', 2) is [var number, _]
            && int.TryParse(number, NumberStyles.None, null, out var layer) ? layer : -1;
}
