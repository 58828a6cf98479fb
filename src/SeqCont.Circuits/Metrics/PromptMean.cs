namespace SeqCont.Circuits;

/// <summary>A mean over prompts with its standard error: of a metric, or of anything else that each prompt has one of.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardError">Sample standard deviation over the square root of the number of prompts; 0 for one prompt.</param>
public readonly record struct PromptMean(double Mean, double StandardError)
{
    /// <summary>Averages per-prompt values in double precision, in their order.</summary>
    /// <exception cref="InvalidDataException">The mean or its standard error is not finite.</exception>
    public static PromptMean Of(ReadOnlySpan<double> perPrompt)
    {
        if (perPrompt.Length == 0) throw new ArgumentException("values: expected at least one, got none.");
        var mean = 0.0;
        foreach (var value in perPrompt) mean += value;
        mean /= perPrompt.Length;
        if (perPrompt.Length < 2) return new PromptMean(mean, 0);
        var squares = 0.0;
        foreach (var value in perPrompt) squares += (value - mean) * (value - mean);
        return double.IsFinite(squares) ? new PromptMean(mean, Math.Sqrt(squares / (perPrompt.Length - 1) / perPrompt.Length))
            : throw new InvalidDataException("a mean over prompts or its standard error is not finite: the model's numbers are too large.");
    }
}

/// <summary>What a circuit answers, prompt by prompt.</summary>
/// <param name="Values">The metric, in file order.</param>
/// <param name="TopPredictions">The token with the largest logit.</param>
public sealed record CircuitAnswers(double[] Values, int[] TopPredictions)
{
    /// <summary>Mean over prompts.</summary>
    public PromptMean Mean => PromptMean.Of(Values);
}
