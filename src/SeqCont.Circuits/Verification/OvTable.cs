namespace SeqCont.Circuits;

/// <summary>Copy and next scores of every head on one task. Scores are shares of hits, so one hit more or less shows.</summary>
internal static class OvTable
{
    public static void Fill(Verification run, TableFilling table, string task)
    {
        PublishedOv[] published = [.. run.Figures.Ov.Where(ov => ov.Task == task)];
        // One run gives both scores; what counts as next has no effect on copy.
        bool[] ordinal = [.. published.Where(ov => ov.Kind == OvScoreKind.Next).Select(ov => ov.OrdinalNext).Distinct()];
        if (ordinal.Length > 1 || published.Any(ov => ov.TopK != published[0].TopK))
            throw new InvalidDataException($"{run.Figures.Source}: ov: expected one topK and one kind of next for {task}.");
        var prompts = OvPrompts.Create(run.Members(task), run.Config.Tokenizer, task, ordinal is [true]);
        var result = OvScores.Run(
            run.Model, prompts, published[0].TopK, run.Config.Memory,
            new SynchronousProgress<int>(layer => table.Step($"layer {layer}")), table.CancellationToken);
        table.Needs(result.Memory.PredictedBytes);
        table.Note = Invariant($"one hit is {100.0 / prompts.MemberCounts.Sum():0.####}");
        foreach (var ov in published)
        {
            var name = ov.Kind == OvScoreKind.Copy ? "copy" : ov.OrdinalNext ? "next (ordinal)" : "next";
            if (prompts.Tokens.Count != ov.Prompts) table.Add(VerifyRow.Of($"{name}: sequences", ov.Prompts, prompts.Tokens.Count, 0));
            foreach (var head in result.Heads)
                table.Add(VerifyRow.Of($"{name} {head.Head}", ov.Scores.GetValueOrDefault(head.Head),
                    result.Percent(head.Positive, ov.Kind)));
        }
    }
}
