using System.Globalization;

namespace SeqCont.Reports;

/// <summary>The part of a page about circuits beside each other.</summary>
internal static class ComparisonSection
{
    // Names listed of what two circuits share.
    private const int MostListed = 60;

    /// <summary>The part; null where no run has a comparison.</summary>
    public static Section? Of(IReadOnlyList<ReportRun> runs)
    {
        var shown = runs.Where(run => run.Comparison is not null).ToArray();
        if (shown.Length == 0) return null;
        return new Section(
            "compare", "Comparison",
            "Every circuit on every task, with random circuits of as many heads and MLPs below its score (mean and standard deviation "
                + "over circuits), and what the circuits share.",
            [.. shown.SelectMany(run => Blocks(run.Comparison!, ReportSections.Label(run, shown)))]);
    }

    private static IEnumerable<Block> Blocks(ComparisonReading reading, string label)
    {
        var file = ReportSections.FileName(label);
        yield return new Heading(label);
        yield return new Figure($"compare-scores-{file}", "", inPage => ComparePictures.Scores(reading, inPage));
        if (reading.Circuits.Length == 1) yield break;
        yield return new Figure($"compare-overlap-{file}", "", inPage => ComparePictures.Overlap(reading, inPage));
        var pairs = reading.Pairs.OrderBy(pair => pair.Key).Take(MatrixPicture.Most * MatrixPicture.Most / 2)
            .Select(pair => new[] { $"{reading.Circuits[pair.Key.First].Name}, {reading.Circuits[pair.Key.Second].Name}",
                Listed(pair.Value.SharedNodes), pair.Value.SharedNodes.Length.ToString(CultureInfo.InvariantCulture) });
        string[] inAll = [$"all {reading.Circuits.Length}", Listed(reading.InAll),
            reading.InAll.Length.ToString(CultureInfo.InvariantCulture)];
        yield return new Table($"{label}: shared nodes", ["circuits", "shared nodes", "number"], [inAll, .. pairs], 2, Fold: true);
    }

    private static string Listed(string[] names) => string.Join(' ', names.Take(MostListed)) + (names.Length > MostListed ? " \u2026" : "");
}
