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
    internal static AnswerOdds[] Measure(Gpt2Model model, PromptSet prompts, long? budget = null)
    {
        var (available, atOnce) = (budget ?? model.Ops.MemoryBytes, prompts.Count);
        long longest = prompts.Tokens.Max(tokens => tokens.Length);
        while (atOnce > 1 && PredictBytes(model, atOnce * longest) > available) atOnce = (atOnce + 1) / 2;
        RunMemory.Require(PredictBytes(model, atOnce * longest), available);
        return [.. Enumerable.Range(0, prompts.Count)
            .Chunk(atOnce).SelectMany(part => MeasureBatch(model, part.Length == prompts.Count ? prompts : prompts.Select(part)))];
    }

    private static long PredictBytes(Gpt2Model model, long rows) => RunMemory.Bytes(
        model.Config, model.Ops, rows, model.Ops.BlockRows,
        ForwardPass.LogitElements(model.Config, rows) + rows * model.Config.DModel);

    private static AnswerOdds[] MeasureBatch(Gpt2Model model, PromptSet prompts)
    {
        using var run = new UnablatedRun(model, RowForest.Build(prompts.Tokens));
        run.Finish();
        var odds = new AnswerOdds[prompts.Count];
        run.Pass.Logits(run.Resid, run.Read, (i, logits) =>
        {
            var top = TokenRanks.Largest(logits, 1)[0];
            var total = 0.0;
            foreach (var logit in logits) total += Math.Exp(logit - logits[top]);
            double Probability(int token) => Math.Exp(logits[token] - logits[top]) / total;
            foreach (var prompt in run.PromptsAt(i))
                odds[prompt] = new AnswerOdds(top, Probability(top), Probability(prompts.Correct[prompt]),
                    Probability(prompts.Incorrect[prompt]));
        });
        return odds;
    }
}
