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
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shown);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perPattern);
        if (members.Count <= shown) throw new ArgumentException($"members: expected more than {shown}, got {members.Count}.");
        var rows = new List<PromptRow>();
        foreach (var (i, pattern) in patterns.Index())
        {
            var words = TaskTemplate.UsableWords(pattern.Words, tokenizer, shown, $"\"{pattern.Text}\"");
            var draws = new SplitMix64(seed, shown * patterns.Count + i);
            for (var sample = 0; sample < perPattern; sample++)
            {
                draws.Shuffle(words, shown + 1);
                var window = members.Skip(sample % (members.Count - shown)).Take(shown + 1).ToArray();
                rows.Add(new PromptRow
                {
                    Text = TaskTemplate.Fill(pattern.Text, window[..shown], words, []),
                    Corr = new PromptAnswer(" " + window[^1]),
                    Incorr = new PromptAnswer(" " + window[^2]),
                });
            }
        }

        return rows;
    }
}
