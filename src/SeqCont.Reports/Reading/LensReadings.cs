using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What the lens says about one row, over all prompts.</summary>
/// <param name="Name">embeddings, or after block i.</param>
/// <param name="Correct">Probability of the right answer.</param>
/// <param name="Incorrect">Probability of the wrong one.</param>
/// <param name="CorrectRank">Median rank of the right answer, from 1.</param>
/// <param name="IncorrectRank">Median rank of the wrong one.</param>
/// <param name="TopShare">Share of prompts whose top token is the right answer.</param>
internal sealed record LensRow(
    string Name, PromptMean Correct, PromptMean Incorrect, double CorrectRank, double IncorrectRank, double TopShare);

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
internal readonly record struct LensLength(int Members, PromptMean Correct, PromptMean Previous);

/// <summary>lens.json, as far as a page shows it.</summary>
/// <param name="AsPublished">Whether it reads as the study did.</param>
/// <param name="Prompts">Prompts read.</param>
/// <param name="Rows">Row by row, from the embeddings on.</param>
/// <param name="FirstText">The first prompt's text; null where it has none.</param>
/// <param name="FirstCorrect">Its right answer.</param>
/// <param name="FirstTop">Its top tokens, [row][rank].</param>
/// <param name="Steps">Every pair of consecutive rows; empty where members are unknown.</param>
/// <param name="StudyRow">Row of the study's pair; null where there is none.</param>
/// <param name="Lengths">By sequence length; empty where it was not measured.</param>
internal sealed record LensReadings(
    bool AsPublished, int Prompts, LensRow[] Rows, string? FirstText, string FirstCorrect, TopToken[][] FirstTop, LensStep[] Steps,
    int? StudyRow, LensLength[] Lengths)
{
    /// <summary>Reads lens.json.</summary>
    /// <exception cref="InvalidDataException">The file holds no readings; the message names it.</exception>
    public static LensReadings Read(string path) => JsonRows.ReadFile(path, "readings of a logit lens", Of);

    /// <summary>The same of its root.</summary>
    public static LensReadings Of(JsonElement root)
    {
        var (first, steps) = (root.GetProperty("first"), root.Part("steps"));
        return new LensReadings(
            root.Part("asPublished", JsonValueKind.True) is not null, root.Whole("prompts"), root.List("rows", Row),
            first.TextOrNull("text"), Text(first.GetProperty("correct")),
            first.List("rows", row => row.List("top", token => new TopToken(Text(token), token.Number("probability")))),
            steps?.List("pairs", Step) ?? [], steps?.GetProperty("study").Whole("earlierRow"),
            root.Part("lengths", JsonValueKind.Array) is null ? [] : root.List("lengths", length =>
                new LensLength(length.Whole("members"), Mean(length.GetProperty("correct")), Mean(length.GetProperty("previous")))));
    }

    private static LensRow Row(JsonElement row)
    {
        var (correct, incorrect) = (row.GetProperty("correct"), row.GetProperty("incorrect"));
        return new(row.GetProperty("name").GetString() ?? "", Mean(correct), Mean(incorrect), correct.Number("medianRank"),
            incorrect.Number("medianRank"), correct.Number("topShare"));
    }

    private static LensStep Step(JsonElement pair) =>
        new(pair.Whole("earlierRow"), pair.Whole("laterRow"), pair.Whole("count"), pair.Number("percent"));

    private static PromptMean Mean(JsonElement mean) => new(mean.Number("probability"), mean.Number("standardError"));

    private static string Text(JsonElement token) => token.TextOrNull("text") ?? $"#{token.Whole("token")}";
}
