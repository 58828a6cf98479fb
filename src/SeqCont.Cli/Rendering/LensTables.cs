using SeqCont.Circuits;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>The lens for people: the first prompt row by row, all prompts row by row, the study's count, sequence lengths.</summary>
internal static class LensTables
{
    private const int TokenWidth = 14;

    public static IEnumerable<string> Of(LensReport report, AnalysisRecord run) =>
    [
        "", .. FirstPrompt(report), "", .. AllPrompts(report), .. Steps(report), .. Lengths(report), "",
        $"{report.Lens.Rows.Count} rows of {report.Prompts.Count} prompts in {run.Header.Took("lens")}",
    ];

    private static IEnumerable<string> FirstPrompt(LensReport report)
    {
        var prompts = report.Prompts;
        string Rank(int token) => $"rank of {Token(report, token)}".PadLeft(18);
        static string Answer(LensAnswer answer) => $"{answer.Rank,9}{Lines.Percent(answer.Probability) + " %",9}";
        var head = $"row {"",-15} {"top tokens".PadRight(report.Lens.Config.TopK * (TokenWidth + 1))}{Rank(prompts.Correct[0])}"
            + Rank(prompts.Incorrect[0]);
        return
        [
            $"first prompt: {(prompts.Texts[0] is { } text ? Lines.Printable(text) : $"[{string.Join(", ", prompts.Tokens[0])}]")}", head,
            .. report.Lens.Rows.Select((readings, row) => Name(row)
                + string.Concat(readings[0].Top.Select(token => Fit(Token(report, token.Token)) + " "))
                + Answer(readings[0].Correct) + Answer(readings[0].Incorrect)),
        ];
    }

    private static IEnumerable<string> AllPrompts(LensReport report)
    {
        var published = report.Lens.Config.AsPublished ? ", as published (no final LayerNorm before the last row, twice there)" : "";
        static string Answers(LensAnswer[] answers, int width) =>
            Mean(PromptMean.Of([.. answers.Select(answer => answer.Probability)])).PadLeft(width)
                + $"{LensFile.MedianRank(answers),13:0.#}{Lines.Percent(answers.Average(answer => answer.Rank == 1 ? 1.0 : 0)) + " %",9}";
        return
        [
            $"all {report.Prompts.Count} prompts{published}",
            $"row {"",-15} {"correct: probability",22}{"median rank",13}{"top",9}{"incorrect: probability",25}{"median rank",13}{"top",9}",
            .. report.Lens.Rows.Select((readings, row) => Name(row) + Answers([.. readings.Select(reading => reading.Correct)], 22)
                + Answers([.. readings.Select(reading => reading.Incorrect)], 25)),
        ];
    }

    private static IEnumerable<string> Steps(LensReport report) => report.Steps is not { } steps ? [] :
    [
        "", "prompts whose top token is an earlier member in one row and the correct one in the next",
        .. steps.Select(step =>
            $"  rows {step.Row,2} and {step.Row + 1,2}: {step.Prompts,5} of {report.Prompts.Count} ("
                + $"{100.0 * step.Prompts / report.Prompts.Count:0.0} %){(step.Row == report.StudyRow ? "  <- the study's pair" : "")}"),
    ];

    private static IEnumerable<string> Lengths(LensReport report) => report.Lengths is not { Count: > 0 } lengths ? [] :
    [
        "", $"{"members shown",-15}{"prompts",9}{"next member",18}{"last one shown",18}{"next on top",14}",
        .. lengths.Select(length => $"{length.Members,-15}{length.Prompts,9}{Mean(length.Correct),18}{Mean(length.Previous),18}"
            + $"{Lines.Percent(length.TopShare) + " %",14}"),
    ];

    private static string Name(int row) => $"{row,3} {LensFile.RowName(row),-15} ";

    private static string Mean(PromptMean mean) => $"{100 * mean.Mean:0.00} ± {100 * mean.StandardError:0.00} %";

    private static string Token(LensReport report, int token) =>
        report.TokenText is { } text ? $"'{Lines.Printable(text(token))}'" : $"#{token}";

    private static string Fit(string text) => (text.Length > TokenWidth ? text[..(TokenWidth - 1)] + "~" : text).PadRight(TokenWidth);
}
