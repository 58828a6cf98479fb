namespace SeqCont.Circuits;

/// <summary>
/// Another program's attention patterns and top logits of short prompts. It may run quantised weights, so they are compared
/// loosely: the same first token, most of the top tokens shared in any order, and heads that attend alike on average.
/// </summary>
internal static class ExplainerTable
{
    /// <summary>The share of the top tokens that must be shared.</summary>
    public const double LeastShared = 0.75;

    /// <summary>How far a head's pattern may be off at its worst entry, on average over heads.</summary>
    public const double MostAway = 0.05;

    public static void Fill(Verification run, TableFilling table)
    {
        var (model, sizes) = (run.Model, run.Model.Config);
        table.Note = Invariant(
            $"loose: the first token equal; {100 * LeastShared:0} % of the top tokens shared, in any order; every head's worst entry, ")
                + Invariant($"averaged over heads, at most {MostAway} off");
        foreach (var prompt in run.Config.Explainer)
        {
            var name = $"\"{prompt.Text}\"";
            var own = run.Config.Tokenizer.Encode(prompt.Text);
            if (!own.SequenceEqual(prompt.Tokens))
                table.Add(Text($"{name}: tokens", string.Join(' ', prompt.Tokens), string.Join(' ', own)));
            var prompts = PromptSet.Create([LensTokenTable.Row(prompt.Tokens)], null, sizes, null, name);
            var lens = LogitLens.Run(
                model, prompts, new LogitLensConfig { TopK = prompt.Top.Count, FirstRow = sizes.NLayers, Memory = run.Config.Memory }, null,
                table.CancellationToken);
            int[] top = [.. lens.Rows[0][0].Top.Select(token => token.Token)];
            table.Add(Text($"{name}: first token", run.TokenText(prompt.Top[0]), run.TokenText(top[0])));
            var shared = top.Intersect(prompt.Top).Count();
            table.Add(VerifyRow.Judged($"{name}: shared of the top {prompt.Top.Count}", prompt.Top.Count, shared,
                shared >= LeastShared * prompt.Top.Count));
            NodeSpace space = sizes;
            foreach (var head in prompt.Patterns.Keys.Where(head => !space.Has(head)))
                throw new InvalidDataException($"{name}: expected patterns of {space}, got one of {head}.");
            var means = AttentionMeans.Measure(model, prompts, [.. Enumerable.Range(0, sizes.NLayers)], budget: run.Config.Memory,
                cancellationToken: table.CancellationToken);
            var away = prompt.Patterns.Average(entry => Away(entry.Value, means.Pattern(entry.Key)));
            table.Add(VerifyRow.Judged($"{name}: attention, worst entry of a head on average", 0, away, away <= MostAway));
            table.Needs(lens.Memory.PredictedBytes);
            table.Step(name);
        }
    }

    /// <summary>The largest difference of two patterns; entries beyond the query are 0.</summary>
    private static double Away(double[] published, double[][] ours) =>
        Enumerable.Range(0, published.Length)
            .Max(i => Math.Abs(published[i] - (i % ours.Length <= i / ours.Length ? ours[i / ours.Length][i % ours.Length] : 0)));

    private static VerifyRow Text(string name, string published, string ours) =>
        VerifyRow.Judged(name, double.NaN, double.NaN, published == ours) with
        {
            PublishedText = $"'{published}'",
            OursText = $"'{ours}'",
        };
}
