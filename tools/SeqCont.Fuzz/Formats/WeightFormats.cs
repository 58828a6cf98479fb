using SeqCont.Fuzz.Mutation;
using SeqCont.Model;

namespace SeqCont.Fuzz.Formats;

/// <summary>A checkpoint's files.</summary>
internal static class WeightFormats
{
    private static readonly string[] Tensors =
    [
        "F32", "F16", "BF16", "F64", "I64", "I32", "BOOL", "F8_E4M3", "dtype", "shape", "data_offsets", "__metadata__", "wte.weight",
        "wpe.weight",
        "h.0.attn.bias", "h.0.attn.c_attn.weight", "h.2.ln_1.weight", "h.-1.ln_1.weight", "h.99999999999.x", "h..ln_1.weight",
        "ln_f.weight",
        "lm_head.weight", "lm_head.bias", "score.weight", "v_head.summary.weight", "multiple_choice_head.summary.bias",
        "transformer.wte.weight",
        "module.transformer.wte.weight", "_orig_mod.wte.weight", "model.wte.weight",
    ];

    private static readonly string[] Keys =
    [
        "n_embd", "n_layer", "n_head", "n_inner", "n_positions", "n_ctx", "vocab_size", "layer_norm_epsilon", "activation_function",
        "gelu_new",
        "gelu", "relu", "silu", "tie_word_embeddings", "bos_token_id", "eos_token_id", "model_type", "gpt2", "scale_attn_weights",
        "scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention", "architectures",
    ];

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("safetensors", Make.Safetensors, scratch => bytes => ReadBack(bytes, scratch)) { Words = Tensors },
        new("weights", Make.Safetensors, Weights) { Words = Tensors },
        new("config.json", Make.Json, Config) { Words = Keys },
        new("index.json", Make.Json, Index) { Words = ["weight_map", "metadata", "model-00001-of-00002.safetensors", .. Tensors] },
    ];

    private static Func<byte[], string> Weights(Scratch scratch)
    {
        var config = Samples.Of("config.json", "tiny-2x3.json");
        return bytes => Load(config, bytes);
    }

    private static Func<byte[], string> Config(Scratch scratch)
    {
        var weights = Samples.Of("weights", "tiny-2x3.safetensors");
        return bytes =>
        {
            var config = ModelConfig.Parse(bytes, "config.json");
            return $"{Load(bytes, weights)} {config.NLayers}";
        };
    }

    private static string Load(byte[] config, byte[] bytes)
    {
        using var weights = ModelLoader.Load("x", config, "config.json", new WeightFiles(SafetensorsFile.FromMemory(bytes, "x")));
        return $"model of {weights.WE.ReadAll().Length}";
    }

    private static Func<byte[], string> Index(Scratch scratch)
    {
        var whole = scratch.At("whole");
        scratch.Put(Samples.Of("config.json", "tiny-2x3.json"), "whole", "config.json");
        scratch.Put(Samples.Of("weights", "tiny-2x3.safetensors"), "whole", "model.safetensors");
        var folder = Directory.CreateDirectory(scratch.At("sharded")).FullName;
        using (var weights = Gpt2Weights.Load(whole)) weights.Save(folder, shards: 2);
        return bytes =>
        {
            scratch.Put(bytes, "sharded", WeightFiles.IndexName);
            using var weights = Gpt2Weights.Load(folder);
            return $"model of {weights.WE.ReadAll().Length}";
        };
    }

    private static string ReadBack(byte[] bytes, Scratch scratch)
    {
        using var file = SafetensorsFile.FromMemory(bytes, "x");
        string Said(SafetensorsFile of) => string.Join('\n', of.Names.Order(StringComparer.Ordinal).Select(name => Values(of, name)))
            + string.Join('\n', of.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        var said = Said(file);
        string[] names = [.. file.Names];
        var isWritable = names.All(name => file.Entry(name).DType != "I32" && name.Length > 0);
        if (!isWritable || bytes.Length > 8192) return "tensors";
        var path = scratch.At("again.safetensors");
        using (var writer = new SafetensorsWriter(
            path, [.. names.Select(name => (name, file.Entry(name).DType, file.Entry(name).Shape))], file.Metadata))
        {
            foreach (var name in names)
            {
                if (file.Entry(name).DType == "I64") writer.Append<long>(name, file.ReadIntegers(name));
                else writer.Append<double>(name, file.Open(name).ReadAll());
            }

            writer.Complete();
        }

        using var again = SafetensorsFile.FromFile(path);
        AllFormats.Same("safetensors", said, Said(again));
        return $"{names.Length} tensors and back";
    }

    private static string Values(SafetensorsFile file, string name)
    {
        var entry = file.Entry(name);
        var values = entry.DType is "I64" or "I32"
            ? string.Join(' ', file.ReadIntegers(name)) : string.Join(' ', file.Open(name).ReadAll());
        return $"{name} {entry.DType} [{string.Join(' ', entry.Shape)}] {values}";
    }
}
