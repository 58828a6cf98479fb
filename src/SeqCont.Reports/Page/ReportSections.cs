using System.Globalization;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What a page shows of runs, in order. Parts that no run has files for are left out.</summary>
internal static class ReportSections
{
    /// <summary>The parts.</summary>
    public static IReadOnlyList<Section> Of(IReadOnlyList<ReportRun> runs)
    {
        Section?[] all =
        [
            Overview(runs), Graphs(CircuitGraph.Of(runs)), Each(runs), Traces(runs), Answers(runs),
            ComparisonSection.Of(runs), AnalysisSections.Attention(runs), AnalysisSections.Lens(runs), AnalysisSections.Ov(runs),
            Facts(runs),
        ];
        return [.. all.OfType<Section>()];
    }

    /// <summary>How captions and files name a run: its task, and its folder where others have the same.</summary>
    public static string Label(ReportRun run, IEnumerable<ReportRun> among) =>
        run.Facts.Task is not { } task ? run.Name
        : among.Count(other => other.Facts.Task == task && other.Facts.Model == run.Facts.Model) == 1 ? task : $"{task} ({run.Name})";

    /// <summary>A text as part of a file's name.</summary>
    public static string FileName(string text)
    {
        var name = new string([.. text.Take(60).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);
        return name.Trim('-') is { Length: > 0 } trimmed ? trimmed : "run";
    }

    /// <summary>The most edges of a circuit that are listed.</summary>
    private const int MostListed = 40;

    private static Section Overview(IReadOnlyList<ReportRun> runs)
    {
        string[] columns = ["run", "task", "model", "score %", "heads", "MLPs", "edges", "candidates", "prompts", "seconds"];
        var rows = runs.Select(run => new[]
        {
            run.Name, run.Facts.Task ?? "", run.Facts.Model, Number(run.Facts.Score, "0.00"),
            run.Circuit is { } circuit ? $"{circuit.Heads.Count()} of {circuit.Space.NLayers * circuit.Space.NHeads}" : "",
            run.Circuit is { } same ? $"{same.Mlps.Count()} of {same.Space.NLayers}" : "",
            run.Edges is { } scored
                ? $"{Number(scored.Edges.Count(edge => edge.Kept), "#,0")} of {Number(scored.Edges.Length, "#,0")}" : "",
            Number(run.Facts.Candidates, "#,0"), Number(run.Facts.Prompts, "#,0"), Number(run.Facts.Seconds, "#,0.0"),
        });
        return new Section("runs", "Runs", "Score: what is left of the full model's mean logit difference, in percent.",
            [new Table("", columns, [.. rows], 3).WithoutEmptyColumns()]);
    }

    private static Section? Graphs(IReadOnlyList<CircuitGraph> graphs)
    {
        if (graphs.Count == 0) return null;
        var blocks = graphs.SelectMany((graph, i) => graph.Circuits.Select(circuit => Strongest(circuit)).OfType<Block>()
            .Prepend(new GraphBlock(graph, Pictures(graph, i == 0 ? "" : $"-{i + 1}"))));
        return new Section(
            "circuit", "Circuit", "Input left, logits right; a column a layer, heads above, MLPs in the bottom row. Dots are ablated.",
            [.. blocks]);
    }

    // The same in words, for readers who do not see the graph.
    private static Table? Strongest(GraphCircuit circuit)
    {
        if (circuit.Edges is not { } edges) return null;
        string[] columns = ["from", "to", "enters at", "verdict", "points lost", "left %"];
        DrawnEdge[] shown = [.. edges.Where(edge => double.IsFinite(edge.Effect))
            .OrderByDescending(edge => Math.Abs(edge.Effect)).Take(MostListed)];
        var rows = shown.Select(edge => new[]
        {
            edge.Edge.Sender.ToString(), edge.Edge.Receiver.Node.ToString(),
            edge.Edge.Receiver.Site is not Site.Whole and var site ? $"{site}".ToLowerInvariant() : "", edge.Kept ? "kept" : "removed",
            Number(100 * edge.Effect, "0.00").Replace('-', '\u2212'),
            Number(100 * (circuit.Unpatched - edge.Effect), "0.00").Replace('-', '\u2212'),
        });
        return new Table($"{circuit.Label}: strongest {shown.Length} of {Number(edges.Length, "#,0")} edges", columns, [.. rows], 4,
            Fold: true);
    }

    private static List<Figure> Pictures(CircuitGraph graph, string suffix)
    {
        var pictures = new List<Figure> { new($"circuit{suffix}", "", inPage => GraphPicture.Draw(graph, false, inPage)) };
        if (graph.Circuits.Any(circuit => circuit.Edges is not null))
            pictures.Add(new Figure($"circuit-qkv{suffix}", "", inPage => GraphPicture.Draw(graph, true, inPage)));
        if (graph.Circuits.Count == 1) return pictures;
        foreach (var circuit in graph.Circuits)
        {
            var alone = graph with { Circuits = [circuit] };
            pictures.Add(new Figure($"circuit-{FileName(circuit.Label)}{suffix}", "", inPage => GraphPicture.Draw(alone, false, inPage)));
        }

        return pictures;
    }

    private static Section? Each(IReadOnlyList<ReportRun> runs) => Pictured(
        runs, run => run.Each is { Count: > 0 }, "each", "Single nodes",
        "What the score loses when that one node is ablated, in percent points. The colour follows the root of the loss, so that heads "
            + "are seen beside MLPs.",
        (run, label, inPage) => NodePictures.Each(run.Each!, run.Nodes!, label).Draw(inPage));

    private static Section? Traces(IReadOnlyList<ReportRun> runs) => Pictured(
        runs, run => run.Trace is { Count: > 0 }, "search", "Search",
        "Every candidate in the order in which it was tried: the score without that node. The line is the circuit as it shrinks.",
        (run, label, inPage) => TracePicture.Draw(run.Trace!, run.Facts.Threshold, label, inPage));

    private static Section? Answers(IReadOnlyList<ReportRun> runs) => Pictured(
        runs, run => run.Answers is { Full.Length: > 0 } answers && !answers.Full.AsSpan().SequenceEqual(
            answers.Circuit), "prompts", "Prompts",
        "Every prompt's logit difference in the circuit against the full model's. Diamonds: the circuit's top prediction is another than "
            + "the full model's.",
        (run, label, inPage) => AnswersPicture.Draw(run.Answers!, label, inPage));

    private static Section? Pictured(
        IReadOnlyList<ReportRun> runs, Func<ReportRun, bool> has, string id, string title, string lead,
        Func<ReportRun, string, bool, string> draw)
    {
        var shown = runs.Where(has).ToArray();
        if (shown.Length == 0) return null;
        var blocks = shown.Select(run => (Run: run, Label: Label(run, shown)))
            .Select(named => new Figure($"{id}-{FileName(named.Label)}", named.Label, inPage => draw(named.Run, named.Label, inPage)));
        return new Section(id, title, lead, [.. blocks]);
    }

    private static Section? Facts(IReadOnlyList<ReportRun> runs)
    {
        var tables = runs.Where(run => run.Facts.All.Count > 0)
            .Select(run => new Table(run.Name, ["", ""], [.. run.Facts.All.Select(fact => new[] { fact.Key, fact.Value })], 2, Fold: true))
            .ToArray();
        return tables.Length == 0
            ? null : new Section("facts", "Run facts", "Everything that the numbers depend on, as run.json says it.", tables);
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
