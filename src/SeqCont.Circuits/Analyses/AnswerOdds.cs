using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What a model predicts after a prompt.</summary>
/// <param name="Top">The token with the largest logit.</param>
/// <param name="TopProbability">Its probability.</param>
/// <param name="Correct">Probability of the correct answer.</param>
/// <param name="Incorrect">Probability of the incorrect answer.</param>
public readonly record struct AnswerOdds(int Top, double TopProbability, double Correct, double Incorrect)
{
    /// <summary>The odds of every prompt, in order: one pass, logits of end rows only and of a few rows at a time.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="prompts">Prompts; all are in one batch, so bound their number.</param>
    public static AnswerOdds[] Measure(Gpt2Model model, PromptSet prompts)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        var config = model.Config;
        using var rows = new DeviceRows(model.Ops, RowForest.Build(prompts.Tokens));
        using var work = new Workspace(model.Ops, config, rows.Forest.Count);
        using var resid = model.Ops.Allocate((long)rows.Forest.Count * config.DModel);
        var (pass, live) = (new ForwardPass(model, rows, work), LiveNodes.All(config));
        var demand = Demand.Of(rows, live, rows.Ends);
        pass.Embed(rows.All, resid);
        for (var layer = 0; layer < config.NLayers; layer++)
            pass.Layer(layer, resid, live, demand, new LayerConstants(model.OutputBias(layer), null, null), resid);

        var odds = new AnswerOdds[prompts.Count];
        // Prompts with the same tokens share an end row, but not always an answer.
        var promptsOf = Enumerable.Range(0, prompts.Count).ToLookup(i => rows.Forest.Ends[i]);
        pass.Logits(resid, rows.Ends, (i, logits) =>
        {
            var top = 0;
            for (var token = 1; token < logits.Length; token++)
                if (logits[token] > logits[top]) top = token;
            var total = 0.0;
            foreach (var logit in logits) total += Math.Exp(logit - logits[top]);
            foreach (var prompt in promptsOf[rows.Ends.Ids[i]])
            {
                double Probability(int token) => Math.Exp(logits[token] - logits[top]) / total;
                odds[prompt] = new AnswerOdds(top, Probability(top), Probability(prompts.Correct[prompt]), Probability(prompts.Incorrect[prompt]));
            }
        });
        return odds;
    }
}
