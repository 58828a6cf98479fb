namespace SeqCont.Model;

/// <summary>A place in the forward pass, in TransformerLens's terms. Shapes are per position.</summary>
public enum HookKind
{
    /// <summary>Token plus position embedding or a block's output so far, [dModel]: hook_resid_pre.</summary>
    ResidPre,

    /// <summary>After attention, [dModel]: hook_resid_mid.</summary>
    ResidMid,

    /// <summary>After the MLP, [dModel]: hook_resid_post.</summary>
    ResidPost,

    /// <summary>Queries, [head, dHead]: attn.hook_q.</summary>
    Q,

    /// <summary>Keys, [head, dHead]: attn.hook_k.</summary>
    K,

    /// <summary>Values, [head, dHead]: attn.hook_v.</summary>
    V,

    /// <summary>Scaled scores before the softmax, [head, key]: attn.hook_attn_scores.</summary>
    AttnScores,

    /// <summary>Attention pattern, [head, key]: attn.hook_pattern.</summary>
    Pattern,

    /// <summary>Head outputs before W_O, [head, dHead]: attn.hook_z.</summary>
    Z,

    /// <summary>Head outputs after W_O, without b_O, [head, dModel]: attn.hook_result.</summary>
    Result,

    /// <summary>All heads after W_O, with b_O, [dModel]: hook_attn_out.</summary>
    AttnOut,

    /// <summary>MLP before its activation, [dMlp]: mlp.hook_pre.</summary>
    MlpPre,

    /// <summary>MLP after its activation, [dMlp]: mlp.hook_post.</summary>
    MlpPost,

    /// <summary>MLP output, [dModel]: hook_mlp_out.</summary>
    MlpOut,

    /// <summary>sqrt(variance + epsilon) of the LayerNorm before attention, [1]: ln1.hook_scale.</summary>
    Ln1Scale,

    /// <summary>Input of W_Q, W_K, W_V, [dModel]: ln1.hook_normalized.</summary>
    Ln1Normalized,

    /// <summary>sqrt(variance + epsilon) of the LayerNorm before the MLP, [1]: ln2.hook_scale.</summary>
    Ln2Scale,

    /// <summary>Input of the MLP, [dModel]: ln2.hook_normalized.</summary>
    Ln2Normalized,

    /// <summary>sqrt(variance + epsilon) of the final LayerNorm, [1]: ln_final.hook_scale.</summary>
    LnFinalScale,

    /// <summary>Input of the unembedding, [dModel]: ln_final.hook_normalized.</summary>
    LnFinalNormalized,
}

/// <summary>A hook of one layer. The final LayerNorm's belong to layer NLayers.</summary>
/// <param name="Kind">Which activation.</param>
/// <param name="Layer">From 0.</param>
public readonly record struct HookPoint(HookKind Kind, int Layer)
{
    /// <summary>TransformerLens's name, such as "blocks.9.attn.hook_z".</summary>
    public override string ToString() => Kind switch
    {
        HookKind.LnFinalScale => "ln_final.hook_scale",
        HookKind.LnFinalNormalized => "ln_final.hook_normalized",
        _ => $"blocks.{Layer}.{Suffix(Kind)}",
    };

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
