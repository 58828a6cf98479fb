using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>The lens for people: the first prompt row by row, all prompts row by row, the study's count, sequence lengths.</summary>
internal static class LensTables
{
    private const int TokenWidth = 14;

    public static IEnumerable<Markup> Of(LensReport report, AnalysisRecord run, string? folder)
    {
        string[] lines =
        [
            "", .. FirstPrompt(report), "", .. AllPrompts(report), .. Steps(report), .. Lengths(report), "",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Lens.Rows.Count} rows of {report.Prompts.Count} prompts in {run.Header.SecondsOf("lens"):0.0} s ("
                    + $"{run.Header.SecondsOf("total"):0.0} s in all)"),
            .. folder is null ? (string[])[] : [$"files in {folder}"],
        ];
        return lines.Select(line => new Markup(Markup.Escape(line)));
    }

    private static IEnumerable<string> FirstPrompt(LensReport report)
    {
        var prompts = report.Prompts;
        var (correct, incorrect) = (Token(report, prompts.Correct[0]), Token(report, prompts.Incorrect[0]));
        yield return $"first prompt: {(prompts.Texts[0] is { } text ? Printable(text) : $"[{string.Join(", ", prompts.Tokens[0])}]")}";
        yield return $"row {"",-15} {"top tokens".PadRight(report.Lens.Config.TopK * (TokenWidth + 1))}{$"rank of {correct}",18}"
            + $"{$"rank of {incorrect}",18}";
        for (var row = 0; row < report.Lens.Rows.Count; row++)
        {
            var reading = report.Lens.Rows[row][0];
            var tokens = string.Concat(reading.Top.Select(token => Fit(Token(report, token.Token), TokenWidth) + " "));
            yield return $"{Name(row)} {tokens}{Answer(reading.Correct)}{Answer(reading.Incorrect)}";
        }
    }

    private static IEnumerable<string> AllPrompts(LensReport report)
    {
        var published = report.Lens.Config.AsPublished ? ", as published (no final LayerNorm before the last row, twice there)" : "";
        yield return $"all {report.Prompts.Count} prompts{published}";
        yield return $"row {"",-15} {"correct: probability",22}{"median rank",13}{"top",9}{"incorrect: probability",25}{"median rank",13}"
            + $"{"top",9}";
        for (var row = 0; row < report.Lens.Rows.Count; row++)
        {
            var readings = report.Lens.Rows[row];
            yield return $"{Name(row)} {Answers([.. readings.Select(reading => reading.Correct)], 22)}"
                + $"{Answers([.. readings.Select(reading => reading.Incorrect)], 25)}";
        }
    }

    private static IEnumerable<string> Steps(LensReport report)
    {
        if (report.Steps is not { } steps) yield break;
        yield return "";
        yield return "prompts whose top token is an earlier member in one row and the correct one in the next";
        foreach (var step in steps)
        {
            var study = step.Row == report.StudyRow ? "  <- the study's pair" : "";
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"  rows {step.Row,2} and {step.Row + 1,2}: {step.Prompts,5} of {report.Prompts.Count} ("
                    + $"{100.0 * step.Prompts / report.Prompts.Count:0.0} %){study}");
        }
    }

    private static IEnumerable<string> Lengths(LensReport report)
    {
        if (report.Lengths is not { Count: > 0 } lengths) yield break;
        yield return "";
        yield return $"{"members shown",-15}{"prompts",9}{"next member",18}{"last one shown",18}{"next on top",14}";
        foreach (var length in lengths)
            yield return $"{length.Members,-15}{length.Prompts,9}{Mean(length.Correct),18}{Mean(length.Previous),18}"
                + $"{Percent(length.TopShare),14}";
    }

    private static string Name(int row) => $"{row,3} {LensFile.RowName(row),-15}";

    private static string Answer(LensAnswer answer) =>
        $"{answer.Rank.ToString(CultureInfo.InvariantCulture),9}{Percent(answer.Probability),9}";

    private static string Answers(LensAnswer[] answers, int width)
    {
        var median = LensFile.MedianRank(answers).ToString("0.#", CultureInfo.InvariantCulture);
        return $"{Mean(PromptMean.Of([.. answers.Select(answer => answer.Probability)])).PadLeft(width)}{median,13}"
            + $"{Percent(answers.Average(answer => answer.Rank == 1 ? 1.0 : 0)),9}";
    }

    private static string Mean(PromptMean mean) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * mean.Mean:0.00} ± {100 * mean.StandardError:0.00} %");

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Token(LensReport report, int token) =>
        report.TokenText is { } text ? $"'{Printable(text(token))}'" : string.Create(CultureInfo.InvariantCulture, $"#{token}");

    private static string Fit(string text, int width) => (text.Length > width ? text[..(width - 1)] + "~" : text).PadRight(width);

    // Control characters of a token or a file would steer the terminal.
    private static string Printable(string text) =>
        string.Concat(text.Select(c => c == '\n' ? "\\n" : c == '\t' ? "\\t" : char.IsControl(c) ? "\uFFFD" : c.ToString()));
}
