using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The study's way to prompts (arXiv 2311.04131): candidates from the generator are kept when the model's top
/// prediction is the answer and the answer is more than twice as probable as the last member shown, in every form
/// asked for. The generator's order decides: of each start member the first that pass, so that the n-th prompts of
/// all start members are a complete group, and neither batches nor threads change what is kept.
/// </summary>
public static class PromptFilter
{
    /// <summary>The correct answer must be more than this many times as probable as the incorrect one.</summary>
    public const double LeastRatio = 2;

    /// <summary>Finds prompts.</summary>
    /// <param name="model">Weights.</param>
    /// <param name="generator">Makes candidates, from words that are single tokens.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="config">What to make.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Ends the search between batches.</param>
    /// <exception cref="InvalidDataException">
    /// Too few candidates pass (the search ends within a number of candidates in proportion to the prompts wanted; the
    /// message says how many passed and shows one that did not), or there are too few.
    /// </exception>
    public static PromptFilterResult Run(
        Gpt2Model model, TaskGenerator generator, Gpt2Tokenizer tokenizer, PromptFilterConfig config,
        IProgress<PromptFilterProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(config.Count);
        foreach (var companion in config.Companions)
            if (companion.Starts != config.Task.Starts || !companion.TemplateNames.SequenceEqual(config.Task.TemplateNames))
                throw new ArgumentException(
                    $"companions: expected the templates and the number of members of {config.Task.Name}, got {companion.Name}'s.");
        var (kept, tallies, examples) = (new List<TaskCandidate>(), new List<TemplateTally>(), new List<RejectedPrompt>());
        foreach (var template in config.Task.TemplateNames)
        {
            var search = new TemplateSearch(model, generator, tokenizer, config, template, examples);
            while (search.Missing > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                search.Step();
                progress?.Report(new PromptFilterProgress(template, config.Count - search.Missing, search.Tally.Tested, search.Missing));
            }

            kept.AddRange(search.InTurn());
            tallies.Add(search.Tally);
        }

        return new PromptFilterResult(TaskGenerator.Prompts(config.Task, config.Seed, kept), tallies, examples);
    }

    /// <summary>Why an answer does not do; null when it does.</summary>
    /// <param name="odds">What the model predicts.</param>
    /// <param name="correct">The correct answer's token.</param>
    public static Rejection? Judge(AnswerOdds odds, int correct) =>
        odds.Top != correct ? Rejection.OtherTop : odds.Correct > LeastRatio * odds.Incorrect ? null : Rejection.TooClose;
}
