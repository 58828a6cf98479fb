using System.Globalization;

namespace SeqCont.Circuits;

/// <summary>
/// Which tokens are members of a task's sequence, and in what order: a token stands for the member that its text
/// is when spaces at its ends are stripped. Where all members are integers, every integer is a member.
/// </summary>
public sealed class MemberOrder
{
    private readonly Dictionary<string, long> _order = new(StringComparer.Ordinal);
    private readonly bool _integers;
    private readonly Func<int, string> _tokenText;

    /// <summary>Creates an order.</summary>
    /// <param name="members">The task's members, first to last.</param>
    /// <param name="tokenText">A token's text.</param>
    public MemberOrder(IReadOnlyList<string> members, Func<int, string> tokenText)
    {
        (_tokenText, _integers) = (tokenText, members.Count > 0 && members.All(member => Integer(member) is not null));
        for (var i = 0; i < members.Count; i++) _order.TryAdd(members[i], i);
    }

    /// <summary>A token's text without spaces at its ends.</summary>
    public string Stripped(int token) => _tokenText(token).Trim();

    /// <summary>A token's place in the sequence; null when it is no member. Only comparisons mean something.</summary>
    public long? Of(int token)
    {
        var text = Stripped(token);
        if (_integers) return Integer(text);
        return _order.TryGetValue(text, out var place) ? place : null;
    }

    private static long? Integer(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
