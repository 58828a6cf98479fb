using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>A sentence with places for a word and a member, and the words that fit it.</summary>
/// <param name="Text">Such as "{word} done in {member}.".</param>
/// <param name="Words">Words; those that are one token are used.</param>
public sealed record SentencePattern(string Text, IReadOnlyList<string> Words);

/// <summary>
/// Prompts that show a given number of a task's members in order, "X done in 3. Y done in 4. Z done in": what
/// probabilities against sequence length are measured on. A seed gives the same prompts everywhere.
/// </summary>
public static class LengthPrompts
{
    private const string MemberPlace = " {member}";
    private const string WordPlace = "{word}";

    /// <summary>Makes prompts of one length; start members take turns.</summary>
    /// <param name="members">The task's members, in order.</param>
    /// <param name="patterns">Sentences; each gives <paramref name="perPattern"/> prompts.</param>
    /// <param name="tokenizer">The model's: only words that are one token at the start and after a space are used.</param>
    /// <param name="shown">Members shown; at least one more must follow.</param>
    /// <param name="perPattern">Prompts of each pattern.</param>
    /// <param name="seed">Chooses the words.</param>
    /// <returns>Rows with the next member as correct and the last one shown as incorrect answer.</returns>
    /// <exception cref="InvalidDataException">A pattern has too few words of one token.</exception>
    public static IReadOnlyList<PromptRow> Create(
        IReadOnlyList<string> members, IReadOnlyList<SentencePattern> patterns, Gpt2Tokenizer tokenizer, int shown, int perPattern,
        long seed)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(patterns);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shown);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perPattern);
        if (members.Count <= shown) throw new ArgumentException($"members: expected more than {shown}, got {members.Count}.");
        var rows = new List<PromptRow>();
        for (var i = 0; i < patterns.Count; i++)
        {
            string[] words = [.. patterns[i].Words.Distinct(StringComparer.Ordinal)
                .Where(word => tokenizer.TrySingleToken(word) is not null && tokenizer.TrySingleToken(" " + word) is not null)];
            if (words.Length <= shown)
                throw new InvalidDataException(
                    $"\"{patterns[i].Text}\": expected more than {shown} words that are one token of {tokenizer.Name}, got "
                        + $"{words.Length}.");
            var draws = new SplitMix64(seed, (shown * patterns.Count) + i);
            for (var sample = 0; sample < perPattern; sample++)
                rows.Add(Row(patterns[i].Text, words, members, sample % (members.Count - shown), shown, draws));
        }

        return rows;
    }

    private static PromptRow Row(string text, string[] words, IReadOnlyList<string> members, int start, int shown, SplitMix64 draws)
    {
        for (var i = 0; i <= shown; i++)
        {
            var other = i + draws.Next(words.Length - i);
            (words[i], words[other]) = (words[other], words[i]);
        }

        var sentences = Enumerable.Range(0, shown).Select(i => Fill(text, words[i], " " + members[start + i]));
        var open = text[..text.IndexOf(MemberPlace, StringComparison.Ordinal)];
        return new PromptRow
        {
            Text = string.Join(' ', sentences.Append(Fill(open, words[shown], ""))),
            Corr = new PromptAnswer(" " + members[start + shown]),
            Incorr = new PromptAnswer(" " + members[start + shown - 1]),
        };
    }

    private static string Fill(string text, string word, string member) =>
        text.Replace(WordPlace, word, StringComparison.Ordinal).Replace(MemberPlace, member, StringComparison.Ordinal);
}
