using SeqCont.Circuits;
using SeqCont.Model;

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
    public static LensReadings Read(string path) => Of(JsonFile.ReadObject(path, "readings of a logit lens"));

    /// <summary>The same of its root.</summary>
    public static LensReadings Of(JsonField root)
    {
        var (first, steps) = (root["first"], root.Optional("steps"));
        return new LensReadings(
            root.Optional("asPublished")?.Flag() is true, root["prompts"].Whole(0), root["rows"].List(Row),
            first.Optional("text")?.Text(), Text(first["correct"]),
            first["rows"].List(row => row["top"].List(token => new TopToken(Text(token), token["probability"].NumberOrNaN()))),
            steps?["pairs"].List(Step) ?? [], steps?["study"]["earlierRow"].Whole(0),
            root.Optional("lengths")?.List(length =>
                new LensLength(length["members"].Whole(0), Mean(length["correct"]), Mean(length["previous"]))) ?? []);
    }

    private static LensRow Row(JsonField row)
    {
        var (correct, incorrect) = (row["correct"], row["incorrect"]);
        return new(row["name"].Text(), Mean(correct), Mean(incorrect), correct["medianRank"].NumberOrNaN(),
            incorrect["medianRank"].NumberOrNaN(), correct["topShare"].NumberOrNaN());
    }

    private static LensStep Step(JsonField pair) =>
        new(pair["earlierRow"].Whole(0), pair["laterRow"].Whole(0), pair["count"].Whole(0), pair["percent"].NumberOrNaN());

    private static PromptMean Mean(JsonField mean) => new(mean["probability"].NumberOrNaN(), mean["standardError"].NumberOrNaN());

    private static string Text(JsonField token) => token.Optional("text")?.Text() ?? $"#{token["token"].Whole(0)}";
}
