using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>The prompts of an analysis that reads no corrupted ones, ready for its model.</summary>
internal sealed record CleanPrompts(PromptSet Set, IReadOnlyList<PromptRow> Rows, PromptFacts Facts, string? Task, int? Bos)
{
    /// <summary>For people: where the prompts came from.</summary>
    public string Description =>
        $"{Set.Count} {Task ?? ""} prompts from {(Facts.Files.Count == 0 ? $"the built-in generator ({Set.Source})" : Set.Source)}".Replace(
            "  ", " ", StringComparison.Ordinal);

    /// <summary>Opens them.</summary>
    /// <param name="choice">What was asked for.</param>
    /// <param name="bos">Whether prompts begin with BOS; null: the model's default.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer; null when it has none.</param>
    public static CleanPrompts Open(PromptChoice choice, bool? bos, ModelSource model, Gpt2Tokenizer? tokenizer)
    {
        var prompts = PromptSource.Rows(choice, model, tokenizer);
        var token = BosOptions.TokenOf(bos, model, tokenizer);
        var config = model.Weights.Config;
        var set = PromptSet.Create(prompts.Clean, tokenizer, config, token, prompts.CleanSource);
        return new CleanPrompts(set, prompts.Clean, PromptSource.Facts(set, prompts.Clean, prompts.CleanFiles),
            TaskSource.NameOf(choice.Task), token);
    }
}
