using System.Globalization;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The parts of a page about attention, the logit lens and OV scores.</summary>
internal static class AnalysisSections
{
    /// <summary>The most heads of a run whose patterns are drawn: those with a role first.</summary>
    public const int MostHeads = 24;

    // A browser lays out some ten thousand cells at once without a delay.
    private const int MostCells = 20_000;

    /// <summary>Attention patterns; null where no run has any.</summary>
    public static Section? Attention(IReadOnlyList<ReportRun> runs)
    {
        var shown = runs.Where(run => run.Attention is { Heads.Length: > 0, Tokens.Length: > 0 }).ToArray();
        if (shown.Length == 0) return null;
        var blocks = new List<Block>();
        foreach (var run in shown)
        {
            var (label, attention) = (ReportSections.Label(run, shown), run.Attention!);
            var positions = Math.Min(attention.Tokens.Length, AttentionPicture.MostPositions);
            var heads = Math.Min(attention.Heads.Length, Math.Clamp(MostCells / (positions * (positions + 1) / 2), 1, MostHeads));
            var left = heads < attention.Heads.Length ? $", {heads} of {attention.Heads.Length} heads" : "";
            blocks.Add(new Heading(
                $"{label}{left}"
                    + (positions < attention.Tokens.Length ? $", the last {positions} of {attention.Tokens.Length} positions" : "")));
            // A stable sort: heads of one kind stay in the file's order.
            foreach (var head in attention.Heads.OrderBy(head => head.Role is null).Take(heads))
            {
                var name = $"attention-{ReportSections.FileName(label)}-{head.Head.Label}";
                var (drawn, tokens, first) = AttentionPicture.Last(head, attention.Tokens);
                blocks.Add(new Figure(name, "", inPage => AttentionPicture.Draw(drawn, tokens, first, inPage)));
            }
        }

        return new Section(
            "attention", "Attention",
            "Mean attention over prompts, queries down, keys across. Outlined: the entries that a head's role rests on. Full colour is "
                + "the largest entry outside the first position.", blocks);
    }

    /// <summary>The logit lens; null where no run has one.</summary>
    public static Section? Lens(IReadOnlyList<ReportRun> runs)
    {
        var shown = runs.Where(run => run.Lens is { Rows.Length: > 0, FirstTop.Length: > 0 }).ToArray();
        if (shown.Length == 0) return null;
        var blocks = shown.SelectMany(run => LensBlocks(run.Lens!, ReportSections.Label(run, shown)));
        return new Section(
            "lens", "Logit lens",
            "What the residual stream at the last position would answer after each block, read through the unembedding.", [.. blocks]);
    }

    /// <summary>OV scores; null where no run has any.</summary>
    public static Section? Ov(IReadOnlyList<ReportRun> runs)
    {
        var shown = runs.Where(run => run.Ov is { Heads.Length: > 0 } && run.Nodes is not null).ToArray();
        if (shown.Length == 0) return null;
        var blocks = shown.SelectMany(run => OvBlocks(run.Ov!, run.Nodes!, ReportSections.Label(run, shown)));
        return new Section(
            "ov", "OV scores", "How often what a head writes for a member names that member (copy) or the one after it (next).",
            [.. blocks]);
    }

    private static IEnumerable<Block> LensBlocks(LensReadings lens, string label)
    {
        var file = ReportSections.FileName(label);
        var reading = lens.AsPublished ? $"{label}, as published" : label;
        yield return new Heading($"{reading}, {lens.Prompts.ToString("#,0", CultureInfo.InvariantCulture)} prompts");
        yield return new Figure($"lens-tokens-{file}", Short(lens.FirstText), inPage => LensGridPicture.Draw(lens, label, inPage),
            IsAlone: true);
        yield return new Figure($"lens-rows-{file}", "", inPage => LensPictures.Rows(
            "Mean probability by row", new Curve("right answer", [.. lens.Rows.Select((row, i) => (i, row.Correct))]),
            new Curve("wrong answer", [.. lens.Rows.Select((row, i) => (i, row.Incorrect))]), inPage));
        if (lens.Lengths.Length > 0)
            yield return new Figure($"lens-lengths-{file}", "", inPage => LensPictures.Lengths(
                "Mean probability by sequence length",
                new Curve("next member", [.. lens.Lengths.Select(length => (length.Members, length.Correct))]),
                new Curve("last member shown", [.. lens.Lengths.Select(length => (length.Members, length.Previous))]), inPage));
        string[] columns = ["row", "right: probability", "median rank", "on top %", "wrong: probability", "median rank",
            "earlier, then right"];
        yield return new Table(lens.StudyRow is null
            ? "" : "Right and wrong answer by row; * the study's pair of rows", columns, [
                .. lens.Rows.Select((row, i) => LensCells(lens, row, i))], 1);
    }

    private static string[] LensCells(LensReadings lens, LensRow row, int i)
    {
        var step = lens.Steps.Where(step => step.Later == i)
            .Select(step => Invariant($"{step.Count} ({step.Percent:0.0} %){(step.Earlier == lens.StudyRow ? " *" : "")}"))
            .FirstOrDefault("");
        return [row.Name, Invariant($"{row.Correct.Mean:0.000}"), Invariant($"{row.CorrectRank:0.#}"),
            Invariant($"{100 * row.TopShare:0.0}"),
            Invariant($"{row.Incorrect.Mean:0.000}"), Invariant($"{row.IncorrectRank:0.#}"), step];
    }

    private static IEnumerable<Block> OvBlocks(OvHeadScores ov, NodeSpace nodes, string label)
    {
        var file = ReportSections.FileName(label);
        yield return new Heading($"{label}, {ov.Prompts.ToString("#,0", CultureInfo.InvariantCulture)} sequences");
        yield return new Figure($"ov-copy-{file}", "", NodePictures.Ov(ov, nodes, "copy", label, head => head.Copy).Draw);
        yield return new Figure($"ov-next-{file}", "", NodePictures.Ov(ov, nodes, "next", label, head => head.Next).Draw);
        if (ov.Heads.Any(head => head.NegativeCopy > 0 || head.NegativeNext > 0))
        {
            yield return new Figure(
                $"ov-negative-copy-{file}", "", NodePictures.Ov(ov, nodes, "negative copy", label, head => head.NegativeCopy).Draw);
            yield return new Figure(
                $"ov-negative-next-{file}", "", NodePictures.Ov(ov, nodes, "negative next", label, head => head.NegativeNext).Draw);
        }

        yield return new Figure($"ov-copy-members-{file}", "", inPage =>
            OvMemberPicture.Draw(ov, "copy, by member", head => head.Copy, head => head.CopyByMember, inPage));
        yield return new Figure($"ov-next-members-{file}", "", inPage =>
            OvMemberPicture.Draw(ov, "next, by member", head => head.Next, head => head.NextByMember, inPage));
    }

    private static string Short(string? text) => text is null ? "first prompt" : text.Length > 160 ? text[..160] + "\u2026" : text;
}
