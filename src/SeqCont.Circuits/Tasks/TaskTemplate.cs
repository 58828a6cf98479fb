using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>A sentence with places for a word and a member.</summary>
/// <param name="Text">Such as "{word} done in {member}.".</param>
/// <param name="Words">Which list the words come from: objects or names.</param>
public sealed record TaskTemplate(string Text, string Words)
{
    internal const string MemberPlace = " {member}", WordPlace = "{word}", OtherPlace = "{other}";

    internal bool HasWord => Text.Contains(WordPlace);

    /// <summary>A prompt: the sentence once for each member, and once up to a member's place.</summary>
    /// <param name="text">The sentence.</param>
    /// <param name="members">Members shown.</param>
    /// <param name="words">Words, one more than members; or none, where the sentence has no place for one.</param>
    /// <param name="others">Members of a second sequence, likewise.</param>
    internal static string Fill(string text, IReadOnlyList<string> members, string[] words, string[] others)
    {
        string Sentence(string part, int i)
        {
            if (words.Length > 0) part = part.Replace(WordPlace, words[i]);
            return others.Length > 0 ? part.Replace(OtherPlace, others[i]) : part;
        }

        var open = text[..text.IndexOf(MemberPlace, StringComparison.Ordinal)];
        return string.Join(' ', members.Select((member, i) => Sentence(text, i).Replace(MemberPlace, " " + member))
            .Append(Sentence(open, members.Count)));
    }

    /// <summary>The words that are one token both at the start of a prompt and after a space; there must be more than are shown.</summary>
    internal static string[] UsableWords(IEnumerable<string> words, Gpt2Tokenizer tokenizer, int shown, string where)
    {
        string[] usable = [.. words.Distinct().Where(word => IsUsable(word, tokenizer))];
        return usable.Length > shown ? usable : throw new InvalidDataException(
            $"{where}: expected more than {shown} words that are one token of {tokenizer.Name}, got {usable.Length}.");
    }

    internal static bool IsUsable(string word, Gpt2Tokenizer tokenizer) =>
        tokenizer.TrySingleToken(word) is not null && tokenizer.TrySingleToken(" " + word) is not null;
}
