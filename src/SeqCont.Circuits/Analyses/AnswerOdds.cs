using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What a model predicts after a prompt.</summary>
/// <param name="Top">The token with the largest logit.</param>
/// <param name="TopProbability">Its probability.</param>
/// <param name="Correct">Probability of the correct answer.</param>
/// <param name="Incorrect">Probability of the incorrect answer.</param>
public readonly record struct AnswerOdds(int Top, double TopProbability, double Correct, double Incorrect)
{
    /// <summary>The odds of every prompt, in order: logits of end rows only, a few rows at a time.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="budget">
    /// Bytes that the run may take, null: what the backend has; less memory means smaller batches, never other results.
    /// </param>
    /// <exception cref="ArgumentException">The budget is below what one prompt needs.</exception>
    public static AnswerOdds[] Measure(Gpt2Model model, PromptSet prompts, long? budget = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        var available = budget ?? model.Ops.MemoryBytes;
        long longest = prompts.Tokens.Max(tokens => tokens.Length);
        var atOnce = prompts.Count;
        while (atOnce > 1 && PredictBytes(model, atOnce * longest) > available) atOnce = (atOnce + 1) / 2;
        var needed = PredictBytes(model, atOnce * longest);
        if (needed > available)
            throw RunMemory.TooSmall(needed, available);
        return [.. Enumerable.Range(0, prompts.Count)
            .Chunk(atOnce).SelectMany(part => MeasureBatch(model, part.Length == prompts.Count ? prompts : prompts.Select(part)))];
    }

    private static long PredictBytes(Gpt2Model model, long rows)
    {
        var config = model.Config;
        return RunMemory.Bytes(
            config, model.Ops, rows, model.Ops.BlockRows, ForwardPass.LogitElements(config, rows) + rows * config.DModel);
    }

    private static AnswerOdds[] MeasureBatch(Gpt2Model model, PromptSet prompts)
    {
        using var run = new UnablatedRun(model, RowForest.Build(prompts.Tokens));
        run.Finish();
        var odds = new AnswerOdds[prompts.Count];
        // Prompts with the same tokens share an end row, but not always an answer.
        var promptsOf = Enumerable.Range(0, prompts.Count).ToLookup(i => run.Rows.Forest.Ends[i]);
        run.Pass.Logits(run.Resid, run.Read, (i, logits) =>
        {
            var top = 0;
            for (var token = 1; token < logits.Length; token++)
                if (logits[token] > logits[top]) top = token;
            var total = 0.0;
            foreach (var logit in logits) total += Math.Exp(logit - logits[top]);
            foreach (var prompt in promptsOf[run.Read.Ids[i]])
            {
                double Probability(int token) => Math.Exp(logits[token] - logits[top]) / total;
                odds[prompt] = new AnswerOdds(top, Probability(top), Probability(prompts.Correct[prompt]),
                    Probability(prompts.Incorrect[prompt]));
            }
        });
        return odds;
    }
}
