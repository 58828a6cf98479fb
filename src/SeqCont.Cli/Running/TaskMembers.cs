using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Model;

namespace SeqCont.Cli.Running;

/// <summary>What a run's task says of its sequence: its members, and sentences to show them in.</summary>
internal sealed record TaskMembers(string Task, IReadOnlyList<string> Members, IReadOnlyList<SentencePattern> Patterns, MemberOrder Order)
{
    /// <summary>The run's task; null, with a notice, where it is not known which tokens are members.</summary>
    public static TaskMembers? Of(PromptChoice choice, Experiment experiment, ConsoleOutput console)
    {
        if (experiment.Source.TokenText is not { } tokenText || choice.Task is not { } typed)
        {
            var missing = experiment.Source.Tokenizer is null ? "the model has no tokenizer" : "give --task to name the sequence";
            console.Notice($"no count of steps and no sequence lengths: {missing}");
            return null;
        }

        var task = TaskSource.Open(typed);
        var why = WhyNoLengths(task, experiment.Source.Tokenizer!);
        if (why is not null) console.Notice($"no sequence lengths: {why}");
        var patterns = why is null
            ? task.Templates.Select(template => new SentencePattern(template.Value.Text, task.Words[template.Value.Words])) : [];
        return new TaskMembers(task.Name, task.Members, [.. patterns], new MemberOrder(task.Members, tokenText));
    }

    /// <summary>Prompts that show a number of members; null when they cannot be made, or are longer than the model's context.</summary>
    public PromptSet? Prompts(int shown, int perPattern, long seed, Experiment experiment)
    {
        var (tokenizer, config) = (experiment.Source.Tokenizer!, experiment.Config);
        if (Patterns.Count == 0 || Patterns.Any(pattern => Usable(pattern.Words, tokenizer) <= shown)) return null;
        var rows = LengthPrompts.Create(Members, Patterns, tokenizer, shown, perPattern, seed);
        var bos = experiment.Prompts.Bos is null ? 0 : 1;
        if (rows.Any(row => tokenizer.Encode(row.Text!).Length + bos > config.NCtx)) return null;
        return experiment.Source.Set(rows, $"{Task}, {shown} members", experiment.Prompts.Bos);
    }

    /// <summary>Why no prompts of other lengths can be made; null where they can.</summary>
    private static string? WhyNoLengths(TaskDefinition task, Gpt2Tokenizer tokenizer)
    {
        if (task.Others is not null) return $"{task.Name} shows a second sequence beside the first";
        if (task.Templates.FirstOrDefault(
            template => !template.Value.Text.Contains("{word}", StringComparison.Ordinal)) is { Key: { } bare })
            return $"the template {bare} of {task.Name} has no place for a word";
        if (task.Members.FirstOrDefault(member => tokenizer.TrySingleToken(" " + member) is null) is { } member)
            return $"\"{member}\" is not one token of the model";
        var least = task.Templates.MinBy(template => Usable(task.Words[template.Value.Words], tokenizer));
        return Usable(task.Words[least.Value.Words], tokenizer) > LengthProbabilities.Shortest
            ? null : $"the template {least.Key} of {task.Name} has too few words that are one token of the model";
    }

    private static int Usable(IReadOnlyList<string> words, Gpt2Tokenizer tokenizer) =>
        words.Distinct(StringComparer.Ordinal)
            .Count(word => tokenizer.TrySingleToken(word) is not null && tokenizer.TrySingleToken(" " + word) is not null);
}
