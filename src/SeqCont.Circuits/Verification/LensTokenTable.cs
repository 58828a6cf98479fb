namespace SeqCont.Circuits;

/// <summary>
/// The top tokens of every row of the published lens, for a few prompts. It was read in float16 without the final
/// LayerNorm, where small probabilities underflow to equal ones: such places are filled by the tokens 0, 1, 2, ...
/// Tokens before that filler are shown beside ours; nothing here is judged.
/// </summary>
internal static class LensTokenTable
{
    public static void Fill(Verification run, TableFilling table)
    {
        var (published, tokenizer, sizes) = (run.Figures.Lens!.Prompts, run.Config.Tokenizer, run.Model.Config);
        if (published.Count == 0) return;
        var prompts = PromptSet.Create([.. published.Select(prompt => Row(tokenizer.Encode(prompt.Text)))], null, sizes,
            null, "the published lens's prompts");
        var config = new LogitLensConfig
        {
            TopK = published.Max(prompt => prompt.Top.Max(row => row.Length)),
            AsPublished = true,
            Memory = run.Config.Memory
        };
        var lens = LogitLens.Run(
            run.Model, prompts, config, new SynchronousProgress<int>(row => table.Step($"row {row}")),
            table.CancellationToken);
        table.Needs(lens.Memory.PredictedBytes);
        var (sameFirst, same) = (0, 0);
        foreach (var (i, prompt) in published.Index())
        {
            foreach (var (row, top) in prompt.Top.Index())
            {
                var theirs = top[..BeforeFiller(top, run.TokenText)];
                string[] ours = [.. lens.Rows[row][i].Top.Take(theirs.Length).Select(token => run.TokenText(token.Token))];
                var (isFirst, isSame) = (theirs.Length > 0 && theirs[0] == ours[0], theirs.SequenceEqual(ours));
                if (isFirst) sameFirst++;
                if (isSame) same++;
                table.Add(new VerifyRow($"\"{prompt.Text}\" row {row}", double.NaN, double.NaN, VerifyVerdict.Informational)
                {
                    PublishedText = Joined(theirs),
                    OursText = Joined(ours),
                    Note = isSame ? "same" : isFirst ? "same first token" : "another first token",
                });
            }
        }

        table.Note = $"first token the same in {sameFirst} of {table.Rows.Count} rows, all tokens before the float16 filler in {same}";
    }

    /// <summary>How many tokens of a row come before the run of tokens 0, 1, 2, ... that it may end in.</summary>
    internal static int BeforeFiller(string[] row, Func<int, string> tokenText)
    {
        for (var start = 0; start < row.Length; start++)
            if (Enumerable.Range(0, row.Length - start).All(token => row[start + token] == tokenText(token))) return start;
        return row.Length;
    }

    /// <summary>A prompt whose answers are of no matter.</summary>
    internal static PromptRow Row(IReadOnlyList<int> tokens) => new()
    {
        Tokens = tokens,
        Corr = new PromptAnswer(0),
        Incorr = new PromptAnswer(1),
    };

    private static string Joined(IEnumerable<string> tokens) => string.Join(' ', tokens.Select(token => $"'{token}'"));
}
