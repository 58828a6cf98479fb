using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The .jsonl files of results: one row a prompt, or one row a node.</summary>
public static class AnswerFiles
{
    /// <summary>
    /// The rows of per-prompt.jsonl: prompt (from 1, in file order), both logit differences and both top predictions.
    /// </summary>
    /// <param name="full">The full model's answers.</param>
    /// <param name="circuit">The circuit's answers.</param>
    /// <param name="tokenText">A token's text; null where the model has no tokenizer.</param>
    public static IEnumerable<Json> PerPrompt(CircuitAnswers full, CircuitAnswers circuit, Func<int, string>? tokenText)
    {
        ArgumentNullException.ThrowIfNull(full);
        ArgumentNullException.ThrowIfNull(circuit);
        return full.Values.Select<double, Json>((logitDiff, i) => [
            ("prompt", i + 1), ("fullLogitDiff", logitDiff), ("circuitLogitDiff", circuit.Values[i]),
            ("fullTop", full.TopPredictions[i]), ("circuitTop", circuit.TopPredictions[i]),
            ("fullTopText?", tokenText?.Invoke(full.TopPredictions[i])),
            ("circuitTopText?", tokenText?.Invoke(circuit.TopPredictions[i]))]);
    }

    /// <summary>A row of each.jsonl: what is left when one node goes.</summary>
    public static Json Effect(NodeEffect effect)
    {
        ArgumentNullException.ThrowIfNull(effect);
        return [("node", $"{effect.Node}"), .. RunFile.Mean(effect.Metric), ("score", 100 * effect.Faithfulness)];
    }
}
