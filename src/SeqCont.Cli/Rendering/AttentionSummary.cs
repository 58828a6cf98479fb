using SeqCont.Circuits;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>What heads attend to, for people.</summary>
internal static class AttentionSummary
{
    public static IEnumerable<Markup> Of(AttentionRecord record, bool chosen, string? folder)
    {
        var result = record.Result;
        yield return Text($"");
        if (chosen)
            yield return Text(
                $"{(AttentionRoles.StudysHeads(record.Header.Origin.Model.Config) is null ? "the heads that play the study's roles best "
                    + "in this model" : "the heads that the study shows")}:");
        if (result.Members.Count > 1)
        {
            yield return Text(
                $"early: each member to the one before; mid: last position to the 2nd to last member, on average; late: to the last");
            yield return Text($"head     role    early    mid   late");
        }

        foreach (var head in result.Heads) yield return Line(head, record.Tokens);
        if (result.Members.Count < 2)
            yield return Text($"prompts do not show members (fields S1, S2, ...) at the same places: no roles are given");
        yield return Text(
            $"{result.Heads.Count} {(result.Heads.Count == 1 ? "head" : "heads")} over {record.Header.Clean!.Count} prompts in "
                + $"{record.Header.SecondsOf("total"):0.0} s");
        if (folder is not null) yield return Text($"files in {folder}");
    }

    private static Markup Line(HeadAttention head, IReadOnlyList<string> tokens)
    {
        var name = head.Head.Label.PadRight(9);
        if (head.Scores is { } scores)
            return Text(
                $"{name}{(head.Role?.NameInFiles() ?? "-"),-6}{scores.Early,7:0.000}{scores.Mid,7:0.000}"
                    + $"{scores.Late,7:0.000}");
        // Without members: where the last position looks most.
        var last = head.Pattern[^1];
        var most = Array.IndexOf(last, last.Max());
        return Text($"{name}last position mostly to '{Printable(tokens[most])}' ({most}): {last[most]:0.000}");
    }

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));

    private static Markup Text(InvariantText text) => new(Markup.Escape(text.ToStringAndClear()));
}
