using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>From Hugging Face's files to <see cref="Gpt2Weights"/>, with every disagreement named.</summary>
internal static class Gpt2Loader
{
    internal const string ConfigName = "config.json";
    private const int CompareChunk = 1 << 15;

    internal static Gpt2Weights Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: no such model folder.");
        var configPath = Path.Combine(folder, ConfigName);
        if (!File.Exists(configPath)) throw new FileNotFoundException($"{folder}: expected {ConfigName}; found none.", configPath);
        var config = JsonText.ReadFile(configPath);
        var files = WeightFiles.Open(folder);
        return Load(new DirectoryInfo(folder).Name, config, configPath, files);
    }

    /// <summary>Takes ownership of <paramref name="files"/>.</summary>
    internal static Gpt2Weights Load(string name, ReadOnlyMemory<byte> configJson, string configPath, WeightFiles files)
    {
        try
        {
            var (config, ties) = Gpt2ConfigReader.Read(configJson, configPath);
            var prefix = files.Find(Gpt2Names.Prefix + "wte.weight") is not null ? Gpt2Names.Prefix : "";
            var expected = new HashSet<string>(StringComparer.Ordinal);
            Tensor Open(string tensor, int[] shape)
            {
                expected.Add(tensor);
                return OpenChecked(files, tensor, shape, configPath);
            }
            var tensors = Gpt2Names.Build(config, (tensor, shape) => Open(prefix + tensor, shape));
            if (files.Find(Gpt2Names.Unembedding) is { } unembeddingFile)
            {
                var wU = Open(Gpt2Names.Unembedding, [config.DVocab, config.DModel]);
                tensors = tensors with { WU = Untied(wU, tensors.WE, ties, configPath, unembeddingFile.Name) };
            }
            else if (ties == false)
            {
                throw BadFile.Error(files.Name, Gpt2Names.Unembedding, $"missing, though {configPath} says tie_word_embeddings is false.");
            }
            if (files.Find(Gpt2Names.UnembeddingBias) is not null)
                tensors = tensors with { BU = Open(Gpt2Names.UnembeddingBias, [config.DVocab]) };
            CheckNoOthers(files, prefix, expected, config, configPath);
            return new Gpt2Weights(name, config, tensors, files.ComputeSha256, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static Tensor OpenChecked(WeightFiles files, string name, int[] shape, string configPath)
    {
        var file = files.Find(name) ?? throw BadFile.Error(files.Name, name, $"missing; expected [{string.Join(", ", shape)}].");
        var tensor = file.Open(name);
        return tensor.Shape.SequenceEqual(shape) ? tensor
            : throw BadFile.Error(
                file.Name, name,
                $"expected shape [{string.Join(", ", shape)}] after {configPath}, got [{string.Join(", ", tensor.Shape)}].");
    }

    // Checkpoints often repeat the embedding as lm_head.weight: then null, so that it is not uploaded twice.
    private static Tensor? Untied(Tensor wU, Tensor wE, bool? ties, string configPath, string file)
    {
        if (ties == false) return wU;
        if (SameValues(wU, wE)) return null;
        return ties is null ? wU
            : throw BadFile.Error(
                file, Gpt2Names.Unembedding, $"differs from wte.weight, though {configPath} says tie_word_embeddings is true.");
    }

    private static bool SameValues(Tensor one, Tensor other)
    {
        var left = new float[Math.Min(CompareChunk, one.Length)];
        var right = new float[left.Length];
        for (var start = 0L; start < one.Length; start += left.Length)
        {
            var count = (int)Math.Min(left.Length, one.Length - start);
            one.Read(start, left.AsSpan(0, count));
            other.Read(start, right.AsSpan(0, count));
            if (!left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count))) return false;
        }
        return true;
    }

    private static void CheckNoOthers(WeightFiles files, string prefix, HashSet<string> expected, ModelConfig config, string configPath)
    {
        foreach (var name in files.Names.Order(StringComparer.Ordinal))
        {
            var layer = LayerOf(name, prefix);
            if (expected.Contains(name) || (layer >= 0 && layer < config.NLayers && IsAttentionBuffer(name))) continue;
            var file = files.Find(name)!.Name;
            throw layer >= config.NLayers
                ? BadFile.Error(file, name, $"{configPath} says n_layer is {config.NLayers}, but this is a further layer.")
                : BadFile.Error(file, name, "not a tensor of GPT-2.");
        }
    }

    // The causal mask and its fill value, which older checkpoints saved along with the weights.
    private static bool IsAttentionBuffer(string name) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    private static int LayerOf(string name, string prefix)
    {
        if (!name.StartsWith(prefix + "h.", StringComparison.Ordinal)) return -1;
        var rest = name.AsSpan(prefix.Length + 2);
        var dot = rest.IndexOf('.');
        return dot > 0 && int.TryParse(rest[..dot], System.Globalization.NumberStyles.None, null, out var layer) ? layer : -1;
    }
}
