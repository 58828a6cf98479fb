using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>A prompt that the generator made, and its corrupted partner.</summary>
/// <param name="Start">Number of the member that it begins with.</param>
/// <param name="Clean">The prompt.</param>
/// <param name="Corrupt">The same words, other members.</param>
internal sealed record TaskCandidate(int Start, PromptRow Clean, PromptRow Corrupt);

/// <summary>
/// Makes prompts of the study's shape, "X done in 1. Y done in 2. Z done in 3. W done in 4. V done in", and
/// corrupted partners with the same words and random members. A seed gives the same prompts on every machine;
/// fewer samples are the first of more; all tasks draw the same words and members by number.
/// </summary>
public sealed class TaskGenerator
{
    private const int Shown = TaskDefinition.Shown;
    private const int MaxAttempts = 1000;

    private readonly TaskWords _words;
    private readonly Gpt2Tokenizer _tokenizer;

    /// <summary>Creates a generator.</summary>
    /// <param name="words">Word lists, templates and members.</param>
    /// <param name="tokenizer">
    /// The model's: only words that are one token both at the start of a prompt and after a space are used.
    /// </param>
    public TaskGenerator(TaskWords words, Gpt2Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(tokenizer);
        _words = words;
        _tokenizer = tokenizer;
    }

    /// <summary>Makes one of the study's tasks' prompts and their corrupted partners, templates in the study's order.</summary>
    /// <param name="task">numerals, numwords or months.</param>
    /// <param name="numSamps">Clean prompts per template; start members take turns.</param>
    /// <param name="seed">Chooses words and corrupted members.</param>
    /// <exception cref="ArgumentException">There is no such task.</exception>
    /// <exception cref="InvalidDataException">The word lists and the tokenizer do not allow that many prompts.</exception>
    public TaskPrompts Generate(string task, int numSamps, long seed) => Generate(_words.Task(task), numSamps, seed);

    /// <summary>Makes a task's prompts and their corrupted partners, templates in the task's order.</summary>
    /// <param name="task">The task.</param>
    /// <param name="numSamps">Clean prompts per template; start members take turns.</param>
    /// <param name="seed">Chooses words and corrupted members.</param>
    /// <exception cref="InvalidDataException">The word lists and the tokenizer do not allow that many prompts.</exception>
    public TaskPrompts Generate(TaskDefinition task, int numSamps, long seed)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numSamps);
        var candidates = task.TemplateNames.SelectMany(template => Required(task, template, numSamps, seed)).ToList();
        return Prompts(task, seed, candidates);
    }

    /// <summary>A task's candidates as prompts of a source that names the seed.</summary>
    internal static TaskPrompts Prompts(TaskDefinition task, long seed, IReadOnlyList<TaskCandidate> candidates)
    {
        var source = Invariant($"{(task.File is { } file ? $"{file}, " : "")}generator seed {seed}");
        return new TaskPrompts([.. candidates.Select(candidate => candidate.Clean)], [.. candidates.Select(candidate => candidate.Corrupt)],
            source, source);
    }

    /// <summary>One template's prompts, made as they are asked for; start members take turns.</summary>
    /// <param name="task">The task.</param>
    /// <param name="template">One of its templates.</param>
    /// <param name="count">How many at most; fewer where no other prompt turns up.</param>
    /// <param name="seed">Chooses words and corrupted members.</param>
    /// <exception cref="InvalidDataException">A member or too many words are not single tokens.</exception>
    internal IEnumerable<TaskCandidate> Candidates(TaskDefinition task, string template, int count, long seed)
    {
        if (task.Starts < 1) throw new InvalidDataException($"{task.Name}: expected more than {Shown} members, got {task.Members.Count}.");
        foreach (var member in task.Members) _tokenizer.SingleToken(" " + member);
        var number = task.TemplateNames.ToList().IndexOf(template);
        if (number < 0) throw new ArgumentException($"template: {task.Name} has no template \"{template}\".", nameof(template));
        var found = task.Templates[number].Value;
        if (!found.Text.Contains(TaskTemplate.MemberPlace))
            throw new InvalidDataException($"template {template}: expected a text with \"{TaskTemplate.MemberPlace}\".");
        if (task.Others?.FirstOrDefault(other => !TaskTemplate.IsUsable(other, _tokenizer)) is { } unusable)
            throw new InvalidDataException(
                $"{task.Name}: others: expected words that are one token of {_tokenizer.Name} with and without a space before, got "
                    + $"{BadFile.Quote(unusable)}.");
        return Make(task, template, found.Text, UsableWords(task, template, found), count, new SplitMix64(seed, 2 * number),
            new SplitMix64(seed, 2 * number + 1));
    }

    private List<TaskCandidate> Required(TaskDefinition task, string template, int count, long seed)
    {
        var candidates = Candidates(task, template, count, seed).ToList();
        if (candidates.Count == count) return candidates;
        var words = UsableWords(task, template, task.Templates.First(entry => entry.Key == template).Value);
        throw new InvalidDataException(words.Length > 0
            ? $"template {template}: expected words for {count} different prompts, got {words.Length} words."
            : $"template {template}: expected {count} different prompts, but {task.Name} has no more than {candidates.Count}.");
    }

    private static IEnumerable<TaskCandidate> Make(
        TaskDefinition task, string template, string text, string[] words, int count, SplitMix64 wordDraws, SplitMix64 memberDraws)
    {
        var (seen, members) = (new HashSet<string>(), task.Members);
        for (var i = 0; i < count; i++)
        {
            var start = i % task.Starts;
            if (DrawNew(task, words, start, wordDraws, seen) is not { } filling) yield break;
            PromptRow Row(IEnumerable<int> order)
            {
                string[] shown = [.. order.Select(member => members[member])];
                return new PromptRow
                {
                    Text = TaskTemplate.Fill(text, shown, filling.Words, filling.Others),
                    Corr = new PromptAnswer(" " + members[start + Shown]),
                    Incorr = new PromptAnswer(" " + members[start + Shown - 1]),
                    Other = [Field("template", template), .. shown.Select((member, j) => Field($"S{j + 1}", member))],
                };
            }

            yield return new TaskCandidate(
                start, Row(Enumerable.Range(start, Shown)), Row(DrawMembers(members.Count, Shown, memberDraws)));
        }
    }

    private string[] UsableWords(TaskDefinition task, string name, TaskTemplate template)
    {
        if (!template.HasWord) return [];
        return task.Words.TryGetValue(template.Words, out var words)
            ? TaskTemplate.UsableWords(words, _tokenizer, Shown, $"template {name}")
            : throw new InvalidDataException(
                $"template {name}: expected words {string.Join(" or ", task.Words.Keys)}, got \"{template.Words}\".");
    }

    /// <summary>Words, and members of the second sequence, that no prompt before with the same start has; null when none turn up.</summary>
    private static (string[] Words, string[] Others)? DrawNew(
        TaskDefinition task, string[] words, int start, SplitMix64 draws, HashSet<string> seen)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            string[] drawn = words.Length == 0 ? [] : draws.Choose(words, Shown + 1);
            string[] others = task.Others is null ? [] : DrawOthers(task.Others, task.OthersInOrder, draws);
            if (seen.Add($"{start} {string.Join(' ', drawn)} {string.Join(' ', others)}")) return (drawn, others);
        }
        return null;
    }

    private static string[] DrawOthers(IReadOnlyList<string> others, bool inOrder, SplitMix64 draws) =>
        inOrder
            ? [.. others.Skip(draws.Next(others.Count - Shown)).Take(Shown + 1)]
            : [.. DrawMembers(others.Count, Shown + 1, draws).Select(i => others[i])];

    /// <summary>Members drawn independently, but never the last two in sequence.</summary>
    private static int[] DrawMembers(int count, int shown, SplitMix64 draws)
    {
        var members = new int[shown];
        do
        {
            for (var i = 0; i < shown; i++) members[i] = draws.Next(count);
        }
        while (members[^1] == members[^2] + 1);
        return members;
    }

    private static KeyValuePair<string, JsonField> Field(string name, string text) => new(name, JsonField.Of(text));
}
