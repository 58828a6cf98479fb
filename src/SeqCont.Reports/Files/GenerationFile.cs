using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What a set of generated prompts came from.</summary>
/// <param name="Origin">What ran, and on the model that was asked, or whose words were used.</param>
/// <param name="Task">The task.</param>
/// <param name="Companions">Tasks that had to be answered too.</param>
/// <param name="Filter">study, own or none.</param>
/// <param name="Seed">Seed of the generator.</param>
/// <param name="Precision">fp32, tf32 or fp64.</param>
/// <param name="Result">The prompts, and how candidates fared; tallies are empty where the model was not asked.</param>
/// <param name="Seconds">Seconds by phase, in order.</param>
/// <param name="Bos">The token before every prompt that the model was asked; null for none.</param>
public sealed record GenerationRecord(
    RunOrigin Origin, TaskDefinition Task, IReadOnlyList<string> Companions, string Filter, long Seed, string Precision,
    PromptFilterResult Result, IReadOnlyList<KeyValuePair<string, double>> Seconds, int? Bos = null);

/// <summary>
/// &lt;task&gt;_generated.json, beside generated prompts: what they came from, how many candidates the model answered, and
/// some that it did not.
/// </summary>
public static class GenerationFile
{
    /// <summary>The file's name.</summary>
    public static string Name(TaskDefinition task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return $"{task.Name}_generated.json";
    }

    /// <summary>What the file says.</summary>
    /// <param name="record">What was generated.</param>
    /// <param name="tokenText">A token's text.</param>
    public static Json Of(GenerationRecord record, Func<int, string> tokenText)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(tokenText);
        var (task, tallies) = (record.Task, record.Result.Tallies);
        int tested = tallies.Sum(tally => tally.Tested), accepted = tallies.Sum(tally => tally.Accepted);
        return
        [
            .. RunFile.Origin(record.Origin), ("task", task.Name), ("taskFile", task.File),
            ("filter", record.Filter), ("companions", Json.List(record.Companions, companion => companion)), ("bos", record.Bos),
            ("seed", record.Seed), ("precision", record.Precision), ("prompts", record.Result.Prompts.Clean.Count),
            ("tested", tested), ("accepted", accepted), ("acceptanceRate", accepted / (double)tested),
            ("templates", Json.List(tallies, tally =>
            [
                ("template", tally.Template), ("kept", tally.Kept), ("tested", tally.Tested), ("accepted", tally.Accepted),
                ("otherTop", tally.OtherTop), ("tooClose", tally.TooClose),
            ])),
            ("rejected", Json.List(record.Result.Examples, example =>
            [
                ("task", example.Task), ("template", example.Template), ("text", example.Row.Text),
                ("why", JsonNamingPolicy.CamelCase.ConvertName($"{example.Why}")), ("top", tokenText(example.Odds.Top)),
                ("topProbability", example.Odds.TopProbability), ("corr", example.Row.Corr.Text),
                ("corrProbability", example.Odds.Correct), ("incorr", example.Row.Incorr.Text),
                ("incorrProbability", example.Odds.Incorrect),
            ])),
            .. RunFile.Host(record.Origin, [("seconds", RunFile.Seconds(record.Seconds))]),
        ];
    }
}
