using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What <c>seqcont lens</c> found, ready to be written.</summary>
public sealed record LensReport
{
    /// <summary>The task's name; null where prompts came from files without one.</summary>
    public string? Task { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The prompts.</summary>
    public required PromptSet Prompts { get; init; }

    /// <summary>The readings, from row 0 on.</summary>
    public required LogitLensResult Lens { get; init; }

    /// <summary>"Earlier member, then correct" for every pair of consecutive rows; null where members are unknown.</summary>
    public IReadOnlyList<StepCount>? Steps { get; init; }

    /// <summary>The earlier row of the study's pair.</summary>
    public required int StudyRow { get; init; }

    /// <summary>Probabilities against sequence length; null where they were not measured.</summary>
    public IReadOnlyList<LengthProbability>? Lengths { get; init; }

    /// <summary>A token's text; null where the model has no tokenizer.</summary>
    public Func<int, string>? TokenText { get; init; }
}

/// <summary>
/// lens.json. Ranks count from 1, probabilities and shares go from 0 to 1, texts are null without a tokenizer:
/// <code>
/// { "schema": 1, "model", "task" (or null), "asPublished", "topK", "prompts": number of prompts,
///   "rows": [ { "row": 0, "name": "embeddings" | "after block i",
///               "correct": { "probability" (mean over prompts), "standardError", "medianRank", "topShare" (rank 1) },
///               "incorrect": the same } ],
///   "first": { "prompt": 1, "text", "correct": { "token", "text" }, "incorrect": the same,
///              "rows": [ { "row", "top": [ { "token", "text", "logit", "probability" } ],
///                          "correct": { "rank", "probability" }, "incorrect": the same } ] },
///   "steps": null | { "study": PAIR, "pairs": [ PAIR ] }, PAIR = { "earlierRow", "laterRow", "count", "percent" },
///   "lengths": null | [ { "members", "prompts", "correct": { "probability", "standardError" }, "previous": the same, "topShare" } ] }
/// </code>
/// lens-per-prompt.jsonl: a line a prompt, { "prompt": from 1, "rows": [ { "row", "top": [ids], "topText": [texts],
/// "correctRank", "correctProbability", "incorrectRank", "incorrectProbability" } ] }.
/// </summary>
public static class LensFile
{
    /// <summary>Writes lens.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="report">What was found.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, writer => WriteFields(writer, report)));
    }

    /// <summary>Writes the fields of lens.json into an open JSON object.</summary>
    public static void WriteFields(Utf8JsonWriter writer, LensReport report)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(report);
        writer.WriteNumber("schema", JsonFile.Schema);
        writer.WriteString("model", report.Model);
        writer.WriteString("task", report.Task);
        writer.WriteBoolean("asPublished", report.Lens.Config.AsPublished);
        writer.WriteNumber("topK", report.Lens.Config.TopK);
        writer.WriteNumber("prompts", report.Prompts.Count);
        WriteArray(writer, "rows", report.Lens.Rows.Count, row => WriteRow(writer, row, report.Lens.Rows[row]));
        WriteFirst(writer, report);
        WriteSteps(writer, report);
        if (report.Lengths is null) writer.WriteNull("lengths");
        else WriteArray(writer, "lengths", report.Lengths.Count, i => WriteLength(writer, report.Lengths[i]));
    }

    /// <summary>Writes lens-per-prompt.jsonl.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="report">What was found.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WritePerPrompt(string path, LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        JsonFile.WriteBeside(path, stream =>
        {
            for (var prompt = 0; prompt < report.Prompts.Count; prompt++)
            {
                var number = prompt;
                JsonFile.WriteRow(stream, writer =>
                {
                    writer.WriteNumber("prompt", number + 1);
                    WriteArray(writer, "rows", report.Lens.Rows.Count,
                        row => WriteReading(writer, row, report.Lens.Rows[row][number], report.TokenText));
                });
            }
        });
    }

    /// <summary>What a row of a lens is called.</summary>
    public static string RowName(int row) => row == 0 ? "embeddings" : FormattableString.Invariant($"after block {row - 1}");

    private static void WriteRow(Utf8JsonWriter writer, int row, LensReading[] readings)
    {
        writer.WriteNumber("row", row);
        writer.WriteString("name", RowName(row));
        WriteAnswers(writer, "correct", [.. readings.Select(reading => reading.Correct)]);
        WriteAnswers(writer, "incorrect", [.. readings.Select(reading => reading.Incorrect)]);
    }

    private static void WriteAnswers(Utf8JsonWriter writer, string name, LensAnswer[] answers)
    {
        writer.WriteStartObject(name);
        WriteMean(writer, PromptMean.Of([.. answers.Select(answer => answer.Probability)]));
        writer.WriteFinite("medianRank", MedianRank(answers));
        writer.WriteFinite("topShare", answers.Average(answer => answer.Rank == 1 ? 1.0 : 0));
        writer.WriteEndObject();
    }

    /// <summary>The rank in the middle; between two, their mean.</summary>
    public static double MedianRank(IReadOnlyList<LensAnswer> answers)
    {
        int[] ranks = [.. answers.Select(answer => answer.Rank).Order()];
        return (ranks[(ranks.Length - 1) / 2] + ranks[ranks.Length / 2]) / 2.0;
    }

    private static void WriteFirst(Utf8JsonWriter writer, LensReport report)
    {
        writer.WriteStartObject("first");
        writer.WriteNumber("prompt", 1);
        writer.WriteString("text", report.Prompts.Texts[0]);
        WriteToken(writer, "correct", report.Prompts.Correct[0], report.TokenText);
        WriteToken(writer, "incorrect", report.Prompts.Incorrect[0], report.TokenText);
        WriteArray(writer, "rows", report.Lens.Rows.Count, row =>
        {
            var reading = report.Lens.Rows[row][0];
            writer.WriteNumber("row", row);
            WriteArray(writer, "top", reading.Top.Length, i =>
            {
                writer.WriteNumber("token", reading.Top[i].Token);
                writer.WriteString("text", report.TokenText?.Invoke(reading.Top[i].Token));
                writer.WriteFinite("logit", reading.Top[i].Logit);
                writer.WriteFinite("probability", reading.Top[i].Probability);
            });
            WriteAnswer(writer, "correct", reading.Correct);
            WriteAnswer(writer, "incorrect", reading.Incorrect);
        });
        writer.WriteEndObject();
    }

    private static void WriteAnswer(Utf8JsonWriter writer, string name, LensAnswer answer)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("rank", answer.Rank);
        writer.WriteFinite("probability", answer.Probability);
        writer.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter writer, string name, int token, Func<int, string>? tokenText)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("token", token);
        writer.WriteString("text", tokenText?.Invoke(token));
        writer.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter writer, LensReport report)
    {
        if (report.Steps is not { } steps)
        {
            writer.WriteNull("steps");
            return;
        }

        void Pair(StepCount step)
        {
            writer.WriteNumber("earlierRow", step.Row);
            writer.WriteNumber("laterRow", step.Row + 1);
            writer.WriteNumber("count", step.Prompts);
            writer.WriteFinite("percent", 100.0 * step.Prompts / report.Prompts.Count);
        }

        writer.WriteStartObject("steps");
        writer.WriteStartObject("study");
        Pair(steps.Single(step => step.Row == report.StudyRow));
        writer.WriteEndObject();
        WriteArray(writer, "pairs", steps.Count, i => Pair(steps[i]));
        writer.WriteEndObject();
    }

    private static void WriteLength(Utf8JsonWriter writer, LengthProbability length)
    {
        writer.WriteNumber("members", length.Members);
        writer.WriteNumber("prompts", length.Prompts);
        writer.WriteStartObject("correct");
        WriteMean(writer, length.Correct);
        writer.WriteEndObject();
        writer.WriteStartObject("previous");
        WriteMean(writer, length.Previous);
        writer.WriteEndObject();
        writer.WriteFinite("topShare", length.TopShare);
    }

    private static void WriteMean(Utf8JsonWriter writer, PromptMean mean)
    {
        writer.WriteFinite("probability", mean.Mean);
        writer.WriteFinite("standardError", mean.StandardError);
    }

    private static void WriteReading(Utf8JsonWriter writer, int row, LensReading reading, Func<int, string>? tokenText)
    {
        writer.WriteNumber("row", row);
        writer.WriteStartArray("top");
        foreach (var token in reading.Top) writer.WriteNumberValue(token.Token);
        writer.WriteEndArray();
        if (tokenText is null) writer.WriteNull("topText");
        else
        {
            writer.WriteStartArray("topText");
            foreach (var token in reading.Top) writer.WriteStringValue(tokenText(token.Token));
            writer.WriteEndArray();
        }

        writer.WriteNumber("correctRank", reading.Correct.Rank);
        writer.WriteFinite("correctProbability", reading.Correct.Probability);
        writer.WriteNumber("incorrectRank", reading.Incorrect.Rank);
        writer.WriteFinite("incorrectProbability", reading.Incorrect.Probability);
    }

    private static void WriteArray(Utf8JsonWriter writer, string name, int count, Action<int> writeFields)
    {
        writer.WriteStartArray(name);
        for (var i = 0; i < count; i++)
        {
            writer.WriteStartObject();
            writeFields(i);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
