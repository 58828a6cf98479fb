using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What a set of generated prompts came from.</summary>
public sealed record GenerationRecord
{
    /// <summary>What ran, and on the model that was asked, or whose words were used.</summary>
    public required RunOrigin Origin { get; init; }

    /// <summary>The task.</summary>
    public required TaskDefinition Task { get; init; }

    /// <summary>Tasks that had to be answered too.</summary>
    public required IReadOnlyList<string> Companions { get; init; }

    /// <summary>study, own or none.</summary>
    public required string Filter { get; init; }

    /// <summary>The token before every prompt that the model was asked; null for none.</summary>
    public int? Bos { get; init; }

    /// <summary>Seed of the generator.</summary>
    public required long Seed { get; init; }

    /// <summary>fp32, tf32 or fp64.</summary>
    public required string Precision { get; init; }

    /// <summary>The prompts, and how candidates fared; tallies are empty where the model was not asked.</summary>
    public required PromptFilterResult Result { get; init; }

    /// <summary>Seconds by phase, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, double>> Seconds { get; init; }
}

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
            .. RunFile.Origin(record.Origin).Where(field => field.Name != "startedAt"), ("task", task.Name), ("taskFile", task.File),
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
            ("seconds", RunFile.Seconds(record.Seconds)),
        ];
    }
}
