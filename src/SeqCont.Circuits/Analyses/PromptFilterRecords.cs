namespace SeqCont.Circuits;

/// <summary>Why a model's answer to a prompt does not do.</summary>
public enum Rejection
{
    /// <summary>Its top prediction is not the correct answer.</summary>
    OtherTop,

    /// <summary>The correct answer is not more than twice as probable as the incorrect one.</summary>
    TooClose,
}

/// <summary>A prompt that was not kept.</summary>
/// <param name="Task">The task whose form of the prompt failed: the one asked for, or a companion.</param>
/// <param name="Template">The template.</param>
/// <param name="Row">The prompt in that task's form.</param>
/// <param name="Why">What it failed.</param>
/// <param name="Odds">What the model predicts.</param>
public sealed record RejectedPrompt(string Task, string Template, PromptRow Row, Rejection Why, AnswerOdds Odds)
{
    /// <summary>The prompt and why it was rejected, in a line.</summary>
    /// <param name="tokenText">A token's text.</param>
    public string Explain(Func<int, string> tokenText)
    {
        var correct = Invariant($"{Row.Corr} ({100 * Odds.Correct:0.0} %)");
        var why = Why == Rejection.OtherTop
            ? Invariant($"top prediction \"{tokenText(Odds.Top)}\" ({100 * Odds.TopProbability:0.0} %), not {correct}")
            : Invariant(
                $"{correct} is not more than twice as probable as {Row.Incorr} ({100 * Odds.Incorrect:0.0} %)");
        return $"\"{Row.Text}\": {why}";
    }
}

/// <summary>How one template's candidates fared.</summary>
/// <param name="Template">The template.</param>
/// <param name="Kept">Prompts kept.</param>
/// <param name="Tested">Candidates that the model was asked about.</param>
/// <param name="Accepted">Of them, answered as they should be, in the task's form and in every companion's.</param>
/// <param name="OtherTop">Rejected since some form's top prediction was not the answer.</param>
/// <param name="TooClose">Rejected since some form's answer was not more than twice as probable as the incorrect one.</param>
public sealed record TemplateTally(string Template, int Kept, int Tested, int Accepted, int OtherTop, int TooClose);

/// <summary>What to make.</summary>
public sealed record PromptFilterConfig
{
    /// <summary>The task.</summary>
    public required TaskDefinition Task { get; init; }

    /// <summary>Tasks that must be answered with the same words too; of the same templates and number of members.</summary>
    public IReadOnlyList<TaskDefinition> Companions { get; init; } = [];

    /// <summary>Prompts to keep per template; start members take turns.</summary>
    public required int Count { get; init; }

    /// <summary>Chooses words and corrupted members.</summary>
    public long Seed { get; init; }

    /// <summary>The token to put before every prompt; null for none.</summary>
    public int? Bos { get; init; }

    /// <summary>Bytes that the run may take; null: what the backend has. Changes no result.</summary>
    public long? Memory { get; init; }
}

/// <summary>Prompts that a model answers, and what it was asked to find them.</summary>
/// <param name="Prompts">The prompts and their corrupted partners, template by template.</param>
/// <param name="Tallies">How each template's candidates fared, in order.</param>
/// <param name="Examples">The first few rejected prompts.</param>
public sealed record PromptFilterResult(TaskPrompts Prompts, IReadOnlyList<TemplateTally> Tallies, IReadOnlyList<RejectedPrompt> Examples);

/// <summary>Sent after each batch that the model was asked about.</summary>
/// <param name="Template">The template.</param>
/// <param name="Kept">Prompts kept of it.</param>
/// <param name="Tested">Candidates tested of it.</param>
/// <param name="Missing">Prompts still to find of it.</param>
public readonly record struct PromptFilterProgress(string Template, int Kept, int Tested, int Missing);
