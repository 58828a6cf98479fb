using System.Globalization;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>From Hugging Face's files to <see cref="Gpt2Weights"/>, with every disagreement named.</summary>
internal sealed class Gpt2Loader
{
    internal const string ConfigName = "config.json";

    private readonly WeightFiles _files;
    private readonly string _configPath;
    private readonly ModelConfig _config;
    private readonly bool? _ties;
    private readonly string _prefix;
    private readonly HashSet<string> _expected = [];

    private Gpt2Loader(ReadOnlyMemory<byte> configJson, string configPath, WeightFiles files)
    {
        (_files, _configPath) = (files, configPath);
        (_config, _ties) = Gpt2ConfigReader.Read(configJson, configPath);
        _prefix = files.Find(Gpt2Names.Prefix + "wte.weight") is null ? "" : Gpt2Names.Prefix;
    }

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
            var loader = new Gpt2Loader(configJson, configPath, files);
            return new Gpt2Weights(name, loader._config, loader.Tensors(), files.ComputeSha256, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private Gpt2Tensors Tensors()
    {
        var tensors = Gpt2Names.Build(_config, (name, shape) => Open(_prefix + name, shape));
        if (_files.Find(Gpt2Names.Unembedding) is { } file)
            tensors = tensors with { WU = Untied(Open(Gpt2Names.Unembedding, [_config.DVocab, _config.DModel]), tensors.WE, file.Name) };
        else if (_ties == false)
            throw BadFile.Error(_files.Name, Gpt2Names.Unembedding, $"missing, though {_configPath} says tie_word_embeddings is false.");
        if (_files.Find(Gpt2Names.UnembeddingBias) is not null)
            tensors = tensors with { BU = Open(Gpt2Names.UnembeddingBias, [_config.DVocab]) };
        CheckNoOthers();
        return tensors;
    }

    private Tensor Open(string name, int[] shape)
    {
        _expected.Add(name);
        var expected = string.Join(", ", shape);
        var file = _files.Find(name) ?? throw BadFile.Error(_files.Name, name, $"missing; expected [{expected}].");
        var tensor = file.Open(name);
        return tensor.Shape.SequenceEqual(shape) ? tensor
            : throw BadFile.Error(
                file.Name, name, $"expected shape [{expected}] after {_configPath}, got [{string.Join(", ", tensor.Shape)}].");
    }

    // Checkpoints often repeat the embedding as lm_head.weight: then null, so that it is not uploaded twice.
    private Tensor? Untied(Tensor wU, Tensor wE, string file)
    {
        if (_ties == false) return wU;
        if (SameValues(wU, wE)) return null;
        return _ties is null ? wU
            : throw BadFile.Error(
                file, Gpt2Names.Unembedding, $"differs from wte.weight, though {_configPath} says tie_word_embeddings is true.");
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
        foreach (var name in _files.Names.Where(name => !_expected.Contains(name)).Order(StringComparer.Ordinal))
        {
            var layer = LayerOf(name);
            if (layer >= 0 && layer < _config.NLayers && IsAttentionBuffer(name)) continue;
            throw BadFile.Error(_files.Find(name)!.Name, name, layer >= _config.NLayers
                ? $"{_configPath} says n_layer is {_config.NLayers}, but this is a further layer." : "not a tensor of GPT-2.");
        }
    }

    // The causal mask and its fill value, which older checkpoints saved along with the weights.
    private static bool IsAttentionBuffer(string name) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    private int LayerOf(string name) =>
        name.StartsWith(_prefix + "h.", StringComparison.Ordinal) && name[(_prefix.Length + 2)..].Split('.', 2) is [var number, _]
        && int.TryParse(number, NumberStyles.None, null, out var layer) ? layer : -1;
}
