using SeqCont.Circuits;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>OV scores for people: the heads with the largest, and on demand their members.</summary>
internal static class OvTables
{
    private const int Shown = 16, Width = 15;

    private static readonly (string Name, Func<OvHead, OvHits> Of, OvScoreKind Kind)[] Columns =
    [
        ("copy", head => head.Positive, OvScoreKind.Copy), ("next", head => head.Positive, OvScoreKind.Next),
        ("negative copy", head => head.Negative, OvScoreKind.Copy), ("negative next", head => head.Negative, OvScoreKind.Next),
    ];

    private static string Names => Lines.Row(Columns, column => column.Name, Width);

    public static IEnumerable<string> Of(OvScoreResult result, AnalysisRecord run, bool byMember)
    {
        OvHead[] scoring = [.. result.Heads.Where(head => Largest(result, head) > 0).OrderByDescending(head => Largest(result, head))];
        var shown = scoring.Take(Shown);
        return
        [
            "",
            $"percent of members found among the top {result.TopK} tokens of what a head writes, or of its negative"
                + (result.Prompts.NextIsOrdinal ? "; next is an ordinal, as published" : ""),
            $"{"head",-8}{Names}", .. shown.Select(head => $"{head.Head,-8}{Cells(result.Percent, head)}"),
            $"{scoring.Length} of {result.Heads.Count} heads have a score above 0"
                + (scoring.Length > Shown ? $"; the {Shown} with the largest are shown" : ""),
            .. byMember ? shown.SelectMany(head => Members(result, head)) : [], "",
            $"{result.Heads.Count} heads at {result.Prompts.MemberCounts.Sum()} members in {run.Header.Took("ov")}",
        ];
    }

    private static IEnumerable<string> Members(OvScoreResult result, OvHead head) =>
    [
        "", $"{head.Head,-14}{Names}{"shown",8}",
        .. result.Prompts.Members.Select((name, member) =>
            $"  {name,-12}{Cells((hits, kind) => result.Percent(hits, kind, member), head)}{result.Prompts.MemberCounts[member],8}"),
    ];

    private static string Cells(Func<OvHits, OvScoreKind, double> percent, OvHead head) => Lines.Row(
        Columns, column => percent(column.Of(head), column.Kind) is var value && double.IsFinite(value) ? $"{value:0.00}" : "-", Width);

    private static double Largest(OvScoreResult result, OvHead head) => Columns.Max(column => result.Percent(column.Of(head), column.Kind));
}
