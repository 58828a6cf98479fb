using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>A prompt that the generator made, and its corrupted partner.</summary>
/// <param name="Start">Number of the member that it begins with.</param>
/// <param name="Clean">The prompt.</param>
/// <param name="Corrupt">The same words, other members.</param>
public sealed record TaskCandidate(int Start, PromptRow Clean, PromptRow Corrupt);

/// <summary>
/// Makes prompts of the study's shape, "X done in 1. Y done in 2. Z done in 3. W done in 4. V done in", and
/// corrupted partners with the same words and random members. A seed gives the same prompts on every machine;
/// fewer samples are the first of more; all tasks draw the same words and members by number.
/// </summary>
public sealed class TaskGenerator
{
    private const int Shown = TaskDefinition.Shown;
    private const int MaxAttempts = 1000;
    private const string MemberPlace = " {member}";
    private const string WordPlace = "{word}";
    private const string OtherPlace = "{other}";

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

    /// <summary>The study's tasks.</summary>
    public IEnumerable<string> Tasks => _words.Members.Keys.Order(StringComparer.Ordinal);

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
        var source = Source(task, seed);
        return new TaskPrompts([.. candidates.Select(candidate => candidate.Clean)], [.. candidates.Select(candidate => candidate.Corrupt)],
            source, source);
    }

    /// <summary>What a generated set's source is called.</summary>
    public static string Source(TaskDefinition task, long seed)
    {
        ArgumentNullException.ThrowIfNull(task);
        return FormattableString.Invariant($"{(task.File is { } file ? $"{file}, " : "")}generator seed {seed}");
    }

    /// <summary>One template's prompts, made as they are asked for; start members take turns.</summary>
    /// <param name="task">The task.</param>
    /// <param name="template">One of its templates.</param>
    /// <param name="count">How many at most; fewer where no other prompt turns up.</param>
    /// <param name="seed">Chooses words and corrupted members.</param>
    /// <exception cref="InvalidDataException">A member or too many words are not single tokens.</exception>
    public IEnumerable<TaskCandidate> Candidates(TaskDefinition task, string template, int count, long seed)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Starts < 1) throw new InvalidDataException($"{task.Name}: expected more than {Shown} members, got {task.Members.Count}.");
        foreach (var member in task.Members) _tokenizer.SingleToken(" " + member);
        var number = task.TemplateNames.ToList().IndexOf(template);
        var text = number < 0 ? throw new ArgumentException($"template: {task.Name} has no template \"{template}\".",
            nameof(template)) : task.Templates[number].Value;
        if (!text.Text.Contains(MemberPlace, StringComparison.Ordinal))
            throw new InvalidDataException($"template {template}: expected a text with \"{MemberPlace}\".");
        var words = text.Text.Contains(WordPlace, StringComparison.Ordinal) ? UsableWords(task, template, text) : [];
        if (task.Others is { } others) RequireOthers(task, others);
        return Make(task, template, text.Text, words, count, new SplitMix64(seed, 2 * number), new SplitMix64(seed, 2 * number + 1));
    }

    private List<TaskCandidate> Required(TaskDefinition task, string template, int count, long seed)
    {
        var candidates = Candidates(task, template, count, seed).ToList();
        if (candidates.Count == count) return candidates;
        var text = task.Templates.First(entry => entry.Key == template).Value;
        throw new InvalidDataException(text.Text.Contains(WordPlace, StringComparison.Ordinal)
            ? $"template {template}: expected words for {count} different prompts, got {UsableWords(task, template, text).Count} words."
            : $"template {template}: expected {count} different prompts, but {task.Name} has no more than {candidates.Count}.");
    }

    private static IEnumerable<TaskCandidate> Make(
        TaskDefinition task, string template, string text, List<string> words, int count, SplitMix64 wordDraws, SplitMix64 memberDraws)
    {
        var (seen, members) = (new HashSet<string>(StringComparer.Ordinal), task.Members);
        for (var i = 0; i < count; i++)
        {
            var start = i % task.Starts;
            int[] inOrder = [.. Enumerable.Range(start, Shown)];
            if (DrawNew(task, words, start, wordDraws, seen) is not { } filling) yield break;
            var (corr, incorr) = (" " + members[start + Shown], " " + members[start + Shown - 1]);
            yield return new TaskCandidate(
                start, MakeRow(template, text, filling, inOrder, members, corr, incorr),
                MakeRow(template, text, filling, DrawMembers(members.Count, Shown, memberDraws), members, corr, incorr));
        }
    }

    private void RequireOthers(TaskDefinition task, IReadOnlyList<string> others)
    {
        foreach (var other in others)
            if (_tokenizer.TrySingleToken(other) is null || _tokenizer.TrySingleToken(" " + other) is null)
                throw new InvalidDataException(
                    $"{task.Name}: others: expected words that are one token of {_tokenizer.Name} with and without a space before, got \""
                        + $"{other}\".");
    }

    private List<string> UsableWords(TaskDefinition task, string name, TaskTemplate template)
    {
        if (!task.Words.TryGetValue(template.Words, out var words))
            throw new InvalidDataException(
                $"template {name}: expected words {string.Join(" or ", task.Words.Keys)}, got \"{template.Words}\".");
        var usable = words.Distinct(StringComparer.Ordinal)
            .Where(word => _tokenizer.TrySingleToken(word) is not null && _tokenizer.TrySingleToken(" " + word) is not null).ToList();
        if (usable.Count <= Shown)
            throw new InvalidDataException(
                $"template {name}: expected more than {Shown} words that are one token of {_tokenizer.Name}, got {usable.Count}.");
        return usable;
    }

    /// <summary>Words and others for one prompt's sentences, not used with this start before; null when none turn up.</summary>
    private static Filling? DrawNew(TaskDefinition task, List<string> words, int start, SplitMix64 draws, HashSet<string> seen)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var filling = new Filling(words.Count == 0
                ? [] : DrawWords(words, draws), task.Others is { } others ? DrawOthers(others, task.OthersInOrder, draws) : []);
            if (seen.Add($"{start} {string.Join(' ', filling.Words)} {string.Join(' ', filling.Others)}")) return filling;
        }
        return null;
    }

    private static string[] DrawWords(List<string> words, SplitMix64 draws)
    {
        string[] pool = [.. words];
        for (var i = 0; i <= Shown; i++)
        {
            var other = i + draws.Next(pool.Length - i);
            (pool[i], pool[other]) = (pool[other], pool[i]);
        }
        return pool[..(Shown + 1)];
    }

    private static string[] DrawOthers(IReadOnlyList<string> others, bool inOrder, SplitMix64 draws)
    {
        if (!inOrder) return [.. DrawMembers(others.Count, Shown + 1, draws).Select(i => others[i])];
        var first = draws.Next(others.Count - Shown);
        return [.. others.Skip(first).Take(Shown + 1)];
    }

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

    private static PromptRow MakeRow(
        string name, string text, Filling filling, int[] order, IReadOnlyList<string> members, string corr, string incorr)
    {
        var sentences = Enumerable.Range(0, Shown)
            .Select(i => filling.Fill(text, i).Replace(MemberPlace, " " + members[order[i]], StringComparison.Ordinal));
        var open = text[..text.IndexOf(MemberPlace, StringComparison.Ordinal)];
        var other = new List<KeyValuePair<string, JsonElement>> { new("template", JsonText(name)) };
        for (var i = 0; i < Shown; i++) other.Add(new($"S{i + 1}", JsonText(members[order[i]])));
        return new PromptRow
        {
            Text = string.Join(' ', sentences.Append(filling.Fill(open, Shown))),
            Corr = new PromptAnswer(corr),
            Incorr = new PromptAnswer(incorr),
            Other = other,
        };
    }

    private static JsonElement JsonText(string text) => JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");

    /// <summary>What stands in a prompt's places beside members, [sentence]; empty where a template has no such place.</summary>
    private sealed record Filling(string[] Words, string[] Others)
    {
        public string Fill(string text, int sentence)
        {
            if (Words.Length > 0) text = text.Replace(WordPlace, Words[sentence], StringComparison.Ordinal);
            return Others.Length > 0 ? text.Replace(OtherPlace, Others[sentence], StringComparison.Ordinal) : text;
        }
    }
}
