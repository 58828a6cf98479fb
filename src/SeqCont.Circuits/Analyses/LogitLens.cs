using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The logit lens: the residual stream at the last position read as logits after every block. Row 0 is the
/// embeddings, row i the residual after block i - 1, the last row the model's own prediction. By default every row
/// is read through the final LayerNorm, as the last one is.
/// </summary>
public static class LogitLens
{
    /// <summary>Rows of a model's lens.</summary>
    public static int RowsOf(ModelConfig config) => config.NLayers + 1;

    /// <summary>The earlier row of the study's pair, 9 of 12 layers, at the same share of the depth in other models.</summary>
    public static int StudyRow(ModelConfig config) => Math.Min(config.NLayers * 3 / 4, config.NLayers - 1);

    /// <summary>What a run will hold in memory.</summary>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public static AnalysisPlan Plan(Gpt2Model model, PromptSet prompts, LogitLensConfig config) =>
        AnalysisPlan.For(model.Config, model.Ops, RowForest.Build(prompts.Tokens).Count, budget: config.Memory);

    /// <summary>Reads every row of every prompt: one pass, and one product over the vocabulary a row.</summary>
    /// <param name="model">Weights; borrowed.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="config">What is asked.</param>
    /// <param name="progress">Told of every row that is done.</param>
    /// <param name="cancellationToken">Checked between layers.</param>
    /// <exception cref="ArgumentException">The config does not fit the model, or the run does not fit into memory.</exception>
    public static LogitLensResult Run(
        Gpt2Model model, PromptSet prompts, LogitLensConfig config, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var memory = Plan(model, prompts, config);
        var sizes = model.Config;
        TokenRanks.RequireCount("TopK", config.TopK, sizes.DVocab);
        if (config.FirstRow < 0 || config.FirstRow > sizes.NLayers)
            throw new ArgumentException($"FirstRow: expected 0 to {sizes.NLayers}, got {config.FirstRow}.");
        using var run = new UnablatedRun(model, RowForest.Build(prompts.Tokens), memory.BlockRows);
        using var readout = new VocabularyReadout(model, Math.Min(memory.ReadoutRows, run.Read.Count));
        var readings = new List<LensReading[]>();
        foreach (var row in run.Residuals(cancellationToken: cancellationToken))
        {
            if (row < config.FirstRow) continue;
            readout.Subject = $"row {row} of the lens";
            readings.Add(Read(readout, run, prompts, config.TopK, Norm(config, row == sizes.NLayers)));
            progress?.Report(row);
        }

        return new LogitLensResult(config, readings, memory);
    }

    /// <summary>
    /// For every pair of consecutive rows: prompts where the top token of the earlier row is a member that comes
    /// before the later row's, and the later row's is the correct one (texts compared with spaces stripped).
    /// </summary>
    /// <param name="result">A lens that was read from row 0 on.</param>
    /// <param name="prompts">Its prompts.</param>
    /// <param name="order">The task's members.</param>
    public static IReadOnlyList<StepCount> CountSteps(LogitLensResult result, PromptSet prompts, MemberOrder order)
    {
        bool IsStep(LensReading earlier, LensReading later, int correct)
        {
            var (before, top) = (earlier.Top[0].Token, later.Top[0].Token);
            return order.Stripped(top) == order.Stripped(correct) && order.Of(before) is { } first && order.Of(top) is { } second
                && first < second;
        }

        return [.. Enumerable.Range(0, result.Rows.Count - 1).Select(i => new StepCount(
            result.Config.FirstRow + i,
            Enumerable.Range(0, prompts.Count)
                .Count(prompt => IsStep(result.Rows[i][prompt], result.Rows[i + 1][prompt], prompts.Correct[prompt]))))];
    }

    private static FinalNormUse Norm(LogitLensConfig config, bool isLast) =>
        !config.AsPublished ? FinalNormUse.Once : isLast ? FinalNormUse.Twice : FinalNormUse.None;

    private static LensReading[] Read(
        VocabularyReadout readout, UnablatedRun run, PromptSet prompts, int topK, FinalNormUse norm)
    {
        var readings = new LensReading[prompts.Count];
        readout.Read(run.Resid, run.Read, norm, (i, logits) =>
        {
            var top = TokenRanks.Largest(logits, topK);
            var total = TokenRanks.LogSumExp(logits, logits[top[0]]);
            double Probability(int token) => Math.Exp(logits[token] - total);
            LensToken[] tokens = [.. top.Select(token => new LensToken(token, logits[token], Probability(token)))];
            LensAnswer Answer(int token) => new(TokenRanks.Rank(logits, token), Probability(token));
            foreach (var prompt in run.PromptsAt(i))
                readings[prompt] = new LensReading(tokens, Answer(prompts.Correct[prompt]), Answer(prompts.Incorrect[prompt]));
        });
        return readings;
    }
}
