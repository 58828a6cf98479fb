using SeqCont.Engine;

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

    /// <summary>What an MLP does between its projections.</summary>
    public Activation Activation { get; init; } = Activation.GeluNew;

    /// <summary>Whether it multiplies that by a third projection.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether attention scores are divided by the root of a head's width.</summary>
    public bool ScalesScores { get; init; } = true;

    /// <summary>Whether they are divided by their layer's number, from 1, as well.</summary>
    public bool ScalesScoresByLayer { get; init; }

    /// <summary>Whether attention and MLP read the same residual, instead of one after the other.</summary>
    public bool IsParallel { get; init; }

    /// <summary>Whether projections add a bias.</summary>
    public bool HasBiases { get; init; } = true;
}
