namespace SeqCont.Reports;

/// <summary>Rows of per-prompt.jsonl: the full model's and the circuit's answers.</summary>
/// <param name="Full">Logit differences of the full model, [prompt].</param>
/// <param name="Circuit">Logit differences of the circuit, [prompt].</param>
/// <param name="FullTop">The full model's top predictions: text, or a token id, [prompt].</param>
/// <param name="CircuitTop">The circuit's, [prompt].</param>
internal sealed record PromptAnswers(double[] Full, double[] Circuit, string[] FullTop, string[] CircuitTop)
{
    /// <summary>Reads per-prompt.jsonl.</summary>
    /// <exception cref="InvalidDataException">A line is no prompt's answers; the message names it.</exception>
    public static PromptAnswers Read(string path)
    {
        var rows = JsonRows.Read(path, "a prompt's answers", row => (
            Full: row.Number("fullLogitDiff"), Circuit: row.Number("circuitLogitDiff"),
            FullTop: row.TextOrNull("fullTopText") ?? $"#{row.Whole("fullTop")}",
            CircuitTop: row.TextOrNull("circuitTopText") ?? $"#{row.Whole("circuitTop")}"));
        return new PromptAnswers([.. rows.Select(row => row.Full)], [.. rows.Select(row => row.Circuit)],
            [.. rows.Select(row => row.FullTop)], [.. rows.Select(row => row.CircuitTop)]);
    }
}
