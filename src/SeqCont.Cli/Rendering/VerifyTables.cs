using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>Published numbers beside ours for people: a line a table, and the rows that matter. verify.json has all rows.</summary>
internal static class VerifyTables
{
    private const int Short = 16, MostDiffering = 12, MostNear = 4, MostInformational = 12;

    /// <summary>What will be done, and how long that takes at best.</summary>
    public static string Estimate(VerificationPlan plan, IOps ops)
    {
        var parts = plan.Tables.GroupBy(table => table.Part)
            .Select(part => $"{part.Key} {part.Sum(table => (double)table.Flops) / 1e12:0.0}");
        var work = $"work: {plan.Flops / 1e12:0.0} TFLOP ({string.Join(", ", parts)})";
        if (ops is not CpuOps cpu) return work;
        var peak = cpu.MeasurePeak();
        return $"{work}; at the {peak:0} GFLOP/s that this CPU can do just now, {Time(plan.Flops / 1e9 / peak)} at best";
    }

    /// <summary>One table.</summary>
    public static IEnumerable<string> Of(VerifyTable table)
    {
        VerifyRow[] shown = [.. Shown(table)];
        var width = shown.Select(row => row.Name.Length).Append(6).Max();
        var format = table.Unit == "prompts" ? "0" : "0.0000";
        yield return "";
        yield return Summary(table);
        if (table.Note is { } note) yield return $"  {note}";
        if (shown.Length == 0) yield break;
        if (shown.Any(row => row.PublishedText is null))
            yield return $"  {"".PadRight(width)}{"published",12}{"ours",12}{"difference",12}  verdict";
        foreach (var row in shown) yield return $"  {Line(row, width, format)}";
        if (table.Rows.Count == shown.Length) yield break;
        var hidden = table.Failing - shown.Count(row => row.Fails);
        yield return $"  and {table.Rows.Count - shown.Length} more rows"
            + (table.IsInformational ? "" : hidden > 0 ? $", {hidden} of them differing" : ", which agree");
    }

    /// <summary>The whole.</summary>
    public static IEnumerable<string> Of(VerifyRecord record)
    {
        VerifyTable[] judged = [.. record.Tables.Where(table => !table.IsInformational)];
        var failing = judged.Where(table => table.Failing > 0).Select(table => table.Name);
        return
        [
            "",
            record.Agrees
                ? $"agrees: {judged.Sum(table => table.Compared)} published numbers in {Lines.Of(judged.Length, "table")}"
                : $"differs: {judged.Sum(table => table.Failing)} of {judged.Sum(table => table.Rows.Count)} published numbers, in "
                    + string.Join(", ", failing),
            $"{Lines.Of(record.Tables.Count, "table")} in {record.Header.SecondsOf("total"):0.0} s",
        ];
    }

    private static string Summary(VerifyTable table)
    {
        var within = table.Tolerance is { } tolerance ? $", to within {tolerance}" : "";
        return $"{table.Name} ({table.Unit}{within}): {VerifyFile.NameOf(table.Verdict)}; "
            + (table.Failing > 0 ? $"{table.Failing} of {table.Rows.Count} differ" : $"{table.Compared} compared")
            + (table.MaxDifference is { } most ? $", largest difference {most:0.0000}" : "")
            + (table.Complete ? "" : "; cancelled before its end");
    }

    /// <summary>Rows that differ, then those that rounding decides or that lie closest to the threshold, or all of a short table.</summary>
    private static IEnumerable<VerifyRow> Shown(VerifyTable table)
    {
        if (table.IsInformational) return table.Rows.Where(row => row.Note != "same").Take(MostInformational);
        if (table.Rows.All(row => row.Verdict == VerifyVerdict.Undefined)) return [];
        if (table.Rows.Count <= Short) return table.Rows;
        VerifyRow[] first =
        [
            .. table.Rows.Where(row => row.Fails)
                .OrderByDescending(row => double.IsFinite(row.Difference) ? Math.Abs(row.Difference) : 0).Take(MostDiffering),
            .. table.Rows.Where(row => row.Verdict is VerifyVerdict.Near or VerifyVerdict.NotCovered),
        ];
        return first.Concat(table.Rows.Where(row => row.Margin is not null && !row.Fails).OrderBy(row => row.Margin).Take(MostNear)
            .Where(row => !first.Contains(row)));
    }

    private static string Line(VerifyRow row, int width, string format)
    {
        string Number(double value) => (double.IsFinite(value) ? value.ToString(format, null) : "-").PadLeft(12);
        var verdict = VerifyFile.NameOf(row.Verdict) + Decision(row) + (row.Note is { } note ? $" ({note})" : "");
        return Lines.Printable(row.Name).PadRight(width) + (row.PublishedText is { } published
            ? $"  published {Lines.Printable(published)}; ours {Lines.Printable(row.OursText ?? "")}; {row.Note ?? verdict}"
            : $"{Number(row.Published)}{Number(row.Ours)}{Number(row.Difference)}  {verdict}");
    }

    private static string Decision(VerifyRow row)
    {
        if (row.PublishedRemoved is not { } published || row.OursRemoved is not { } ours) return "";
        static string Of(bool removed) => removed ? "removed" : "kept";
        return $", {Of(published)}{(published == ours ? "" : $" as published, {Of(ours)} by our score")}; {row.Margin:0.0000} from the "
            + "threshold";
    }

    private static string Time(double seconds) =>
        seconds < 90 ? $"{seconds:0} s" : seconds < 5400 ? $"{seconds / 60:0} min" : $"{seconds / 3600:0.0} h";
}
