namespace SeqCont.Circuits;

/// <summary>What is asked of a logit lens.</summary>
public sealed record LogitLensConfig
{
    /// <summary>Tokens to keep of each row and prompt, best first.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>
    /// The published reading: rows before the last are read without the final LayerNorm, the last row with it twice.
    /// </summary>
    public bool AsPublished { get; init; }

    /// <summary>The first row that is read; row 0 is the embeddings, row i the residual after block i - 1.</summary>
    public int FirstRow { get; init; }

    /// <summary>Memory to stay below, in bytes; null for a share of the machine's.</summary>
    public long? Memory { get; init; }
}

/// <summary>One token of a row.</summary>
/// <param name="Token">Token id.</param>
/// <param name="Logit">Its logit.</param>
/// <param name="Probability">Softmax of the row's logits at the token.</param>
public readonly record struct LensToken(int Token, double Logit, double Probability);

/// <summary>Where an answer stands in a row.</summary>
/// <param name="Rank">From 1: one more than the tokens with a larger logit (or an equal one and a smaller id).</param>
/// <param name="Probability">Softmax of the row's logits at the answer.</param>
public readonly record struct LensAnswer(int Rank, double Probability);

/// <summary>One row of the residual stream at one prompt's last position, read as a prediction.</summary>
/// <param name="Top">The largest tokens, best first, [k].</param>
/// <param name="Correct">The member that continues the sequence.</param>
/// <param name="Incorrect">The member before it, the last one shown.</param>
public sealed record LensReading(LensToken[] Top, LensAnswer Correct, LensAnswer Incorrect);

/// <summary>What a logit lens saw.</summary>
/// <param name="Config">What was asked for.</param>
/// <param name="Rows">Readings, [row - FirstRow][prompt], in file order.</param>
/// <param name="Memory">Memory prediction.</param>
public sealed record LogitLensResult(LogitLensConfig Config, IReadOnlyList<LensReading[]> Rows, AnalysisPlan Memory);

/// <summary>How often two consecutive rows show the step from an earlier member to the right one.</summary>
/// <param name="Row">The earlier row; the later one is Row + 1.</param>
/// <param name="Prompts">Prompts where the top token of the earlier row is an earlier member and that of the later row is correct.</param>
public readonly record struct StepCount(int Row, int Prompts);

/// <summary>The model's own last prediction for sequences of one length.</summary>
/// <param name="Members">Members shown.</param>
/// <param name="Prompts">Number of prompts.</param>
/// <param name="Correct">Probability of the next member.</param>
/// <param name="Previous">Probability of the last member shown.</param>
/// <param name="TopShare">Share of prompts whose top token is the next member, 0 to 1.</param>
public sealed record LengthProbability(int Members, int Prompts, PromptMean Correct, PromptMean Previous, double TopShare);
