using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Makes prompts of the study's shape, "X done in 1. Y done in 2. Z done in 3. W done in 4. V done in", and
/// corrupted partners with the same words and random members. A seed gives the same prompts on every machine;
/// fewer samples are the first of more; all tasks draw the same words and members by number.
/// </summary>
public sealed class TaskGenerator
{
    private const int Shown = 4;
    private const int MaxAttempts = 1000;
    private const string MemberPlace = " {member}";
    private const string WordPlace = "{word}";

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

    /// <summary>The tasks that can be generated.</summary>
    public IEnumerable<string> Tasks => _words.Members.Keys.Order(StringComparer.Ordinal);

    /// <summary>Makes clean prompts and their corrupted partners, templates in the study's order.</summary>
    /// <param name="task">numerals, numwords or months.</param>
    /// <param name="numSamps">Clean prompts per template; start members take turns.</param>
    /// <param name="seed">Chooses words and corrupted members.</param>
    /// <exception cref="ArgumentException">There is no such task.</exception>
    /// <exception cref="InvalidDataException">The word lists and the tokenizer do not allow that many prompts.</exception>
    public TaskPrompts Generate(string task, int numSamps, long seed)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numSamps);
        if (!_words.Members.TryGetValue(task, out var members))
            throw new ArgumentException($"task: expected one of {string.Join(", ", Tasks)}, got \"{task}\".", nameof(task));
        if (members.Count <= Shown)
            throw new InvalidDataException($"{task}: expected more than {Shown} members, got {members.Count}.");
        foreach (var member in members) _tokenizer.SingleToken(" " + member);

        var (clean, corrupt) = (new List<PromptRow>(), new List<PromptRow>());
        for (var i = 0; i < StudyData.Templates.Count; i++)
            AddTemplate(StudyData.Templates[i], members, numSamps, seed, stream: 2 * i, clean, corrupt);
        var source = $"generator seed {seed}";
        return new TaskPrompts(clean, corrupt, source, source);
    }

    private void AddTemplate(
        string name, IReadOnlyList<string> members, int numSamps, long seed, int stream, List<PromptRow> clean, List<PromptRow> corrupt)
    {
        if (!_words.Templates.TryGetValue(name, out var template) || !template.Text.Contains(MemberPlace, StringComparison.Ordinal))
            throw new InvalidDataException($"template {name}: expected a text with \"{MemberPlace}\".");
        var words = UsableWords(name, template);
        var (wordDraws, memberDraws) = (new SplitMix64(seed, stream), new SplitMix64(seed, stream + 1));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < numSamps; i++)
        {
            var start = i % (members.Count - Shown);
            int[] inOrder = [.. Enumerable.Range(start, Shown)];
            var drawn = DrawNewWords(words, inOrder, wordDraws, seen)
                ?? throw new InvalidDataException($"template {name}: expected words for {numSamps} different prompts, got {words.Count} words.");
            var (corr, incorr) = (" " + members[start + Shown], " " + members[start + Shown - 1]);
            clean.Add(MakeRow(name, template, drawn, inOrder, members, corr, incorr));
            corrupt.Add(MakeRow(name, template, drawn, DrawMembers(members.Count, memberDraws), members, corr, incorr));
        }
    }

    private List<string> UsableWords(string name, TaskTemplate template)
    {
        var words = template.Words switch
        {
            "objects" => _words.Objects,
            "names" => _words.Names,
            _ => throw new InvalidDataException($"template {name}: expected words objects or names, got \"{template.Words}\"."),
        };
        var usable = words.Distinct(StringComparer.Ordinal)
            .Where(word => _tokenizer.TrySingleToken(word) is not null && _tokenizer.TrySingleToken(" " + word) is not null).ToList();
        if (usable.Count <= Shown)
            throw new InvalidDataException($"template {name}: expected more than {Shown} words that are one token of {_tokenizer.Name}, got {usable.Count}.");
        return usable;
    }

    /// <summary>Different words for one prompt, not used with these members before; null when none turn up.</summary>
    private static string[]? DrawNewWords(List<string> words, int[] members, SplitMix64 draws, HashSet<string> seen)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            string[] pool = [.. words];
            for (var i = 0; i <= Shown; i++)
            {
                var other = i + draws.Next(pool.Length - i);
                (pool[i], pool[other]) = (pool[other], pool[i]);
            }
            var drawn = pool[..(Shown + 1)];
            if (seen.Add($"{members[0]} {string.Join(' ', drawn)}")) return drawn;
        }
        return null;
    }

    /// <summary>Members drawn independently, but never the last two in sequence.</summary>
    private static int[] DrawMembers(int count, SplitMix64 draws)
    {
        var members = new int[Shown];
        do
        {
            for (var i = 0; i < Shown; i++) members[i] = draws.Next(count);
        }
        while (members[^1] == members[^2] + 1);
        return members;
    }

    private static PromptRow MakeRow(
        string name, TaskTemplate template, string[] words, int[] order, IReadOnlyList<string> members, string corr, string incorr)
    {
        var sentences = Enumerable.Range(0, Shown).Select(i => Fill(template.Text, words[i], " " + members[order[i]]));
        var open = template.Text[..template.Text.IndexOf(MemberPlace, StringComparison.Ordinal)];
        var other = new List<KeyValuePair<string, JsonElement>> { new("template", JsonText(name)) };
        for (var i = 0; i < Shown; i++) other.Add(new($"S{i + 1}", JsonText(members[order[i]])));
        return new PromptRow
        {
            Text = string.Join(' ', sentences.Append(Fill(open, words[Shown], ""))),
            Corr = new PromptAnswer(corr),
            Incorr = new PromptAnswer(incorr),
            Other = other,
        };
    }

    private static string Fill(string text, string word, string member) =>
        text.Replace(WordPlace, word, StringComparison.Ordinal).Replace(MemberPlace, member, StringComparison.Ordinal);

    private static JsonElement JsonText(string text) => JsonElement.Parse($"\"{JsonEncodedText.Encode(text)}\"");
}
