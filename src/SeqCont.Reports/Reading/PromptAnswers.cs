using SeqCont.Model;

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
        var rows = JsonText.ReadLines(path, "a prompt's answers").Select(row => (
            Full: row["fullLogitDiff"].NumberOrNaN(), Circuit: row["circuitLogitDiff"].NumberOrNaN(),
            FullTop: Top(row, "fullTop"), CircuitTop: Top(row, "circuitTop"))).ToList();
        return new PromptAnswers([.. rows.Select(row => row.Full)], [.. rows.Select(row => row.Circuit)],
            [.. rows.Select(row => row.FullTop)], [.. rows.Select(row => row.CircuitTop)]);
    }

    private static string Top(JsonField row, string name) =>
        row.Optional($"{name}Text")?.Text() ?? $"#{row[name].Whole(0)}";
}
