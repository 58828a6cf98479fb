using SeqCont.Circuits;
using static System.FormattableString;

namespace SeqCont.Reports;

/// <summary>What a page shows of a comparison, attention, the logit lens and OV scores.</summary>
internal static class AnalysisBlocks
{
    /// <summary>The most heads of a run whose patterns are drawn: those with a role first.</summary>
    public const int MostHeads = 24;

    // Names listed of what two circuits share.
    private const int MostListed = 60;

    // A browser lays out some ten thousand cells at once without a delay.
    private const int MostCells = 20_000;

    /// <summary>Patterns, head by head.</summary>
    public static IEnumerable<Block> Attention(AttentionPatterns attention, string label)
    {
        var positions = Math.Min(attention.Tokens.Length, AttentionPicture.MostPositions);
        var heads = Math.Min(attention.Heads.Length, Math.Clamp(MostCells / (positions * (positions + 1) / 2), 1, MostHeads));
        var left = heads < attention.Heads.Length ? $", {heads} of {attention.Heads.Length} heads" : "";
        yield return new Heading($"{label}{left}"
            + (positions < attention.Tokens.Length ? $", the last {positions} of {attention.Tokens.Length} positions" : ""));
        // A stable sort: heads of one kind stay in the file's order.
        foreach (var head in attention.Heads.OrderBy(head => head.Role is null).Take(heads))
            yield return new Figure($"attention-{ReportSections.FileName(label)}-{head.Head.Label}", "",
                inPage => new AttentionPicture(head, attention.Tokens, inPage).Draw());
    }

    /// <summary>Readings of a lens.</summary>
    public static IEnumerable<Block> Lens(LensReadings lens, string label)
    {
        var file = ReportSections.FileName(label);
        var reading = lens.AsPublished ? $"{label}, as published" : label;
        yield return new Heading($"{reading}, {Markup.Number(lens.Prompts, "#,0")} prompts");
        yield return new Figure($"lens-tokens-{file}", Short(lens.FirstText), inPage => LensGridPicture.Draw(lens, label, inPage),
            IsAlone: true);
        yield return new Figure($"lens-rows-{file}", "", inPage => LensPictures.Rows(lens, "Mean probability by row", inPage));
        if (lens.Lengths.Length > 0)
            yield return new Figure($"lens-lengths-{file}", "", inPage =>
                LensPictures.Lengths(lens, "Mean probability by sequence length", inPage));
        string[] columns = ["row", "right: probability", "median rank", "on top %", "wrong: probability", "median rank",
            "earlier, then right"];
        yield return new Table(lens.StudyRow is null ? "" : "Right and wrong answer by row; * the study's pair of rows", columns,
            [.. lens.Rows.Select((row, i) => LensCells(lens, row, i))], 1);
    }

    private static string[] LensCells(LensReadings lens, LensRow row, int i)
    {
        var step = lens.Steps.Where(step => step.Later == i)
            .Select(step => Invariant($"{step.Count} ({step.Percent:0.0} %){(step.Earlier == lens.StudyRow ? " *" : "")}"))
            .FirstOrDefault("");
        return [row.Name, Markup.Number(row.Correct.Mean, "0.000"), Markup.Number(row.CorrectRank, "0.#"),
            Markup.Number(100 * row.TopShare, "0.0"), Markup.Number(row.Incorrect.Mean, "0.000"), Markup.Number(row.IncorrectRank, "0.#"),
            step];
    }

    /// <summary>OV scores.</summary>
    public static IEnumerable<Block> Ov(OvHeadScores ov, NodeSpace nodes, string label)
    {
        var file = ReportSections.FileName(label);
        yield return new Heading($"{label}, {Markup.Number(ov.Prompts, "#,0")} sequences");
        (string Name, Func<OvHeadScore, double> Of)[] scores = [("copy", head => head.Copy), ("next", head => head.Next),
            ("negative copy", head => head.NegativeCopy), ("negative next", head => head.NegativeNext)];
        var hasNegative = ov.Heads.Any(head => head.NegativeCopy > 0 || head.NegativeNext > 0);
        foreach (var (name, of) in scores.Take(hasNegative ? 4 : 2))
            yield return new Figure($"ov-{name.Replace(' ', '-')}-{file}", "", NodePictures.Ov(ov, nodes, name, label, of).Draw);
        foreach (var (name, of) in scores.Take(2))
            yield return new Figure($"ov-{name}-members-{file}", "", inPage => new OvMemberPicture(ov, $"{name}, by member", of,
                head => name == "copy" ? head.CopyByMember : head.NextByMember, inPage).Draw());
    }

    private static string Short(string? text) => text is null ? "first prompt" : text.Length > 160 ? text[..160] + "\u2026" : text;

    /// <summary>Scores, and what circuits share.</summary>
    public static IEnumerable<Block> Comparison(ComparisonReading reading, string label)
    {
        var file = ReportSections.FileName(label);
        yield return new Heading(label);
        yield return new Figure($"compare-scores-{file}", "", inPage => ComparePictures.Scores(reading, inPage));
        if (reading.Circuits.Length == 1) yield break;
        yield return new Figure($"compare-overlap-{file}", "", inPage => ComparePictures.Overlap(reading, inPage));
        string[] Row(string circuits, string[] shared) => [circuits, Listed(shared), $"{shared.Length}"];
        var pairs = reading.Pairs.OrderBy(pair => pair.Key).Take(MatrixPicture.Most * MatrixPicture.Most / 2).Select(pair => Row(
            $"{reading.Circuits[pair.Key.First].Name}, {reading.Circuits[pair.Key.Second].Name}", pair.Value.SharedNodes));
        yield return new Table($"{label}: shared nodes", ["circuits", "shared nodes", "number"],
            [Row($"all {reading.Circuits.Length}", reading.InAll), .. pairs], 2, Fold: true);
    }

    private static string Listed(string[] names) => string.Join(' ', names.Take(MostListed)) + (names.Length > MostListed ? " \u2026" : "");
}
