using System.Text.Json;

namespace SeqCont.Model;

/// <summary>From <see cref="Gpt2Weights"/> to Hugging Face's files.</summary>
internal static class Gpt2Saver
{
    internal static void Save(Gpt2Weights weights, string folder, string dtype)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var tensors = Gpt2Names.All(weights.Config, weights.Tensors).Where(item => item.Tensor is not null);
        SafetensorsWriter.Write(Path.Combine(folder, WeightFiles.SingleName), [.. tensors.Select(item => (item.Name, item.Tensor!))], dtype,
            new Dictionary<string, string> { ["format"] = "pt" });
        var path = Path.Combine(folder, Gpt2Loader.ConfigName);
        var partialPath = $"{path}.{Guid.NewGuid():N}.partial";
        File.WriteAllBytes(partialPath, ConfigJson(weights));
        File.Move(partialPath, path, overwrite: true);
    }

    private static byte[] ConfigJson(Gpt2Weights weights)
    {
        var config = weights.Config;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
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
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
