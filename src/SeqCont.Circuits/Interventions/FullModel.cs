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
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{clean.Source}: the full model's mean logit difference is {mean:0.####}; the full model does not prefer the correct answer on average; faithfulness is undefined."));
        return answers;
    }

    /// <summary>One plain pass over the prompts.</summary>
    public static CircuitAnswers Unablated(Gpt2Model model, PromptSet clean)
    {
        var config = model.Config;
        using var rows = new DeviceRows(model.Ops, RowForest.Build(clean.Tokens));
        using var work = new Workspace(model.Ops, config, rows.Forest.Count);
        using var resid = model.Ops.Allocate((long)rows.Forest.Count * config.DModel);
        using var metric = new LogitDiffMetric(model, rows.Forest, clean);
        var (pass, live) = (new ForwardPass(model, rows, work), LiveNodes.All(config));
        var demand = Demand.Of(rows, live, rows.Ends);
        pass.Embed(rows.All, resid);
        for (var layer = 0; layer < config.NLayers; layer++)
            pass.Layer(layer, resid, live, demand, new LayerConstants(model.OutputBias(layer), null, null), resid);
        var answers = new CircuitAnswers(metric.Measure(resid), pass.TopPredictions(resid));
        // What comes next reads two columns of it a prompt, and needs the room.
        model.ReleaseUnembedding();
        return answers;
    }
}
