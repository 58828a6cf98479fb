namespace SeqCont.Model;

/// <summary>
/// Changes of weights that leave the model's probabilities as they are, as TransformerLens makes them when it
/// loads a model (HookedTransformer.load_and_process_state_dict); combine with |.
/// </summary>
[Flags]
public enum WeightProcessing
{
    /// <summary>Weights as they are.</summary>
    None = 0,

    /// <summary>
    /// fold_ln: LayerNorm gains and biases move into the weights that read its output (W_Q, W_K, W_V, W_in, W_U),
    /// which are then centred over dModel; gains become 1 and biases 0.
    /// </summary>
    FoldLayerNorm = 1,

    /// <summary>center_writing_weights: W_E, W_pos, W_O, b_O, W_out, b_out lose their mean over dModel.</summary>
    CentreWritingWeights = 2,

    /// <summary>center_unembed: W_U and b_U lose their mean over the vocabulary. Logits move by a constant per row.</summary>
    CentreUnembedding = 4,

    /// <summary>fold_value_biases: b_V moves through W_O into b_O; attention patterns sum to 1.</summary>
    FoldValueBiases = 8,

    /// <summary>All of them: what TransformerLens does by default.</summary>
    All = FoldLayerNorm | CentreWritingWeights | CentreUnembedding | FoldValueBiases,
}
