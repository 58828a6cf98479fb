using SeqCont.Circuits;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>What a person sees at the end of an edge search.</summary>
internal static class EdgeSummary
{
    private const int Shown = 20;

    public static IEnumerable<string> Of(RunRecord run, EdgesRecord edges)
    {
        ScoredEdge[] kept = [.. edges.Edges.Where(edge => edge.Kept).OrderBy(edge => edge.Ratio)], shown = [.. kept.Take(Shown)];
        var search = edges.Search;
        yield return "";
        if (kept.Length > 0)
        {
            var width = shown.Max(edge => edge.Edge.ToString().Length);
            yield return "kept edges, those that cost most first: ratio of the full model's mean logit difference that is left";
            foreach (var edge in shown) yield return $"  {edge.Edge.ToString().PadRight(width)}  {edge.Ratio,8:0.0000}";
            if (kept.Length > Shown) yield return $"  and {kept.Length - Shown} more";
            yield return "";
        }

        var rule = search.MinDrop is { } drop ? $"more than {drop} below the circuit's" : $"below {search.Threshold}";
        yield return $"kept {kept.Length} of {edges.Edges.Count} edges (ratio {rule}, paths {search.Paths.NameInFiles()}) between "
            + $"{search.Circuit.Heads.Count()} heads and {search.Circuit.Mlps.Count()} MLPs";
        yield return $"unpatched circuit {Lines.Percent(edges.CircuitRatio)} % of the full model's mean logit difference; kept edges as a "
            + $"whole {Lines.Percent(run.Score / 100)} %";
        foreach (var line in Lines.Weak(run.Full.Mean)) yield return line;
        yield return $"{edges.Edges.Count} edges in {run.Header.Cost("search")}";
        foreach (var line in ProfileTable.Of(run.Header.Profile)) yield return line;
    }
}
