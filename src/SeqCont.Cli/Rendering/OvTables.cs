using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>OV scores for people: the heads with the largest, and on demand their members.</summary>
internal static class OvTables
{
    private const int Shown = 16;

    private static readonly (string Name, Func<OvHead, OvHits> Of, OvScoreKind Kind)[] Columns =
    [
        ("copy", head => head.Positive, OvScoreKind.Copy), ("next", head => head.Positive, OvScoreKind.Next),
        ("negative copy", head => head.Negative, OvScoreKind.Copy), ("negative next", head => head.Negative, OvScoreKind.Next),
    ];

    public static IEnumerable<Markup> Of(OvScoreResult result, AnalysisRecord run, bool byMember, string? folder)
    {
        var scoring = result.Heads.Where(head => Largest(result, head) > 0).OrderByDescending(head => Largest(result, head)).ToList();
        string[] lines =
        [
            "", .. Table(result, [.. scoring.Take(Shown)]),
            $"{scoring.Count} of {result.Heads.Count} heads have a score above 0"
                + $"{(scoring.Count > Shown ? $"; the {Shown} with the largest are shown" : "")}",
            .. byMember ? scoring.Take(Shown).SelectMany(head => Members(result, head)) : [], "",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Heads.Count} heads at {result.Prompts.MemberCounts.Sum()} members in {run.Header.SecondsOf("ov"):0.0} s ("
                    + $"{run.Header.SecondsOf("total"):0.0} s in all)"),
            .. folder is null ? (string[])[] : [$"files in {folder}"],
        ];
        return lines.Select(line => new Markup(Markup.Escape(line)));
    }

    private static IEnumerable<string> Table(OvScoreResult result, IReadOnlyList<OvHead> heads)
    {
        var next = result.Prompts.NextIsOrdinal ? "; next is an ordinal, as published" : "";
        yield return $"percent of members found among the top {result.TopK} tokens of what a head writes, or of its negative{next}";
        yield return $"{"head",-8}{string.Concat(Columns.Select(column => $"{column.Name,15}"))}";
        foreach (var head in heads)
        {
            var cells = Columns.Select(column => $"{Number(result.Percent(column.Of(head), column.Kind)),15}");
            yield return $"{head.Head,-8}{string.Concat(cells)}";
        }
    }

    private static IEnumerable<string> Members(OvScoreResult result, OvHead head)
    {
        yield return "";
        yield return $"{head.Head,-14}{string.Concat(Columns.Select(column => $"{column.Name,15}"))}{"shown",8}";
        for (var member = 0; member < result.Prompts.Members.Count; member++)
            yield return $"  {result.Prompts.Members[member],-12}"
                + $"{string.Concat(Columns.Select(column => $"{Number(result.Percent(column.Of(head), column.Kind, member)),15}"))}"
                + $"{result.Prompts.MemberCounts[member],8}";
    }

    private static double Largest(OvScoreResult result, OvHead head) => Columns.Max(column => result.Percent(column.Of(head), column.Kind));

    private static string Number(double percent) => double.IsFinite(percent) ? percent.ToString("0.00", CultureInfo.InvariantCulture) : "-";
}
