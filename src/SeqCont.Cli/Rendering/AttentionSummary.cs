using SeqCont.Circuits;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>What heads attend to, for people.</summary>
internal static class AttentionSummary
{
    public static IEnumerable<string> Of(AttentionRecord record, bool chosen)
    {
        var (result, header) = (record.Result, record.Header);
        yield return "";
        if (chosen)
            yield return AttentionRoles.StudysHeads(header.Origin.Model.Config) is null
                ? "the heads that play the study's roles best in this model:" : "the heads that the study shows:";
        if (result.Members.Count > 1)
        {
            yield return
                "early: each member to the one before; mid: last position to the 2nd to last member, on average; late: to the last";
            yield return "head     role    early    mid   late";
        }

        foreach (var head in result.Heads) yield return Line(head, record.Tokens);
        if (result.Members.Count < 2)
            yield return "prompts do not show members (fields S1, S2, ...) at the same places: no roles are given";
        yield return $"{Lines.Of(result.Heads.Count, "head")} over {header.Clean!.Count} prompts in {header.SecondsOf("total"):0.0} s";
    }

    private static string Line(HeadAttention head, IReadOnlyList<string> tokens)
    {
        var name = head.Head.Label.PadRight(9);
        if (head.Scores is { } scores)
            return $"{name}{(head.Role?.NameInFiles() ?? "-"),-6}{scores.Early,7:0.000}{scores.Mid,7:0.000}"
                + $"{scores.Late,7:0.000}";
        // Without members: where the last position looks most.
        var last = head.Pattern[^1];
        var most = Array.IndexOf(last, last.Max());
        return $"{name}last position mostly to '{Lines.Printable(tokens[most])}' ({most}): {last[most]:0.000}";
    }
}
