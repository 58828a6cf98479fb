using System.Globalization;
using SeqCont.Engine.Gpu;

namespace SeqCont.GpuCheck;

/// <summary>Markdown, to the terminal and to a file for bench/results.</summary>
internal sealed class Report(string? path)
{
    private readonly StreamWriter? _file = path is null ? null : new StreamWriter(path) { AutoFlush = true };

    public void Title(GpuOps ops)
    {
        Line($"# gpu-check: {ops.Name}");
        Line();
        Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-dd}. {Environment.ProcessorCount} CPU threads, .NET {Environment.Version}; "
                + $"{ops.MemoryBytes / 1e9:0.0} GB of device memory to use."));
        Line();
    }

    public void Line(FormattableString text) => Line(text.ToString(CultureInfo.InvariantCulture));

    public void Line(string text = "")
    {
        Console.WriteLine(text);
        _file?.WriteLine(text);
    }

    public void Table(string heading, params string[] columns)
    {
        Line();
        Line($"## {heading}");
        Line();
        Row(columns);
        Row([.. columns.Select((_, i) => i == 0 ? "---" : "---:")]);
    }

    public void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    public static string Number(double value, string format = "0.0") => value.ToString(format, CultureInfo.InvariantCulture);
}
