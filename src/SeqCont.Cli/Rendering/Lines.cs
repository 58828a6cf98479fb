using SeqCont.Circuits;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>What lines for people have in common. The program formats in the invariant culture throughout: it has no other.</summary>
internal static class Lines
{
    /// <summary>"1.0 s (2.0 s in all)": a phase's time and the run's.</summary>
    public static string Took(this RunHeader header, string phase) =>
        $"{header.SecondsOf(phase):0.0} s ({header.SecondsOf("total"):0.0} s in all)";

    /// <summary>The same, with the memory it took.</summary>
    public static string Cost(this RunHeader header, string phase) =>
        $"{header.Took(phase)}; peak memory {Options.ByteSize.Format(header.PeakBytes)}";

    /// <summary>"1 circuit", "2 circuits".</summary>
    public static string Of(int count, string thing) => $"{count} {thing}{(count == 1 ? "" : "s")}";

    /// <summary>A text as one line on a terminal.</summary>
    public static string Printable(string text) => BadFile.Printable(text, int.MaxValue);

    /// <summary>The first that stands there twice; null where none does.</summary>
    public static string? Twice(IEnumerable<string?> names) =>
        names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;

    /// <summary>A metric, with an exponent where four decimals would say nothing or too much.</summary>
    public static string Number(double value) => Math.Abs(value) is 0 or (>= 5e-5 and < 1e9) ? $"{value:0.0000}" : $"{value:0.000e+0}";

    /// <summary>A ratio in percent.</summary>
    public static string Percent(double ratio) => Math.Abs(ratio) < 1e7 ? $"{100 * ratio:0.00}" : $"{100 * ratio:0.00e+0}";

    /// <summary>"1.0000 ± 0.1000".</summary>
    public static string Mean(PromptMean mean) => $"{Number(mean.Mean)} ± {Number(mean.StandardError)}";

    /// <summary>A warning where the full model's mean, of which scores are shares, is not told from zero.</summary>
    public static string[] Weak(PromptMean full) => full.Mean >= 2 * full.StandardError ? []
        : [$"the full model's mean logit difference, {Mean(full)}, is within two standard errors of zero: shares of it say little"];

    /// <summary>Cells in columns.</summary>
    public static string Row<T>(IEnumerable<T> columns, Func<T, string> cell, int width) =>
        string.Concat(columns.Select(column => cell(column).PadLeft(width)));
}
