namespace SeqCont.Model;

/// <summary>What gives the logits where a checkpoint holds both an embedding and another unembedding.</summary>
public enum UnembeddingChoice
{
    /// <summary>What config.json says: lm_head.weight where tie_word_embeddings is false, else, as in GPT2Config, the embedding.</summary>
    Config,

    /// <summary>The embedding, wte.weight.</summary>
    Embedding,

    /// <summary>lm_head.weight, which must be there.</summary>
    Head,
}

/// <summary>What was to be noticed about the files that weights came from; empty for weights that came from none.</summary>
public sealed record CheckpointFacts
{
    /// <summary>What the tensors' names begin with: "transformer.", "_orig_mod.transformer.", or nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Tensors that no language model uses, such as a classifier's score.weight: they were left aside.</summary>
    public IReadOnlyList<string> LeftAside { get; init; } = [];

    /// <summary>wte or lm_head: which of them gives the logits, where they differ and it was not config.json that said so by
    /// tie_word_embeddings false; null elsewhere. Results depend on it.</summary>
    public string? Unembedding { get; init; }

    /// <summary>The same for people, a line each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
