using System.Globalization;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Bare sequences of members, "1 2 3 4", and at every place the tokens that count as a copy and as the next.</summary>
/// <param name="Tokens">Token ids, one a member, no BOS, [prompt][position].</param>
/// <param name="MemberAt">The member at a place, an index into Members, [prompt][position].</param>
/// <param name="Members">Members by name, in the sequence's order.</param>
/// <param name="CopyTokens">Tokens that count as the member itself, with and without leading space, [member].</param>
/// <param name="NextTokens">Tokens that count as its successor, [member].</param>
/// <param name="LeftOut">Possible prompts that were left out, since a word is not one token.</param>
/// <param name="NextIsOrdinal">Whether the next member is an ordinal ("second"), as the published code has it for months.</param>
public sealed record OvPrompts(
    IReadOnlyList<int[]> Tokens, IReadOnlyList<int[]> MemberAt, IReadOnlyList<string> Members, IReadOnlyList<int[]> CopyTokens,
    IReadOnlyList<int[]> NextTokens, int LeftOut = 0, bool NextIsOrdinal = false)
{
    /// <summary>Members that a prompt shows.</summary>
    public const int Shown = 4;

    // "i i+1 i+2 i+3" for i in 1..97, and the successor of the last.
    private const int LastInteger = 101;

    private static readonly string[] Ordinals =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];

    /// <summary>At how many places a member is shown, [member].</summary>
    public int[] MemberCounts { get; } =
        [.. Enumerable.Range(0, Members.Count).Select(member => MemberAt.Sum(shown => shown.Count(at => at == member)))];

    /// <summary>
    /// A sequence's prompts: from every start member that leaves a successor. Integers run on to 101, as far as the
    /// tokenizer has a token for each.
    /// </summary>
    /// <param name="members">The task's members, in order.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="source">The task's name, for messages.</param>
    /// <param name="ordinalNext">Whether the next member is sought among ordinals: the n-th member's is the (n+1)-th.</param>
    /// <exception cref="InvalidDataException">No prompt is made of single tokens.</exception>
    public static OvPrompts Create(IReadOnlyList<string> members, Gpt2Tokenizer tokenizer, string source, bool ordinalNext = false)
    {
        var sequence = Extended(members, tokenizer);
        int[] Tokens(string text) => [.. new[] { tokenizer.TrySingleToken(" " + text), tokenizer.TrySingleToken(text) }.OfType<int>()];
        int[] NextOf(int member) =>
            !ordinalNext ? Tokens(sequence[member + 1]) : member + 1 < Ordinals.Length ? Tokens(Ordinals[member + 1]) : [];
        int[][] possible = [.. Enumerable.Range(0, Math.Max(0, sequence.Count - Shown))
            .Select(start => Enumerable.Range(start, Shown).ToArray())];
        var prompts = possible.Select(shown => (Shown: shown, Tokens: shown
                .Select(i => tokenizer.TrySingleToken(i == shown[0] ? sequence[i] : " " + sequence[i])).OfType<int>().ToArray()))
            .Where(prompt => prompt.Tokens.Length == Shown && Tokens(sequence[prompt.Shown[^1] + 1]).Length > 0).ToList();
        if (prompts.Count == 0)
            throw new InvalidDataException(
                $"{source}: expected {Shown + 1} consecutive members that are one token of {tokenizer.Name} each, found none.");
        var used = Enumerable.Range(0, prompts[^1].Shown[^1] + 1);
        return new OvPrompts(
            [.. prompts.Select(prompt => prompt.Tokens)], [.. prompts.Select(prompt => prompt.Shown)], [.. used.Select(i => sequence[i])],
            [.. used.Select(i => Tokens(sequence[i]))], [.. used.Select(NextOf)], possible.Length - prompts.Count, ordinalNext);
    }

    /// <summary>Consecutive integers run on past the task's members, as far as there are tokens; other members stay.</summary>
    private static IReadOnlyList<string> Extended(IReadOnlyList<string> members, Gpt2Tokenizer tokenizer)
    {
        static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
        if (members.Count == 0 || !int.TryParse(members[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)) return members;
        if (Enumerable.Range(0, members.Count).Any(i => members[i] != Text(first + i))) return members;
        var sequence = members.ToList();
        for (var value = first + members.Count; value <= LastInteger && tokenizer.TrySingleToken(" " + Text(value)) is not null; value++)
            sequence.Add(Text(value));
        return sequence;
    }
}
