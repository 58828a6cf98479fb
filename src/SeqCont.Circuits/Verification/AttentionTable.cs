using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Single entries of heads' mean attention patterns, over the first prompts of each template, with BOS.</summary>
internal static class AttentionTable
{
    public static void Fill(Verification run, TableFilling table)
    {
        foreach (var values in run.Figures.Attention.GroupBy(value => value.Task))
        {
            var prompts = run.Prompts.OfAttention(values.Key, run.Bos);
            int[] layers = [.. values.Select(value => value.Head.Layer).Distinct()];
            table.Needs(AttentionMeans.PredictBytes(run.Model.Config, run.Model.Ops, prompts, layers.Length,
                    perPrompt: false));
            var means = AttentionMeans.Measure(run.Model, prompts, layers, budget: run.Config.Memory,
                cancellationToken: table.CancellationToken);
            foreach (var value in values)
            {
                var query = value.Query is { } text ? Place(text, prompts, run.Config.Tokenizer) : prompts.Tokens[0].Length - 1;
                var ours = means.Pattern(value.Head)[query][Place(value.Key, prompts, run.Config.Tokenizer)];
                table.Add(VerifyRow.Of(
                    $"{values.Key} {value.Head} {(value.Query is null ? "last position" : $"'{value.Query}'")} to '{value.Key}'",
                    100 * value.Value, 100 * ours));
            }

            table.Step(values.Key);
        }
    }

    /// <summary>Where the first prompt has a token; the axes of the published patterns are its tokens.</summary>
    private static int Place(string text, PromptSet prompts, Gpt2Tokenizer tokenizer)
    {
        var place = Array.IndexOf(prompts.Tokens[0], tokenizer.SingleToken(text));
        return place >= 0 ? place : throw new InvalidDataException(
            $"{prompts.Source}: expected the token '{text}' in the first prompt, as the published pattern has it.");
    }
}
