namespace SeqCont.Model;

/// <summary>A hook of one layer. The embeddings' belong to layer 0, the final LayerNorm's and the logits to layer NLayers.</summary>
/// <param name="Kind">Which activation.</param>
/// <param name="Layer">From 0.</param>
public readonly record struct HookPoint(HookKind Kind, int Layer)
{
    /// <summary>TransformerLens's name, such as "blocks.9.attn.hook_z".</summary>
    public override string ToString() => Kind switch
    {
        HookKind.Embed => "hook_embed",
        HookKind.PosEmbed => "hook_pos_embed",
        HookKind.Logits => "logits",
        HookKind.LnFinalScale => "ln_final.hook_scale",
        HookKind.LnFinalNormalized => "ln_final.hook_normalized",
        _ => $"blocks.{Layer}.{Suffix(Kind)}",
    };

    /// <summary>Whether it is an attention array, which has a key axis and its heads before its positions.</summary>
    public bool IsAttention => Kind is HookKind.AttnScores or HookKind.Pattern;

    /// <summary>Every hook of a model, in the order in which a pass reaches them.</summary>
    public static IReadOnlyList<HookPoint> All(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        HookKind[] ofBlock =
        [
            HookKind.ResidPre, HookKind.Ln1Scale, HookKind.Ln1Normalized, HookKind.Q, HookKind.K, HookKind.V, HookKind.AttnScores,
            HookKind.Pattern, HookKind.Z,
            HookKind.Result, HookKind.AttnOut, HookKind.ResidMid, HookKind.Ln2Scale, HookKind.Ln2Normalized, HookKind.MlpPre,
            HookKind.MlpPost, HookKind.MlpOut, HookKind.ResidPost,
        ];
        return
        [
            new(HookKind.Embed, 0), new(HookKind.PosEmbed, 0),
            .. Enumerable.Range(0, config.NLayers).SelectMany(layer => ofBlock.Select(kind => new HookPoint(kind, layer))),
            new(HookKind.LnFinalScale, config.NLayers), new(HookKind.LnFinalNormalized, config.NLayers),
            new(HookKind.Logits, config.NLayers),
        ];
    }

    /// <summary>The shape of one position: [head, dHead], [head, key], [dModel], ...</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="keys">Length of a key axis: the longest prompt's tokens.</param>
    public IReadOnlyList<int> PositionShape(ModelConfig config, int keys)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Kind switch
        {
            HookKind.Q or HookKind.K or HookKind.V or HookKind.Z => [config.NHeads, config.DHead],
            HookKind.AttnScores or HookKind.Pattern => [config.NHeads, keys],
            HookKind.Result => [config.NHeads, config.DModel],
            HookKind.MlpPre or HookKind.MlpPost => [config.DMlp],
            HookKind.Ln1Scale or HookKind.Ln2Scale or HookKind.LnFinalScale => [1],
            HookKind.Logits => [config.DVocab],
            _ => [config.DModel],
        };
    }

    /// <summary>
    /// The shape of a batch, as TransformerLens has it: [prompt, position, ...], of attention [prompt, head, query, key].
    /// </summary>
    /// <param name="config">Sizes.</param>
    /// <param name="prompts">Number of prompts.</param>
    /// <param name="positions">Positions that are kept of each.</param>
    /// <param name="keys">Length of a key axis: the longest prompt's tokens.</param>
    public IReadOnlyList<long> BatchShape(ModelConfig config, int prompts, int positions, int keys)
    {
        var axes = PositionShape(config, keys).Select(size => (long)size);
        return IsAttention ? [prompts, config.NHeads, positions, keys] : [prompts, positions, .. axes];
    }

    private static string Suffix(HookKind kind) => kind switch
    {
        HookKind.ResidPre => "hook_resid_pre",
        HookKind.ResidMid => "hook_resid_mid",
        HookKind.ResidPost => "hook_resid_post",
        HookKind.Q => "attn.hook_q",
        HookKind.K => "attn.hook_k",
        HookKind.V => "attn.hook_v",
        HookKind.AttnScores => "attn.hook_attn_scores",
        HookKind.Pattern => "attn.hook_pattern",
        HookKind.Z => "attn.hook_z",
        HookKind.Result => "attn.hook_result",
        HookKind.AttnOut => "hook_attn_out",
        HookKind.MlpPre => "mlp.hook_pre",
        HookKind.MlpPost => "mlp.hook_post",
        HookKind.MlpOut => "hook_mlp_out",
        HookKind.Ln1Scale => "ln1.hook_scale",
        HookKind.Ln1Normalized => "ln1.hook_normalized",
        HookKind.Ln2Scale => "ln2.hook_scale",
        HookKind.Ln2Normalized => "ln2.hook_normalized",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a hook of a block"),
    };
}
