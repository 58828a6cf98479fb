using System.Text.Json;

namespace SeqCont.Model;

/// <summary>Reads Hugging Face's config.json of a GPT-2; refuses variants whose arithmetic differs.</summary>
internal static class Gpt2ConfigReader
{
    /// <summary>The sizes, and what the file says about tie_word_embeddings (null when absent).</summary>
    internal static (ModelConfig Config, bool? TiesEmbeddings) Read(ReadOnlyMemory<byte> json, string file)
    {
        using var document = JsonText.ParseObject(json, file);
        var root = document.RootElement;
        CheckVariant(root, file);
        var dModel = Required(root, file, "n_embd");
        var config = new ModelConfig
        {
            NLayers = Required(root, file, "n_layer"),
            NHeads = Required(root, file, "n_head"),
            DModel = dModel,
            DMlp = Optional(root, file, "n_inner") ?? (int)Math.Min(4L * dModel, int.MaxValue),
            NCtx = Positions(root, file),
            DVocab = Required(root, file, "vocab_size"),
            LayerNormEpsilon = Epsilon(root, file),
            BosTokenId = Optional(root, file, "bos_token_id"),
        };
        if (config.Problem() is { } problem) throw BadFile.Error(file, problem);
        return (config, Flag(root, file, "tie_word_embeddings"));
    }

    private static void CheckVariant(JsonElement root, string file)
    {
        if (Find(root, "model_type") is { } type && JsonText.Text(type, file, "model_type") is var model && model != "gpt2")
            throw BadFile.Error(file, $"model_type: '{BadFile.Printable(model)}' is not supported: expected 'gpt2'.");
        if (Find(root, "activation_function") is { } activation
            && JsonText.Text(activation, file, "activation_function") is var function && function != "gelu_new")
            throw BadFile.Error(file, $"activation_function: '{BadFile.Printable(function)}' is not supported: expected 'gelu_new'.");
        Refuse(root, file, "scale_attn_weights", false);
        Refuse(root, file, "scale_attn_by_inverse_layer_idx", true);
        Refuse(root, file, "reorder_and_upcast_attn", true);
        Refuse(root, file, "add_cross_attention", true);
    }

    private static void Refuse(JsonElement root, string file, string key, bool unsupported)
    {
        if (Flag(root, file, key) == unsupported)
            throw BadFile.Error(
                file, $"{key}: {(unsupported ? "true" : "false")} is not supported: expected {(unsupported ? "false" : "true")}.");
    }

    private static int Positions(JsonElement root, string file)
    {
        var nPositions = Optional(root, file, "n_positions");
        var nCtx = Optional(root, file, "n_ctx");
        if (nPositions is not null && nCtx is not null && nPositions != nCtx)
            throw BadFile.Error(file, $"n_ctx: expected n_positions {nPositions}, got {nCtx}.");
        return nPositions ?? nCtx ?? throw BadFile.Error(file, "n_positions: missing; expected a whole number.");
    }

    private static double Epsilon(JsonElement root, string file)
    {
        if (Find(root, "layer_norm_epsilon") is not { } value) return 1e-5;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var epsilon)) return epsilon;
        throw BadFile.Error(file, $"layer_norm_epsilon: expected a positive number, got {value.ValueKind}.");
    }

    private static int Required(JsonElement root, string file, string key) =>
        Optional(root, file, key) ?? throw BadFile.Error(file, $"{key}: missing; expected a whole number.");

    private static int? Optional(JsonElement root, string file, string key)
    {
        if (Find(root, key) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)) return number;
        throw BadFile.Error(file, $"{key}: expected a whole number below 2^31, got {BadFile.Printable(value.GetRawText())}.");
    }

    private static bool? Flag(JsonElement root, string file, string key) => Find(root, key)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        var kind => throw BadFile.Error(file, $"{key}: expected true or false, got {kind}."),
    };

    /// <summary>The value of a key; null when it is absent or null.</summary>
    private static JsonElement? Find(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
