using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What <c>seqcont lens</c> found, ready to be written.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Prompts">The prompts.</param>
/// <param name="Lens">The readings, from row 0 on.</param>
/// <param name="StudyRow">The earlier row of the study's pair.</param>
/// <param name="Task">The task's name; null where prompts came from files without one.</param>
/// <param name="Steps">"Earlier member, then correct" for every pair of consecutive rows; null where members are unknown.</param>
/// <param name="Lengths">Probabilities against sequence length; null where they were not measured.</param>
/// <param name="TokenText">A token's text; null where the model has no tokenizer.</param>
public sealed record LensReport(
    string Model, PromptSet Prompts, LogitLensResult Lens, int StudyRow, string? Task = null, IReadOnlyList<StepCount>? Steps = null,
    IReadOnlyList<LengthProbability>? Lengths = null, Func<int, string>? TokenText = null);

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
    /// <summary>What lens.json says.</summary>
    public static Json Of(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var prompts = report.Prompts;
        return
        [
            ("schema", JsonFile.Schema), ("model", report.Model), ("task", report.Task), ("asPublished", report.Lens.Config.AsPublished),
            ("topK", report.Lens.Config.TopK), ("prompts", prompts.Count),
            ("rows", Json.List(report.Lens.Rows.Index(), row =>
            [
                ("row", row.Index), ("name", RowName(row.Index)), ("correct", Answers([.. row.Item.Select(reading => reading.Correct)])),
                ("incorrect", Answers([.. row.Item.Select(reading => reading.Incorrect)])),
            ])),
            ("first",
            [
                ("prompt", 1), ("text", prompts.Texts[0]), ("correct", Token(prompts.Correct[0], report)),
                ("incorrect", Token(prompts.Incorrect[0], report)),
                ("rows", Json.List(report.Lens.Rows.Index(), row => First(row.Index, row.Item[0], report))),
            ]),
            ("steps", report.Steps is not { } steps ? null :
            [
                ("study", Step(steps.Single(step => step.Row == report.StudyRow), prompts)),
                ("pairs", Json.List(steps, step => Step(step, prompts))),
            ]),
            ("lengths", Json.List(report.Lengths, length =>
            [
                ("members", length.Members), ("prompts", length.Prompts), ("correct", Mean(length.Correct)),
                ("previous", Mean(length.Previous)), ("topShare", length.TopShare),
            ])),
        ];
    }

    /// <summary>The rows of lens-per-prompt.jsonl.</summary>
    public static IEnumerable<Json> PerPrompt(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Enumerable.Range(0, report.Prompts.Count).Select<int, Json>(prompt => [
            ("prompt", prompt + 1),
            ("rows", Json.List(report.Lens.Rows.Index(), row => Reading(row.Index, row.Item[prompt], report)))]);
    }

    /// <summary>What a row of a lens is called.</summary>
    public static string RowName(int row) => row == 0 ? "embeddings" : FormattableString.Invariant($"after block {row - 1}");

    /// <summary>The rank in the middle; between two, their mean.</summary>
    public static double MedianRank(IReadOnlyList<LensAnswer> answers)
    {
        int[] ranks = [.. answers.Select(answer => answer.Rank).Order()];
        return (ranks[(ranks.Length - 1) / 2] + ranks[ranks.Length / 2]) / 2.0;
    }

    private static Json Answers(LensAnswer[] answers) =>
    [
        .. Mean(PromptMean.Of([.. answers.Select(answer => answer.Probability)])), ("medianRank", MedianRank(answers)),
        ("topShare", answers.Average(answer => answer.Rank == 1 ? 1.0 : 0)),
    ];

    private static Json Mean(PromptMean mean) => [("probability", mean.Mean), ("standardError", mean.StandardError)];

    private static Json Token(int token, LensReport report) => [("token", token), ("text", report.TokenText?.Invoke(token))];

    private static Json First(int row, LensReading reading, LensReport report) =>
    [
        ("row", row),
        ("top", Json.List(reading.Top, token =>
            [.. Token(token.Token, report), ("logit", token.Logit), ("probability", token.Probability)])),
        ("correct", Answer(reading.Correct)), ("incorrect", Answer(reading.Incorrect)),
    ];

    private static Json Answer(LensAnswer answer) => [("rank", answer.Rank), ("probability", answer.Probability)];

    private static Json Step(StepCount step, PromptSet prompts) =>
    [
        ("earlierRow", step.Row), ("laterRow", step.Row + 1), ("count", step.Prompts),
        ("percent", 100.0 * step.Prompts / prompts.Count),
    ];

    private static Json Reading(int row, LensReading reading, LensReport report) =>
    [
        ("row", row), ("top", Json.List(reading.Top, token => token.Token)),
        ("topText", report.TokenText is { } text ? Json.List(reading.Top, token => text(token.Token)) : null),
        ("correctRank", reading.Correct.Rank), ("correctProbability", reading.Correct.Probability),
        ("incorrectRank", reading.Incorrect.Rank), ("incorrectProbability", reading.Incorrect.Probability),
    ];
}
