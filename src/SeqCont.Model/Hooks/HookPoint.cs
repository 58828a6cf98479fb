using static SeqCont.Model.HookKind;

namespace SeqCont.Model;

/// <summary>A hook of one layer. The embeddings' belong to layer 0, the final LayerNorm's and the logits to layer NLayers.</summary>
/// <param name="Kind">Which activation.</param>
/// <param name="Layer">From 0.</param>
public readonly record struct HookPoint(HookKind Kind, int Layer)
{
    // A block's, in the order in which a pass reaches them.
    private static readonly OrderedDictionary<HookKind, string> OfBlock = new()
    {
        [ResidPre] = "hook_resid_pre",
        [Ln1Scale] = "ln1.hook_scale",
        [Ln1Normalized] = "ln1.hook_normalized",
        [Q] = "attn.hook_q",
        [K] = "attn.hook_k",
        [V] = "attn.hook_v",
        [AttnScores] = "attn.hook_attn_scores",
        [Pattern] = "attn.hook_pattern",
        [Z] = "attn.hook_z",
        [Result] = "attn.hook_result",
        [AttnOut] = "hook_attn_out",
        [ResidMid] = "hook_resid_mid",
        [Ln2Scale] = "ln2.hook_scale",
        [Ln2Normalized] = "ln2.hook_normalized",
        [MlpPre] = "mlp.hook_pre",
        [MlpPost] = "mlp.hook_post",
        [MlpOut] = "hook_mlp_out",
        [ResidPost] = "hook_resid_post",
    };

    /// <summary>TransformerLens's name, such as "blocks.9.attn.hook_z".</summary>
    public override string ToString() => Kind switch
    {
        Embed => "hook_embed",
        PosEmbed => "hook_pos_embed",
        Logits => "logits",
        LnFinalScale => "ln_final.hook_scale",
        LnFinalNormalized => "ln_final.hook_normalized",
        _ => $"blocks.{Layer}.{OfBlock[Kind]}",
    };

    /// <summary>Whether it is an attention array, which has a key axis and its heads before its positions.</summary>
    public bool IsAttention => Kind is AttnScores or Pattern;

    /// <summary>Every hook of a model, in the order in which a pass reaches them.</summary>
    public static IReadOnlyList<HookPoint> All(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return
        [
            new(Embed, 0), new(PosEmbed, 0),
            .. Enumerable.Range(0, config.NLayers).SelectMany(layer => OfBlock.Keys.Select(kind => new HookPoint(kind, layer))),
            new(LnFinalScale, config.NLayers), new(LnFinalNormalized, config.NLayers),
            new(Logits, config.NLayers),
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
            Q or K or V or Z => [config.NHeads, config.DHead],
            AttnScores or Pattern => [config.NHeads, keys],
            Result => [config.NHeads, config.DModel],
            MlpPre or MlpPost => [config.DMlp],
            Ln1Scale or Ln2Scale or LnFinalScale => [1],
            Logits => [config.DVocab],
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
    public IReadOnlyList<long> BatchShape(ModelConfig config, int prompts, int positions, int keys) =>
        IsAttention ? [prompts, config.NHeads, positions, keys] : [prompts, positions, .. PositionShape(config, keys)];
}
