using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The .jsonl files of results: one row a prompt, or one row a node.</summary>
public static class AnswerFiles
{
    /// <summary>
    /// Writes per-prompt.jsonl: prompt (from 1, in file order), both logit differences and both top predictions.
    /// </summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="full">The full model's answers.</param>
    /// <param name="circuit">The circuit's answers.</param>
    /// <param name="tokenText">A token's text; null where the model has no tokenizer.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WritePerPrompt(string path, CircuitAnswers full, CircuitAnswers circuit, Func<int, string>? tokenText)
    {
        ArgumentNullException.ThrowIfNull(full);
        ArgumentNullException.ThrowIfNull(circuit);
        JsonFile.WriteBeside(path, stream =>
        {
            for (var i = 0; i < full.LogitDiffs.Length; i++)
            {
                JsonFile.WriteRow(stream, writer =>
                {
                    writer.WriteNumber("prompt", i + 1);
                    writer.WriteFinite("fullLogitDiff", full.LogitDiffs[i]);
                    writer.WriteFinite("circuitLogitDiff", circuit.LogitDiffs[i]);
                    writer.WriteNumber("fullTop", full.TopPredictions[i]);
                    writer.WriteNumber("circuitTop", circuit.TopPredictions[i]);
                    if (tokenText is null) return;
                    writer.WriteString("fullTopText", tokenText(full.TopPredictions[i]));
                    writer.WriteString("circuitTopText", tokenText(circuit.TopPredictions[i]));
                });
            }
        });
    }

    /// <summary>Writes each.jsonl: what is left when one node goes, in the order in which they were tried.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="effects">One node each.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WriteEach(string path, IReadOnlyList<NodeEffect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        JsonFile.WriteBeside(path, stream =>
        {
            foreach (var effect in effects) JsonFile.WriteRow(stream, writer => WriteEffect(writer, effect));
        });
    }

    /// <summary>Writes the fields of one node's effect into an open JSON object.</summary>
    public static void WriteEffect(System.Text.Json.Utf8JsonWriter writer, NodeEffect effect)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(effect);
        writer.WriteString("node", effect.Node.ToString());
        writer.WriteFinite("logitDiff", effect.LogitDiff.Mean);
        writer.WriteFinite("standardError", effect.LogitDiff.StandardError);
        writer.WriteFinite("score", 100 * effect.Faithfulness);
    }
}
