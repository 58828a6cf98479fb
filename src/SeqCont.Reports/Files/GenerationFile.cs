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

    /// <summary>Writes the fields into an open JSON object.</summary>
    /// <param name="writer">The object.</param>
    /// <param name="record">What was generated.</param>
    /// <param name="tokenText">A token's text.</param>
    public static void WriteFields(Utf8JsonWriter writer, GenerationRecord record, Func<int, string> tokenText)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(tokenText);
        writer.WriteNumber("schema", JsonFile.Schema);
        RunFile.WriteTool(writer, record.Origin);
        RunFile.WriteModel(writer, record.Origin.Model);
        writer.WriteString("task", record.Task.Name);
        RunFile.WriteText(writer, "taskFile", record.Task.File);
        writer.WriteString("filter", record.Filter);
        writer.WriteStartArray("companions");
        foreach (var companion in record.Companions) writer.WriteStringValue(companion);
        writer.WriteEndArray();
        if (record.Bos is { } bos) writer.WriteNumber("bos", bos);
        else writer.WriteNull("bos");
        writer.WriteNumber("seed", record.Seed);
        writer.WriteString("precision", record.Precision);
        writer.WriteNumber("prompts", record.Result.Prompts.Clean.Count);
        WriteTallies(writer, record.Result.Tallies);
        writer.WriteStartArray("rejected");
        foreach (var example in record.Result.Examples) WriteExample(writer, example, tokenText);
        writer.WriteEndArray();
        writer.WriteStartObject("seconds");
        foreach (var (phase, seconds) in record.Seconds) writer.WriteFinite(phase, seconds);
        writer.WriteEndObject();
    }

    private static void WriteTallies(Utf8JsonWriter writer, IReadOnlyList<TemplateTally> tallies)
    {
        int tested = tallies.Sum(tally => tally.Tested), accepted = tallies.Sum(tally => tally.Accepted);
        writer.WriteNumber("tested", tested);
        writer.WriteNumber("accepted", accepted);
        writer.WriteFinite("acceptanceRate", accepted / (double)tested);
        writer.WriteStartArray("templates");
        foreach (var tally in tallies)
        {
            writer.WriteStartObject();
            writer.WriteString("template", tally.Template);
            writer.WriteNumber("kept", tally.Kept);
            writer.WriteNumber("tested", tally.Tested);
            writer.WriteNumber("accepted", tally.Accepted);
            writer.WriteNumber("otherTop", tally.OtherTop);
            writer.WriteNumber("tooClose", tally.TooClose);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteExample(Utf8JsonWriter writer, RejectedPrompt example, Func<int, string> tokenText)
    {
        writer.WriteStartObject();
        writer.WriteString("task", example.Task);
        writer.WriteString("template", example.Template);
        writer.WriteString("text", example.Row.Text);
        writer.WriteString("why", example.Why == Rejection.OtherTop ? "otherTop" : "tooClose");
        writer.WriteString("top", tokenText(example.Odds.Top));
        writer.WriteFinite("topProbability", example.Odds.TopProbability);
        writer.WriteString("corr", example.Row.Corr.Text);
        writer.WriteFinite("corrProbability", example.Odds.Correct);
        writer.WriteString("incorr", example.Row.Incorr.Text);
        writer.WriteFinite("incorrProbability", example.Odds.Incorrect);
        writer.WriteEndObject();
    }
}
