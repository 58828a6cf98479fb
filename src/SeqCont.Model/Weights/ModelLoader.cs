using System.Globalization;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>From Hugging Face's files to <see cref="Gpt2Weights"/>, with every disagreement named.</summary>
internal sealed class ModelLoader(WeightFiles files, string configPath, ModelConfig config, bool? isTied)
{
    internal const string ConfigName = "config.json";

    private readonly ModelFamily _family = config.Family;
    private readonly string _prefix = files.Find(config.Family.Prefix + config.Family.Embedding) is null ? "" : config.Family.Prefix;
    private readonly HashSet<string> _expected = [];

    internal static Gpt2Weights Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: no such model folder.");
        var configPath = Path.Combine(folder, ConfigName);
        if (!File.Exists(configPath)) throw new FileNotFoundException($"{folder}: expected {ConfigName}; found none.", configPath);
        var config = JsonText.ReadFile(configPath);
        return Load(new DirectoryInfo(folder).Name, config, configPath, WeightFiles.Open(folder));
    }

    /// <summary>Takes ownership of <paramref name="files"/>.</summary>
    internal static Gpt2Weights Load(string name, ReadOnlyMemory<byte> configJson, string configPath, WeightFiles files)
    {
        try
        {
            using var json = new ConfigJson(configJson, configPath);
            var config = ModelFamily.ReadConfig(json);
            var tensors = new ModelLoader(files, configPath, config, json.TiesEmbeddings).Tensors();
            return new Gpt2Weights(name, config, tensors, files.ComputeSha256, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private Gpt2Tensors Tensors()
    {
        var tensors = _family.Build(config, (name, shape) => Open(_prefix + name, shape));
        if (files.Find(Gpt2Tensors.Unembedding) is { } file)
            tensors = tensors with { WU = Untied(Open(Gpt2Tensors.Unembedding, [config.DVocab, config.DModel]), tensors.WE, file.Name) };
        else if (isTied == false)
            throw BadFile.Error(files.Name, Gpt2Tensors.Unembedding, $"missing, though {configPath} says tie_word_embeddings is false.");
        if (files.Find(Gpt2Tensors.UnembeddingBias) is not null)
            tensors = tensors with { BU = Open(Gpt2Tensors.UnembeddingBias, [config.DVocab]) };
        CheckNoOthers();
        return tensors;
    }

    private Tensor Open(string name, int[] shape)
    {
        _expected.Add(name);
        var expected = string.Join(", ", shape);
        var file = files.Find(name) ?? throw BadFile.Error(files.Name, name, $"missing; expected [{expected}].");
        var tensor = file.Open(name);
        return tensor.Shape.SequenceEqual(shape) ? tensor
            : throw BadFile.Error(
                file.Name, name, $"expected shape [{expected}] after {configPath}, got [{string.Join(", ", tensor.Shape)}].");
    }

    // Checkpoints often repeat the embedding as lm_head.weight: then null, so that it is not uploaded twice.
    private Tensor? Untied(Tensor wU, Tensor wE, string file)
    {
        if (isTied == false) return wU;
        if (SameValues(wU, wE)) return null;
        return isTied is null ? wU
            : throw BadFile.Error(
                file, Gpt2Tensors.Unembedding,
                $"differs from {_family.Embedding}, though {configPath} says tie_word_embeddings is true.");
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

    private void CheckNoOthers()
    {
        foreach (var name in files.Names.Where(name => !_expected.Contains(name)).Order(StringComparer.Ordinal))
        {
            var layer = LayerOf(name);
            var isBuffer = _family.Buffers.Any(ending => name.EndsWith(ending, StringComparison.Ordinal));
            if (layer >= 0 && layer < config.NLayers && isBuffer) continue;
            throw BadFile.Error(files.Find(name)!.Name, name, layer >= config.NLayers
                ? $"{configPath} says n_layer is {config.NLayers}, but this is a further layer." : $"not a tensor of {_family.Name}.");
        }
    }

    private int LayerOf(string name)
    {
        var blocks = _prefix + _family.Blocks;
        return name.StartsWith(blocks, StringComparison.Ordinal) && name[blocks.Length..].Split('.', 2) is [var number, _]
            && int.TryParse(number, NumberStyles.None, null, out var layer) ? layer : -1;
    }
}
