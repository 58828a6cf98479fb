using System.Globalization;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>The unablated model's answers: what every score is a ratio to.</summary>
internal static class FullModel
{
    /// <summary>Measures them.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="clean">Prompts.</param>
    /// <param name="scorer">Used when it stands at the whole model; the prefixes it stores serve the search.</param>
    /// <exception cref="InvalidDataException">The mean is not positive: faithfulness is undefined.</exception>
    public static CircuitAnswers Measure(Gpt2Model model, PromptSet clean, CircuitScorer scorer)
    {
        var answers = scorer.Current.Equals(Circuit.Full(model.Config))
            ? new CircuitAnswers(scorer.ScoreCurrent(), scorer.TopPredictions())
            : Unablated(model, clean);
        return RequirePositive(answers, clean);
    }

    /// <summary>The unablated model's answers, by a plain pass.</summary>
    /// <exception cref="InvalidDataException">The mean is not positive: faithfulness is undefined.</exception>
    public static CircuitAnswers Measure(Gpt2Model model, PromptSet clean) => RequirePositive(Unablated(model, clean), clean);

    private static CircuitAnswers RequirePositive(CircuitAnswers answers, PromptSet clean)
    {
        var mean = answers.Mean.Mean;
        if (!(mean > 0))
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{clean.Source}: the full model's mean logit difference is {mean:0.####}; the full model does not prefer the correct "
                    + $"answer on average; faithfulness is undefined."));
        return answers;
    }

    /// <summary>One plain pass over the prompts.</summary>
    public static CircuitAnswers Unablated(Gpt2Model model, PromptSet clean)
    {
        using var run = new UnablatedRun(model, RowForest.Build(clean.Tokens));
        using var metric = new LogitDiffMetric(model, run.Rows.Forest, clean);
        run.Finish();
        var answers = new CircuitAnswers(metric.Measure(run.Resid), run.Pass.TopPredictions(run.Resid));
        // What comes next reads two columns of it a prompt, and needs the room.
        model.ReleaseUnembedding();
        return answers;
    }
}
