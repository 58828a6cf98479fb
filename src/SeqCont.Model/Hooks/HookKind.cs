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

    /// <summary>The token's embedding, [dModel]: hook_embed.</summary>
    Embed,

    /// <summary>The position's embedding, [dModel]: hook_pos_embed.</summary>
    PosEmbed,

    /// <summary>What the model returns, [dVocab]: logits, which TransformerLens gives beside its cache.</summary>
    Logits,
}
