using System.Globalization;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Bare sequences of members, "1 2 3 4", and at every place the tokens that count as a copy and as the next.</summary>
public sealed record OvPrompts
{
    /// <summary>Members that a prompt shows.</summary>
    public const int Shown = 4;

    // "i i+1 i+2 i+3" for i in 1..97, and the successor of the last.
    private const int LastInteger = 101;

    private static readonly string[] Ordinals =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];

    private int[]? _memberCounts;

    /// <summary>Token ids, one a member, no BOS, [prompt][position].</summary>
    public required IReadOnlyList<int[]> Tokens { get; init; }

    /// <summary>The member at a place, an index into <see cref="Members"/>, [prompt][position].</summary>
    public required IReadOnlyList<int[]> MemberAt { get; init; }

    /// <summary>Members by name, in the sequence's order.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>Tokens that count as the member itself, with and without leading space, [member].</summary>
    public required IReadOnlyList<int[]> CopyTokens { get; init; }

    /// <summary>Tokens that count as its successor, [member].</summary>
    public required IReadOnlyList<int[]> NextTokens { get; init; }

    /// <summary>Possible prompts that were left out, since a word is not one token.</summary>
    public int LeftOut { get; init; }

    /// <summary>Whether the next member is an ordinal ("second"), as the published code has it for months.</summary>
    public bool NextIsOrdinal { get; init; }

    /// <summary>At how many places a member is shown, [member].</summary>
    public int[] MemberCounts => _memberCounts ??= Count();

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
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var sequence = Extended(members, tokenizer);
        int[] Tokens(string text) => [.. new[] { tokenizer.TrySingleToken(" " + text), tokenizer.TrySingleToken(text) }.OfType<int>()];
        int[] NextOf(int member) =>
            !ordinalNext ? Tokens(sequence[member + 1]) : member + 1 < Ordinals.Length ? Tokens(Ordinals[member + 1]) : [];
        var (prompts, memberAt, leftOut) = (new List<int[]>(), new List<int[]>(), 0);
        for (var start = 0; start + Shown < sequence.Count; start++)
        {
            int[] shown = [.. Enumerable.Range(start, Shown)];
            var tokens = shown.Select(i => tokenizer.TrySingleToken(i == start ? sequence[i] : " " + sequence[i])).OfType<int>().ToArray();
            if (tokens.Length < Shown || Tokens(sequence[start + Shown]).Length == 0)
            {
                leftOut++;
                continue;
            }

            prompts.Add(tokens);
            memberAt.Add(shown);
        }

        if (prompts.Count == 0)
            throw new InvalidDataException(
                $"{source}: expected {Shown + 1} consecutive members that are one token of {tokenizer.Name} each, found none.");
        var last = memberAt.Max(shown => shown[^1]);
        return new OvPrompts
        {
            Tokens = prompts,
            MemberAt = memberAt,
            Members = [.. sequence.Take(last + 1)],
            CopyTokens = [.. Enumerable.Range(0, last + 1).Select(i => Tokens(sequence[i]))],
            NextTokens = [.. Enumerable.Range(0, last + 1).Select(NextOf)],
            LeftOut = leftOut,
            NextIsOrdinal = ordinalNext,
        };
    }

    private int[] Count()
    {
        var counts = new int[Members.Count];
        foreach (var member in MemberAt.SelectMany(members => members)) counts[member]++;
        return counts;
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
