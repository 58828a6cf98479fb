using System.Text.Json;

namespace SeqCont.Reports;

/// <summary>A mean probability with its standard error, both from 0 to 1.</summary>
internal readonly record struct MeanProbability(double Mean, double StandardError);

/// <summary>What the lens says about one row, over all prompts.</summary>
/// <param name="Name">embeddings, or after block i.</param>
/// <param name="Correct">Probability of the right answer.</param>
/// <param name="Incorrect">Probability of the wrong one.</param>
/// <param name="CorrectRank">Median rank of the right answer, from 1.</param>
/// <param name="IncorrectRank">Median rank of the wrong one.</param>
/// <param name="TopShare">Share of prompts whose top token is the right answer.</param>
internal sealed record LensRow(
    string Name, MeanProbability Correct, MeanProbability Incorrect, double CorrectRank, double IncorrectRank, double TopShare);

/// <summary>A token that a row ranks high for the first prompt.</summary>
/// <param name="Text">Its text, or "#id".</param>
/// <param name="Probability">From 0 to 1.</param>
internal readonly record struct TopToken(string Text, double Probability);

/// <summary>"An earlier member, then the right answer" for two consecutive rows.</summary>
internal readonly record struct LensStep(int Earlier, int Later, int Count, double Percent);

/// <summary>Probabilities for sequences of one length.</summary>
/// <param name="Members">Members shown.</param>
/// <param name="Correct">Probability of the next member.</param>
/// <param name="Previous">Probability of the last member shown.</param>
internal readonly record struct LensLength(int Members, MeanProbability Correct, MeanProbability Previous);

/// <summary>lens.json, as far as a page shows it.</summary>
internal sealed record LensReadings
{
    private const string Expected = "readings of a logit lens";

    /// <summary>Whether it reads as the study did.</summary>
    public required bool AsPublished { get; init; }

    /// <summary>Prompts read.</summary>
    public required int Prompts { get; init; }

    /// <summary>Row by row, from the embeddings on.</summary>
    public required LensRow[] Rows { get; init; }

    /// <summary>The first prompt's text; null where it has none.</summary>
    public string? FirstText { get; init; }

    /// <summary>Its right answer.</summary>
    public required string FirstCorrect { get; init; }

    /// <summary>Its top tokens, [row][rank].</summary>
    public required TopToken[][] FirstTop { get; init; }

    /// <summary>Every pair of consecutive rows; empty where members are unknown.</summary>
    public LensStep[] Steps { get; init; } = [];

    /// <summary>Row of the study's pair; null where there is none.</summary>
    public int? StudyRow { get; init; }

    /// <summary>By sequence length; empty where it was not measured.</summary>
    public LensLength[] Lengths { get; init; } = [];

    /// <summary>Reads lens.json.</summary>
    /// <exception cref="InvalidDataException">The file holds no readings; the message names it.</exception>
    public static LensReadings Read(string path)
    {
        using var document = JsonFile.ReadObject(path, Expected);
        return JsonRows.Checked(path, Expected, () => Of(document.RootElement));
    }

    private static LensReadings Of(JsonElement root)
    {
        var first = root.GetProperty("first");
        var hasSteps = root.TryGetProperty("steps", out var steps) && steps.ValueKind == JsonValueKind.Object;
        var hasLengths = root.TryGetProperty("lengths", out var lengths) && lengths.ValueKind == JsonValueKind.Array;
        return new LensReadings
        {
            AsPublished = root.TryGetProperty("asPublished", out var published) && published.ValueKind == JsonValueKind.True,
            Prompts = root.GetProperty("prompts").GetInt32(),
            Rows = [.. root.GetProperty("rows").EnumerateArray().Select(Row)],
            FirstText = first.TextOrNull("text"),
            FirstCorrect = Text(first.GetProperty("correct")),
            FirstTop = [.. first.GetProperty("rows").EnumerateArray().Select(row =>
                row.GetProperty("top").EnumerateArray().Select(token => new TopToken(Text(token), token.Number("probability"))).ToArray())],
            Steps = hasSteps ? [.. steps.GetProperty("pairs").EnumerateArray().Select(Step)] : [],
            StudyRow = hasSteps ? steps.GetProperty("study").GetProperty("earlierRow").GetInt32() : null,
            Lengths = hasLengths ? [.. lengths.EnumerateArray()
                .Select(length => new LensLength(length.GetProperty("members").GetInt32(), Mean(length, "correct"),
                    Mean(length, "previous")))] : [],
        };
    }

    private static LensRow Row(JsonElement row) => new(
        row.GetProperty("name").GetString() ?? "", Mean(row, "correct"), Mean(row, "incorrect"),
        row.GetProperty("correct").Number("medianRank"), row.GetProperty("incorrect").Number("medianRank"),
        row.GetProperty("correct").Number("topShare"));

    private static LensStep Step(JsonElement pair) => new(
        pair.GetProperty("earlierRow").GetInt32(), pair.GetProperty("laterRow").GetInt32(), pair.GetProperty("count").GetInt32(),
        pair.Number("percent"));

    private static MeanProbability Mean(JsonElement parent, string name) =>
        new(parent.GetProperty(name).Number("probability"), parent.GetProperty(name).Number("standardError"));

    private static string Text(JsonElement token) => token.TextOrNull("text") ?? $"#{token.GetProperty("token").GetInt32()}";
}
