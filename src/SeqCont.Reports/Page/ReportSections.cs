using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What a page shows of runs, in order. Parts that no run has files for are left out.</summary>
internal static class ReportSections
{
    private static readonly Part[] Parts =
    [
        new("each", "Single nodes",
            "What the score loses when that one node is ablated, in percent points. The colour follows the root of the loss, so that heads "
                + "are seen beside MLPs.",
            run => run.Each is { Count: > 0 },
            Picture("each", (run, label, inPage) => NodePictures.Each(run.Each!, run.Nodes!, label).Draw(inPage))),
        new("search", "Search",
            "Every candidate in the order in which it was tried: the score without that node. The line is the circuit as it shrinks.",
            run => run.Trace is { Count: > 0 },
            Picture("search", (run, label, inPage) => new TracePicture(run.Trace!, run.Facts.Threshold, label, inPage).Draw())),
        new("prompts", "Prompts",
            "Every prompt's logit difference in the circuit against the full model's. Diamonds: the circuit's top prediction is another "
                + "than the full model's.",
            run => run.Answers is { Full.Length: > 0 } answers && !answers.Full.AsSpan().SequenceEqual(answers.Circuit),
            Picture("prompts", (run, label, inPage) => AnswersPicture.Draw(run.Answers!, label, inPage))),
        new("compare", "Comparison",
            "Every circuit on every task, with random circuits of as many heads and MLPs below its score (mean and standard deviation "
                + "over circuits), and what the circuits share.",
            run => run.Comparison is not null, (run, label) => AnalysisBlocks.Comparison(run.Comparison!, label)),
        new("attention", "Attention",
            "Mean attention over prompts, queries down, keys across. Outlined: the entries that a head's role rests on. Full colour is "
                + "the largest entry outside the first position.",
            run => run.Attention is { Heads.Length: > 0, Tokens.Length: > 0 },
            (run, label) => AnalysisBlocks.Attention(run.Attention!, label)),
        new("lens", "Logit lens",
            "What the residual stream at the last position would answer after each block, read through the unembedding.",
            run => run.Lens is { Rows.Length: > 0, FirstTop.Length: > 0 }, (run, label) => AnalysisBlocks.Lens(run.Lens!, label)),
        new("ov", "OV scores", "How often what a head writes for a member names that member (copy) or the one after it (next).",
            run => run.Ov is { Heads.Length: > 0 } && run.Nodes is not null,
            (run, label) => AnalysisBlocks.Ov(run.Ov!, run.Nodes!, label)),
        new("facts", "Run facts", "Everything that the numbers depend on, as run.json says it.", run => run.Facts.All.Count > 0,
            (run, _) => [new Table(run.Name, ["", ""], [.. run.Facts.All.Select(fact => new[] { fact.Key, fact.Value })], 2, Fold: true)]),
    ];

    /// <summary>A part that shows what runs have of one kind, run by run under its label.</summary>
    private sealed record Part(
        string Id, string Title, string Lead, Func<ReportRun, bool> IsIn, Func<ReportRun, string, IEnumerable<Block>> Blocks);

    /// <summary>The parts.</summary>
    public static IReadOnlyList<Section> Of(IReadOnlyList<ReportRun> runs)
    {
        var sections = new List<Section> { Overview(runs) };
        if (CircuitGraph.Of(runs) is { Count: > 0 } graphs) sections.Add(Graphs(graphs));
        foreach (var part in Parts)
        {
            ReportRun[] shown = [.. runs.Where(part.IsIn)];
            if (shown.Length > 0)
                sections.Add(new(part.Id, part.Title, part.Lead, [.. shown.SelectMany(run => part.Blocks(run, Label(run, shown)))]));
        }

        return sections;
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
            run.Name, run.Facts.Task ?? "", run.Facts.Model, Markup.Number(run.Facts.Score, "0.00"),
            run.Circuit is { } circuit ? $"{circuit.Heads.Count()} of {circuit.Space.NLayers * circuit.Space.NHeads}" : "",
            run.Circuit is { } same ? $"{same.Mlps.Count()} of {same.Space.NLayers}" : "",
            run.Edges is { } scored
                ? $"{Markup.Number(scored.Edges.Count(edge => edge.Kept), "#,0")} of {Markup.Number(scored.Edges.Length, "#,0")}" : "",
            Markup.Number(run.Facts.Candidates, "#,0"), Markup.Number(run.Facts.Prompts, "#,0"), Markup.Number(run.Facts.Seconds, "#,0.0"),
        });
        return new Section("runs", "Runs", "Score: what is left of the full model's mean logit difference, in percent.",
            [new Table("", columns, [.. rows], 3).WithoutEmptyColumns()]);
    }

    private static Section Graphs(IReadOnlyList<CircuitGraph> graphs)
    {
        var blocks = graphs.SelectMany((graph, i) => graph.Circuits.Select(Strongest).OfType<Block>()
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
            edge.Edge.Receiver.Site is not Site.Whole and var site ? site.NameInFiles() : "", edge.Kept ? "kept" : "removed",
            Markup.Signed(100 * edge.Effect, "0.00"),
            Markup.Signed(100 * (circuit.Unpatched - edge.Effect), "0.00"),
        });
        return new Table($"{circuit.Label}: strongest {shown.Length} of {Markup.Number(edges.Length, "#,0")} edges", columns, [.. rows], 4,
            Fold: true);
    }

    private static List<Figure> Pictures(CircuitGraph graph, string suffix)
    {
        Figure Of(string name, CircuitGraph shown, bool split = false) =>
            new($"circuit{name}{suffix}", "", inPage => new GraphPicture(shown, split, inPage).Draw());
        var pictures = new List<Figure> { Of("", graph) };
        if (graph.Circuits.Any(circuit => circuit.Edges is not null)) pictures.Add(Of("-qkv", graph, split: true));
        if (graph.Circuits.Count > 1)
            pictures.AddRange(graph.Circuits.Select(circuit => Of($"-{FileName(circuit.Label)}", graph with { Circuits = [circuit] })));
        return pictures;
    }

    private static Func<ReportRun, string, IEnumerable<Block>> Picture(string name, Func<ReportRun, string, bool, string> draw) =>
        (run, label) => [new Figure($"{name}-{FileName(label)}", label, inPage => draw(run, label, inPage))];
}
