using SeqCont.Circuits;
using SeqCont.Cli.Rendering;

namespace SeqCont.Cli.Running;

/// <summary>What the word lists say of a run's task: its members, and sentences to show them in.</summary>
internal sealed record TaskMembers(string Task, IReadOnlyList<string> Members, IReadOnlyList<SentencePattern> Patterns, MemberOrder Order)
{
    /// <summary>The run's task; null, with a notice, where it is not known which tokens are members.</summary>
    public static TaskMembers? Of(Experiment experiment, People people)
    {
        if (experiment.TokenText is not { } tokenText || experiment.Prompts.Task is not { } task)
        {
            var missing = experiment.Tokenizer is null ? "the model has no tokenizer" : "give --task to name the sequence";
            people.Notice($"no count of steps and no sequence lengths: {missing}");
            return null;
        }

        var words = ModelSource.ReadWords();
        if (!words.Members.TryGetValue(task, out var members)) return null;
        SentencePattern[] patterns = [.. StudyData.Templates.Select(name => words.Templates[name]).Select(template =>
            new SentencePattern(template.Text, template.Words == "names" ? words.Names : words.Objects))];
        return new TaskMembers(task, members, patterns, new MemberOrder(members, tokenText));
    }

    /// <summary>Prompts that show a number of members; null when they are longer than the model's context.</summary>
    public PromptSet? Prompts(int shown, int perPattern, long seed, Experiment experiment)
    {
        var (tokenizer, config) = (experiment.Tokenizer!, experiment.Config);
        var rows = LengthPrompts.Create(Members, Patterns, tokenizer, shown, perPattern, seed);
        var bos = experiment.Prompts.Bos is null ? 0 : 1;
        if (rows.Any(row => tokenizer.Encode(row.Text!).Length + bos > config.NCtx)) return null;
        return PromptSet.Create(rows, tokenizer, config.NCtx, config.DVocab, experiment.Prompts.Bos, FormattableString.Invariant($"{Task}, {shown} members"));
    }
}
