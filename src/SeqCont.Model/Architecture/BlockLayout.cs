namespace SeqCont.Model;

/// <summary>How a block's inputs, and the last residual, are normalised.</summary>
internal enum NormKind
{
    /// <summary>Less the mean, over the standard deviation, times a gain, plus a bias.</summary>
    LayerNorm,

    /// <summary>Over the root of the mean square, times a gain.</summary>
    RmsNorm,
}

/// <summary>How a model knows where a token stands.</summary>
internal enum PositionKind
{
    /// <summary>A learned vector a position, added to the token's.</summary>
    Learned,

    /// <summary>Queries and keys turned by an angle that grows with the position.</summary>
    Rotary,
}

/// <summary>What an MLP does between its projections.</summary>
internal enum MlpKind
{
    /// <summary>GELU in its tanh form.</summary>
    GeluNew,

    /// <summary>GELU in its exact form.</summary>
    Gelu,

    /// <summary>The SiLU of one projection times another.</summary>
    SwiGlu,
}

/// <summary>What a block is made of, as data that the forward pass reads; the defaults are GPT-2's.</summary>
internal sealed record BlockLayout
{
    /// <summary>Key/value heads; null: one for each query head.</summary>
    public int? NKvHeads { get; init; }

    /// <summary>Width of a head; null: dModel / nHeads.</summary>
    public int? DHead { get; init; }

    /// <summary>The norm.</summary>
    public NormKind Norm { get; init; }

    /// <summary>Where positions come in.</summary>
    public PositionKind Positions { get; init; }

    /// <summary>The MLP.</summary>
    public MlpKind Mlp { get; init; }

    /// <summary>Whether attention and MLP read the same residual, instead of one after the other.</summary>
    public bool IsParallel { get; init; }

    /// <summary>Whether projections add a bias.</summary>
    public bool HasBiases { get; init; } = true;
}
