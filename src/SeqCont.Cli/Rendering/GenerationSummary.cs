using System.Globalization;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>How candidates fared, for people.</summary>
internal static class GenerationSummary
{
    private const int ExamplesShown = 3;

    public static IEnumerable<Markup> Of(GenerationRecord record, Func<int, string> tokenText)
    {
        var tallies = record.Result.Tallies;
        if (tallies.Count == 0)
        {
            yield return Text($"{record.Result.Prompts.Clean.Count} prompts from the generator (seed {record.Seed}); no model was asked");
            yield break;
        }

        var width = Math.Max(8, tallies.Max(tally => tally.Template.Length));
        yield return Text($"{"template".PadRight(width)}    kept  tested  passed            other top  too close");
        foreach (var tally in tallies)
            yield return Text(
                $"{tally.Template.PadRight(width)}{tally.Kept,8}{tally.Tested,8}{tally.Accepted,8}{Share(tally.Accepted, tally.Tested),10}"
                    + $"{tally.OtherTop,11}{tally.TooClose,11}");
        int accepted = tallies.Sum(tally => tally.Accepted), tested = tallies.Sum(tally => tally.Tested);
        yield return Text(
            $"{record.Origin.Model.Name} answers {accepted} of {tested} candidates ({Share(accepted, tested).Trim()}){Together(record)}, "
                + $"in {Seconds(record)} s");
        var examples = record.Result.Examples;
        if (examples.Count == 0) yield break;
        yield return Text($"rejected, for example:");
        foreach (var example in examples.Take(ExamplesShown)) yield return Text($"  {Printable(example.Explain(tokenText))}");
    }

    private static string Together(GenerationRecord record) =>
        record.Companions.Count == 0
            ? "" : $", in {record.Task.Name} and, with the same words, in {string.Join(" and ", record.Companions)}";

    private static string Share(int part, int whole) => (part / (double)whole).ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Seconds(GenerationRecord record) =>
        record.Seconds.First(entry => entry.Key == "total").Value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));

    private static Markup Text(InvariantText text) => new(Markup.Escape(text.ToStringAndClear()));
}
