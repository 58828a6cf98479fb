namespace SeqCont.Model;

/// <summary>Reads Hugging Face's config.json of a GPT-2; refuses variants whose arithmetic differs.</summary>
internal static class Gpt2ConfigReader
{
    /// <summary>The sizes, and what the file says about tie_word_embeddings (null when absent).</summary>
    internal static (ModelConfig Config, bool? TiesEmbeddings) Read(ReadOnlyMemory<byte> json, string file)
    {
        using var document = JsonText.ParseObject(json, file);
        var root = new ConfigJson(document.RootElement, file);
        root.Expect("model_type", "gpt2");
        root.Expect("activation_function", "gelu_new");
        root.Expect("scale_attn_weights", true);
        root.Expect("scale_attn_by_inverse_layer_idx", false);
        root.Expect("reorder_and_upcast_attn", false);
        root.Expect("add_cross_attention", false);
        var dModel = root.Required("n_embd");
        var config = new ModelConfig
        {
            NLayers = root.Required("n_layer"),
            NHeads = root.Required("n_head"),
            DModel = dModel,
            DMlp = root.Optional("n_inner") ?? (int)Math.Min(4L * dModel, int.MaxValue),
            NCtx = root.Optional("n_positions") ?? root.Optional("n_ctx") ?? root.Required("n_positions"),
            DVocab = root.Required("vocab_size"),
            LayerNormEpsilon = root.Number("layer_norm_epsilon") ?? 1e-5,
            BosTokenId = root.Optional("bos_token_id"),
        };
        if (root.Optional("n_ctx") is { } nCtx && nCtx != config.NCtx)
            throw root.Bad($"n_ctx: expected n_positions {config.NCtx}, got {nCtx}.");
        if (config.Problem() is { } problem) throw root.Bad(problem);
        return (config, root.Flag("tie_word_embeddings"));
    }
}
