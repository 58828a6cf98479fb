using System.Globalization;
using SeqCont.Cli.Options;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>What a person sees at the end of an edge search.</summary>
internal static class EdgeSummary
{
    private const int Shown = 20;

    public static IEnumerable<Markup> Of(RunRecord run, EdgesRecord edges, string? folder)
    {
        var kept = edges.Edges.Where(edge => edge.Kept).OrderBy(edge => edge.Ratio).ToArray();
        var width = kept.Take(Shown).Select(edge => edge.Edge.ToString().Length).DefaultIfEmpty(0).Max();
        yield return new("");
        if (kept.Length > 0)
            yield return Text($"kept edges, those that cost most first: ratio of the full model's mean logit difference that is left");
        foreach (var edge in kept.Take(Shown)) yield return Text($"  {edge.Edge.ToString().PadRight(width)}  {edge.Ratio,8:0.0000}");
        if (kept.Length > Shown) yield return Text($"  and {kept.Length - Shown} more");
        if (kept.Length > 0) yield return new("");
        var rule = edges.Search.MinDrop is { } drop
            ? string.Create(CultureInfo.InvariantCulture, $"more than {drop} below the circuit's")
            : string.Create(CultureInfo.InvariantCulture, $"below {edges.Search.Threshold}");
        yield return Text(
            $"kept {kept.Length} of {edges.Edges.Count} edges (ratio {rule}, paths {edges.Search.Paths.NameInFiles()}) between "
                + $"{edges.Search.Circuit.Heads.Count()} heads and {edges.Search.Circuit.Mlps.Count()} MLPs");
        yield return Text(
            $"unpatched circuit {100 * edges.CircuitRatio:0.00} % of the full model's mean logit difference; kept edges as a whole "
                + $"{run.Score:0.00} %");
        yield return Text(
            $"{edges.Edges.Count} edges in {run.Header.SecondsOf("search"):0.0} s ({run.Header.SecondsOf("total"):0.0} s in all); peak "
                + $"memory {ByteSize.Format(run.Header.PeakBytes)}");
        if (run.Header.Profile is { } profile)
            foreach (var line in ProfileTable.Of(profile)) yield return line;
        if (folder is not null) yield return Text($"files in {folder}");
    }

    private static Markup Text(InvariantText text) => new(Markup.Escape(text.ToStringAndClear()));
}
