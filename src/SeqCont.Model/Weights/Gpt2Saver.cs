using System.Text.Json;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>From <see cref="Gpt2Weights"/> to Hugging Face's files.</summary>
internal static class Gpt2Saver
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    internal static void Save(Gpt2Weights weights, string folder, string dtype, int shards)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shards);
        Directory.CreateDirectory(folder);
        var tensors = Gpt2Names.All(weights.Config, weights.Tensors)
            .Where(item => item.Tensor is not null).Select(item => (item.Name, item.Tensor!)).ToList();
        if (shards == 1) WriteShard(folder, WeightFiles.SingleName, tensors, dtype);
        else WriteShards(folder, Cut(tensors, shards), dtype);
        WriteJson(Path.Combine(folder, Gpt2Loader.ConfigName), json => WriteConfig(json, weights));
    }

    /// <summary>Runs of tensors in their order, as many as asked for, about equally long; no run is empty.</summary>
    private static List<List<(string Name, Tensor Tensor)>> Cut(List<(string Name, Tensor Tensor)> tensors, int shards)
    {
        if (shards > tensors.Count)
            throw new ArgumentOutOfRangeException(
                nameof(shards), $"shards: expected at most {tensors.Count}, the number of tensors, got {shards}.");
        var total = tensors.Sum(item => item.Tensor.Length);
        var parts = new List<List<(string Name, Tensor Tensor)>>();
        var written = 0L;
        for (var i = 0; i < tensors.Count; i++)
        {
            // A part ends where its share is reached, or where the tensors left are just enough for the parts left.
            if (parts.Count == 0 || (parts.Count < shards
                && (written >= total * parts.Count / shards || tensors.Count - i == shards - parts.Count))) parts.Add([]);
            parts[^1].Add(tensors[i]);
            written += tensors[i].Tensor.Length;
        }
        return parts;
    }

    private static void WriteShards(string folder, List<List<(string Name, Tensor Tensor)>> parts, string dtype)
    {
        string Name(int part) => FormattableString.Invariant($"model-{part + 1:00000}-of-{parts.Count:00000}.safetensors");
        for (var part = 0; part < parts.Count; part++) WriteShard(folder, Name(part), parts[part], dtype);
        // One whole file would be read in place of shards.
        File.Delete(Path.Combine(folder, WeightFiles.SingleName));
        WriteJson(Path.Combine(folder, WeightFiles.IndexName), json =>
        {
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", SafetensorsEntry.BytesOf(dtype) * parts.Sum(part => part.Sum(item => item.Tensor.Length)));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            for (var part = 0; part < parts.Count; part++)
                foreach (var (name, _) in parts[part]) json.WriteString(name, Name(part));
            json.WriteEndObject();
        });
    }

    private static void WriteShard(string folder, string name, List<(string Name, Tensor Tensor)> tensors, string dtype) =>
        SafetensorsWriter.Write(Path.Combine(folder, name), tensors, dtype, new Dictionary<string, string> { ["format"] = "pt" });

    private static void WriteJson(string path, Action<Utf8JsonWriter> writeFields)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            writeFields(json);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        var partialPath = $"{path}.{Guid.NewGuid():N}.partial";
        File.WriteAllBytes(partialPath, buffer.ToArray());
        File.Move(partialPath, path, overwrite: true);
    }

    private static void WriteConfig(Utf8JsonWriter json, Gpt2Weights weights)
    {
        var config = weights.Config;
        json.WriteString("model_type", "gpt2");
        json.WriteNumber("n_layer", config.NLayers);
        json.WriteNumber("n_head", config.NHeads);
        json.WriteNumber("n_embd", config.DModel);
        json.WriteNumber("n_inner", config.DMlp);
        json.WriteNumber("n_ctx", config.NCtx);
        json.WriteNumber("n_positions", config.NCtx);
        json.WriteNumber("vocab_size", config.DVocab);
        json.WriteNumber("layer_norm_epsilon", config.LayerNormEpsilon);
        json.WriteString("activation_function", "gelu_new");
        if (config.BosTokenId is { } bos) json.WriteNumber("bos_token_id", bos);
        json.WriteBoolean("tie_word_embeddings", weights.WU is null);
    }
}
