using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>Published numbers beside ours for people: a line a table, and the rows that matter. verify.json has all rows.</summary>
internal static class VerifyTables
{
    private const int Short = 16, MostDiffering = 12, MostNear = 4, MostInformational = 12;

    /// <summary>What will be done, and how long that takes at best.</summary>
    public static string Estimate(VerificationPlan plan, IOps ops)
    {
        var parts = plan.Tables.GroupBy(table => table.Part)
            .Select(part => Text($"{part.Key} {part.Sum(table => (double)table.Flops) / 1e12:0.0}"));
        var work = Text($"work: {plan.Flops / 1e12:0.0} TFLOP ({string.Join(", ", parts)})");
        if (ops is not CpuOps cpu) return work;
        var peak = cpu.MeasurePeak();
        return Text($"{work}; at the {peak:0} GFLOP/s that this CPU can do just now, {Time(plan.Flops / 1e9 / peak)} at best");
    }

    /// <summary>One table.</summary>
    public static IEnumerable<Markup> Of(VerifyTable table)
    {
        var lines = new List<string> { "", Summary(table) };
        if (table.Note is { } note) lines.Add($"  {note}");
        var shown = Shown(table).ToArray();
        if (shown.Length > 0)
        {
            var width = Math.Max(6, shown.Max(row => row.Name.Length));
            if (shown.Any(row => row.PublishedText is null))
                lines.Add($"  {"".PadRight(width)}{"published",12}{"ours",12}{"difference",12}  verdict");
            lines.AddRange(shown.Select(row => $"  {Line(row, width, table.Unit == "prompts" ? "0" : "0.0000")}"));
            if (table.Rows.Count > shown.Length)
                lines.Add(Text($"  and {table.Rows.Count - shown.Length} more rows{Others(table, shown)}"));
        }

        return lines.Select(line => new Markup(Markup.Escape(line)));
    }

    /// <summary>The whole.</summary>
    public static IEnumerable<Markup> Of(VerifyRecord record, string? folder)
    {
        var judged = record.Tables.Where(table => !table.IsInformational).ToArray();
        var (compared, differing) = (judged.Sum(table => table.Compared), judged.Sum(table => table.Failing));
        string[] lines =
        [
            "",
            record.Agrees
                ? Text($"agrees: {compared} published numbers in {judged.Length} {(judged.Length == 1 ? "table" : "tables")}")
                : Text(
                    $"differs: {differing} of {judged.Sum(table => table.Rows.Count)} published numbers, in "
                        + $"{string.Join(", ", judged.Where(table => table.Failing > 0).Select(table => table.Name))}"),
            Text($"{record.Tables.Count} {(record.Tables.Count == 1 ? "table" : "tables")} in {record.Header.SecondsOf("total"):0.0} s"),
            .. folder is null ? (string[])[] : [$"files in {folder}"],
        ];
        return lines.Select(line => new Markup(Markup.Escape(line)));
    }

    private static string Summary(VerifyTable table)
    {
        var away = table.MaxDifference is { } most ? Text($", largest difference {most:0.0000}") : "";
        var count = table.Failing > 0 ? Text($"{table.Failing} of {table.Rows.Count} differ") : Text($"{table.Compared} compared");
        var within = table.Tolerance is { } tolerance ? Text($", to within {tolerance}") : "";
        return $"{table.Name} ({table.Unit}{within}): {VerifyFile.NameOf(table.Verdict)}; {count}{away}"
            + $"{(table.Complete ? "" : "; cancelled before its end")}";
    }

    /// <summary>Rows that differ, then those that rounding decides or that lie closest to the threshold, or all of a short table.</summary>
    private static IEnumerable<VerifyRow> Shown(VerifyTable table)
    {
        if (table.IsInformational) return table.Rows.Where(row => row.Note != "same").Take(MostInformational);
        if (table.Rows.All(row => row.Verdict == VerifyVerdict.Undefined)) return [];
        if (table.Rows.Count <= Short) return table.Rows;
        var first = table.Rows.Where(row => row.Fails)
            .OrderByDescending(row => double.IsFinite(row.Difference) ? Math.Abs(row.Difference) : 0).Take(MostDiffering).ToList();
        first.AddRange(table.Rows.Where(row => row.Verdict is VerifyVerdict.Near or VerifyVerdict.NotCovered));
        first.AddRange(table.Rows.Where(row => row.Margin is not null && !row.Fails)
            .OrderBy(row => row.Margin).Take(MostNear).Where(row => !first.Contains(row)));
        return first;
    }

    private static string Others(VerifyTable table, VerifyRow[] shown)
    {
        var hidden = table.Failing - shown.Count(row => row.Fails);
        return table.IsInformational ? "" : hidden > 0 ? Text($", {hidden} of them differing") : ", which agree";
    }

    private static string Line(VerifyRow row, int width, string format)
    {
        var verdict = VerifyFile.NameOf(row.Verdict) + Decision(row) + (row.Note is { } note ? $" ({note})" : "");
        if (row.PublishedText is { } published)
            return $"{Printable(row.Name).PadRight(width)}  published {Printable(published)}; ours {Printable(row.OursText ?? "")}; "
                + $"{row.Note ?? verdict}";
        return $"{Printable(row.Name).PadRight(width)}{Number(row.Published, format)}{Number(row.Ours, format)}"
            + $"{Number(row.Difference, format)}  {verdict}";
    }

    private static string Decision(VerifyRow row)
    {
        if (row.PublishedRemoved is not { } published || row.OursRemoved is not { } ours) return "";
        string Of(bool removed) => removed ? "removed" : "kept";
        return published == ours
            ? Text($", {Of(published)}; {row.Margin:0.0000} from the threshold")
            : Text($", {Of(published)} as published, {Of(ours)} by our score; {row.Margin:0.0000} from the threshold");
    }

    private static string Number(double value, string format) =>
        (double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-").PadLeft(12);

    private static string Printable(string text) =>
        string.Concat(text.Select(c => c == '\n' ? "\\n" : char.IsControl(c) ? "\uFFFD" : c.ToString()));

    private static string Time(double seconds) =>
        seconds < 90 ? Text($"{seconds:0} s") : seconds < 5400 ? Text($"{seconds / 60:0} min") : Text($"{seconds / 3600:0.0} h");

    private static string Text(InvariantText text) => text.ToStringAndClear();
}
