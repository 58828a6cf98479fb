namespace SeqCont.Circuits;

/// <summary>Edges between MLPs, each patched alone as the published scripts do it: nothing frozen, so total effects.</summary>
internal static class EdgeTable
{
    public static void Fill(Verification run, TableFilling table)
    {
        var (published, prompts) = (run.Figures.Edges!, run.Task(run.Figures.Edges!.Task));
        double Percent(Edge edge) => 100 * published.Ratios[edge];
        if (!run.TryMeasureFullModel(table, published.Task, published.Ratios.Keys.Select(edge => (edge.ToString(), Percent(edge))))) return;
        var search = new EdgePruningConfig
        {
            Circuit = run.Figures.Circuits[published.Circuit],
            Paths = EdgePaths.AsPublished,
            Only = [.. published.Ratios.Keys],
            Memory = run.Config.Memory,
        };
        Edge[] edges = [.. search.Edges.Where(published.Ratios.ContainsKey)];
        if (published.Ratios.Keys.Except(edges).ToArray() is [var other, ..])
            throw new InvalidDataException($"{run.Figures.Source}: edges: {other} is not an edge of the {published.Circuit} circuit.");
        using var scorer = new EdgeScorer(run.Model, prompts.Clean, prompts.Corrupted, search);
        table.Needs(scorer.PredictedBytes);
        foreach (var edge in edges)
        {
            var ratio = PromptMean.Of(scorer.ScoreWithout(edge)).Mean / table.FullMean!.Value;
            // An edge is kept when its ratio falls below the threshold.
            table.AddStep(VerifyRow.OfDecision(
                edge.ToString(), Percent(edge), published.Ratios[edge] >= search.Threshold, 100 * ratio, ratio >= search.Threshold,
                100 * search.Threshold));
            table.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}
