using System.Text.Json;
using System.Text.Json.Nodes;
using NamedTensors = System.Collections.Generic.List<(string Name, SeqCont.Engine.Tensor Tensor)>;

namespace SeqCont.Model;

/// <summary>From <see cref="Gpt2Weights"/> to Hugging Face's files.</summary>
internal static class ModelSaver
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    internal static void Save(Gpt2Weights weights, string folder, string dtype, int shards)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shards);
        Directory.CreateDirectory(folder);
        string PathOf(string name) => Path.Combine(folder, name);
        string Shard(int part) => shards == 1
            ? WeightFiles.SingleName : FormattableString.Invariant($"model-{part + 1:00000}-of-{shards:00000}.safetensors");
        var parts = Cut([.. weights.Tensors.Named(weights.Config).Select(item => (item.Name, item.Tensor))], shards);
        for (var part = 0; part < shards; part++)
            SafetensorsWriter.Write(PathOf(Shard(part)), parts[part], dtype, new Dictionary<string, string> { ["format"] = "pt" });
        if (shards > 1)
        {
            // One whole file would be read in place of shards.
            File.Delete(PathOf(WeightFiles.SingleName));
            var size = SafetensorsEntry.BytesOf(dtype) * parts.Sum(part => part.Sum(item => item.Tensor.Length));
            var map = parts.SelectMany((part, i) => part.Select(item => KeyValuePair.Create(item.Name, (JsonNode?)Shard(i))));
            WriteJson(PathOf(WeightFiles.IndexName), new JsonObject
            {
                ["metadata"] = new JsonObject { ["total_size"] = size },
                ["weight_map"] = new JsonObject(map),
            });
        }
        var json = new JsonObject { ["model_type"] = weights.Config.Family.ModelType };
        weights.Config.Family.Write(weights.Config, json);
        json["tie_word_embeddings"] = weights.WU is null;
        WriteJson(PathOf(ModelLoader.ConfigName), json);
    }

    /// <summary>Runs of tensors in their order, as many as asked for, about equally long; no run is empty.</summary>
    private static List<NamedTensors> Cut(NamedTensors tensors, int shards)
    {
        if (shards > tensors.Count)
            throw new ArgumentOutOfRangeException(
                nameof(shards), $"shards: expected at most {tensors.Count}, the number of tensors, got {shards}.");
        var total = tensors.Sum(item => item.Tensor.Length);
        var parts = new List<NamedTensors>();
        var written = 0L;
        foreach (var (i, tensor) in tensors.Index())
        {
            // A part ends where its share is reached, or where the tensors left are just enough for the parts left.
            if (parts.Count == 0 || (parts.Count < shards
                && (written >= total * parts.Count / shards || tensors.Count - i == shards - parts.Count))) parts.Add([]);
            parts[^1].Add(tensor);
            written += tensor.Tensor.Length;
        }
        return parts;
    }

    private static void WriteJson(string path, JsonObject json) => WholeFile.Write(path, stream =>
    {
        using (var writer = new Utf8JsonWriter(stream, Indented)) json.WriteTo(writer);
        stream.WriteByte((byte)'\n');
    });
}
