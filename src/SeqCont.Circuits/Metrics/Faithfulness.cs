using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Normalises a metric's mean over prompts: 1 is the full model's, 0 is nothing.</summary>
internal sealed class Faithfulness
{
    private const double LeastMean = 1.17549435e-38;

    private Faithfulness(CircuitAnswers full) => (Full, FullMean) = (full, full.Mean.Mean);

    /// <summary>The unablated model on each prompt.</summary>
    public CircuitAnswers Full { get; }

    /// <summary>Its mean.</summary>
    public double FullMean { get; }

    /// <summary>What share of the full model's mean this is.</summary>
    public double Of(PromptMean mean) => mean.Mean / FullMean;

    /// <summary>Measures the full model.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="clean">Prompts.</param>
    /// <param name="metric">What is asked.</param>
    /// <param name="scorer">Used when it stands at the whole model: the prefixes it stores serve the search. Else a plain pass.</param>
    /// <exception cref="InvalidDataException">The mean is not positive: faithfulness is undefined.</exception>
    public static Faithfulness Measure(Gpt2Model model, PromptSet clean, IMetric metric, NodeScorer? scorer = null)
    {
        var full = new Faithfulness(
            scorer is not null && scorer.Current.Equals(Circuit.Full(model.Config)) ? scorer.Answers() : Unablated(model, clean, metric));
        // A mean below float32's normal numbers is what is left of rounding: nothing can be divided by it.
        if (!(full.FullMean >= LeastMean))
            throw new InvalidDataException(
                Invariant($"{clean.Source}: the full model's mean {metric.Title} is {full.FullMean:G5}; ")
                + "the full model does not prefer the correct answer on average; faithfulness is undefined.");
        return full;
    }

    /// <summary>The unablated model's answers, by one plain pass.</summary>
    public static CircuitAnswers Unablated(Gpt2Model model, PromptSet clean, IMetric? metric = null)
    {
        using var run = new UnablatedRun(model, RowForest.Build(clean.Tokens));
        using var ofPrompts = (metric ?? LogitDifference.Instance).For(model, run.Pass, run.Rows, clean);
        run.Finish();
        var check = new ScoreCheck(model, metric ?? LogitDifference.Instance, clean);
        var answers = new CircuitAnswers(check.Require(ofPrompts.Measure(run.Resid)), run.Pass.TopPredictions(run.Resid));
        // What comes next reads two columns of it a prompt, and needs the room.
        model.ReleaseUnembedding();
        return answers;
    }
}
