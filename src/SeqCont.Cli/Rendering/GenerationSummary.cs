using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>How candidates fared, for people.</summary>
internal static class GenerationSummary
{
    private const int ExamplesShown = 3;

    public static IEnumerable<string> Of(GenerationRecord record, Func<int, string> tokenText)
    {
        var (tallies, examples) = (record.Result.Tallies, record.Result.Examples);
        if (tallies.Count == 0)
            return [$"{record.Result.Prompts.Clean.Count} prompts from the generator (seed {record.Seed}); no model was asked"];
        var width = Math.Max(8, tallies.Max(tally => tally.Template.Length));
        var (accepted, tested) = (tallies.Sum(tally => tally.Accepted), tallies.Sum(tally => tally.Tested));
        var together = record.Companions.Count == 0
            ? "" : $", in {record.Task.Name} and, with the same words, in {string.Join(" and ", record.Companions)}";
        return
        [
            $"{"template".PadRight(width)}    kept  tested  passed            other top  too close",
            .. tallies.Select(tally => $"{tally.Template.PadRight(width)}{tally.Kept,8}{tally.Tested,8}{tally.Accepted,8}"
                + $"{Share(tally.Accepted, tally.Tested),10}{tally.OtherTop,11}{tally.TooClose,11}"),
            $"{record.Origin.Model.Name} answers {accepted} of {tested} candidates ({Share(accepted, tested)}){together}, in "
                + $"{record.Seconds.First(entry => entry.Key == "total").Value:0.0} s",
            .. examples.Count == 0 ? (string[])[] : ["rejected, for example:"],
            .. examples.Take(ExamplesShown).Select(example => $"  {Lines.Printable(example.Explain(tokenText))}"),
        ];
    }

    private static string Share(int part, int whole) => $"{part / (double)whole:0.0 %}";
}
