using System.Globalization;
using System.Text.Json;
using SeqCont.Engine.Cpu;
using SeqCont.Kernels;

namespace SeqCont.Bench;

/// <summary>
/// <c>peak [--rows N] [--prompts N] [--rounds N] [--threads N] [--seconds S] [--clock wall|cpu] [--json FILE] [--markdown FILE]</c>:
/// the roof of this machine, and what share of it the products of a layer reach.
/// </summary>
internal static class PeakCommand
{
    public static int Run(string[] options)
    {
        var values = Parse(options);
        if (values is null) return 2;
        int Integer(string name, int otherwise) =>
            values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        var threads = Integer("threads", Environment.ProcessorCount);
        var seconds = double.Parse(values.GetValueOrDefault("seconds", "0.15"), CultureInfo.InvariantCulture);
        var clockName = values.GetValueOrDefault("clock", "wall");
        Func<double> clock = clockName == "cpu" ? RatioRun.Processor : RatioRun.Wall;
        using var ops = new CpuOps(threads: threads);
        var works = GemmCase.All.Select(gemm => new GemmWork(ops, gemm, Integer("rows", 2304))).ToArray();
        foreach (var work in works) work.Verify();
        var timed = works.Select(work => work.Work).ToList();
        using var forward = new ForwardWork(ops, Integer("prompts", 96));
        timed.Add(forward.Work);
        if (threads > 1) timed.Insert(0, PeakWork.On(ops.Path, 1));
        var results = new RatioRun(PeakWork.On(ops.Path, threads), timed, seconds, clock).Measure(Integer("rounds", 9));
        foreach (var work in works) work.Dispose();

        var markdown = Markdown(ops, clockName, results);
        Console.WriteLine(markdown);
        if (values.TryGetValue("markdown", out var file)) File.WriteAllText(file, markdown);
        if (values.TryGetValue("json", out file))
            File.WriteAllText(file, JsonSerializer.Serialize(new { Backend = ops.Name, Clock = clockName, Results = results }));
        return 0;
    }

    private static string Markdown(CpuOps ops, string clock, IReadOnlyList<Measured> results)
    {
        var lines = new List<string>
        {
            $"{ops.Name} (available: {string.Join(", ", InstructionSets.Available().Select(InstructionSets.Name))}); clock: {clock}",
            string.Empty,
            "| Work | GFLOP/s, median | best | share of peak, median | best |",
            "|---|---:|---:|---:|---:|",
        };
        lines.AddRange(results.Select(result => string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Name} | {result.MedianGflops:F1} | {result.BestGflops:F1} | {result.MedianShare:P1} | {result.BestShare:P1} |")));
        return string.Join(Environment.NewLine, lines);
    }

    private static Dictionary<string, string>? Parse(string[] options)
    {
        string[] known = ["rows", "prompts", "rounds", "threads", "seconds", "clock", "json", "markdown"];
        var values = new Dictionary<string, string>();
        for (var i = 0; i < options.Length; i += 2)
        {
            var name = options[i].StartsWith("--", StringComparison.Ordinal) ? options[i][2..] : options[i];
            if (!known.Contains(name) || i + 1 == options.Length)
            {
                Console.Error.WriteLine(
                    $"peak: expected pairs of an option ({string.Join(", ", known.Select(option => "--" + option))}) and a value, got '"
                        + $"{options[i]}'.");
                return null;
            }

            values[name] = options[i + 1];
        }

        return values;
    }
}
