using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>How the model's certainty grows with the number of members shown.</summary>
public static class LengthProbabilities
{
    /// <summary>The fewest members shown: with one there is no sequence.</summary>
    public const int Shortest = 2;

    /// <summary>The most members shown.</summary>
    public const int Longest = 8;

    /// <summary>Measures prompts of one length.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="prompts">Prompts that all show as many members; the incorrect answer is the last one shown.</param>
    /// <param name="members">How many.</param>
    /// <param name="memory">Bytes to stay below; null for a share of the machine's.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    public static LengthProbability Measure(
        Gpt2Model model, PromptSet prompts, int members, long? memory = null, CancellationToken cancellationToken = default)
    {
        var config = new LogitLensConfig { TopK = 1, FirstRow = model.Config.NLayers, Memory = memory };
        var last = LogitLens.Run(model, prompts, config, null, cancellationToken).Rows[0];
        return new LengthProbability(
            members, prompts.Count, PromptMean.Of([.. last.Select(reading => reading.Correct.Probability)]),
            PromptMean.Of([.. last.Select(reading => reading.Incorrect.Probability)]),
            last.Average(reading => reading.Correct.Rank == 1 ? 1.0 : 0));
    }
}
