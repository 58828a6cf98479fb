using System.Diagnostics;
using System.Globalization;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Model;

namespace SeqCont.Tools;

/// <summary>
/// Times opening, packing and a first forward pass of a model, measures the memory it takes, and compares logits
/// with the reference engine: one row of a table.
/// </summary>
internal static class LoadCheck
{
    private const int PromptTokens = 23;

    // Float32 against double precision through 48 layers of random weights: logits of about 1, errors of about 1e-5.
    private const double Tolerance = 1e-3;

    public const string Heading =
        "| numbers | files | parameters | packed, MB | open, s | pack, s | ready, s (best, median) | CPU, s | forward, s | SHA-256, s | "
            + "anonymous, MB | resident, MB | resident / packed | rows | worst difference |\n"
        + "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

    public static int Run(string folder, int runs, int? threads, int rows)
    {
        using var memory = new ProcessMemory();
        var measured = new List<Times>();
        double[][] logits = [];
        for (var run = 0; run < runs; run++) logits = Measure(folder, threads, rows, measured);
        var (anonymous, resident) = (memory.PeakAnonymous, ProcessMemory.PeakResident);
        using var weights = Gpt2Weights.Load(folder);
        var start = Stopwatch.GetTimestamp();
        _ = weights.Sha256;
        var hash = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var worst = rows == 0 ? double.NaN : Worst(
            logits, LayeredReference.Logits(weights, Prompt(weights.Config), Positions(weights.Config, rows)));
        var config = weights.Config;
        // The token table, everything else once, and the unembedding once more in the layout of products.
        var packed = sizeof(float) * (config.Parameters + (long)config.DVocab * config.DModel);
        Times[] ordered = [.. measured.OrderBy(times => times.Ready)];
        var (best, median) = (ordered[0], ordered[runs / 2]);
        string[] cells =
        [
            weights.DType, $"{Directory.GetFiles(folder, "*.safetensors").Length}", Text(config.Parameters / 1e6, "0 M"), Megabytes(packed),
            Seconds(best.Open), Seconds(best.Pack), $"{Seconds(best.Ready)}, {Seconds(median.Ready)}", Seconds(median.Cpu),
            Seconds(measured.Min(times => times.Forward)), Seconds(hash),
            Megabytes(anonymous), Megabytes(resident), Text((double)resident / packed, "0.00"), $"{rows}", Text(worst, "0.0e0"),
        ];
        Console.WriteLine($"| {string.Join(" | ", cells)} |");
        return worst > Tolerance ? 1 : 0;
    }

    private static double[][] Measure(string folder, int? threads, int rows, List<Times> measured)
    {
        var (start, cpu) = (Stopwatch.GetTimestamp(), CpuSeconds());
        double Lap()
        {
            var (now, before) = (Stopwatch.GetTimestamp(), start);
            start = now;
            return Stopwatch.GetElapsedTime(before, now).TotalSeconds;
        }

        using var ops = new CpuOps(threads: threads);
        using var weights = Gpt2Weights.Load(folder);
        var open = Lap();
        using var model = new Gpt2Model(ops, weights);
        var (pack, used) = (Lap(), CpuSeconds() - cpu);
        var logits = Forward(ops, model, rows);
        measured.Add(new Times(open, pack, used, Lap()));
        return logits;
    }

    private static double[][] Forward(IOps ops, Gpt2Model model, int rowsRead)
    {
        var config = model.Config;
        var tokens = Prompt(config);
        using var rows = new DeviceRows(ops, RowForest.Build([tokens]));
        using var work = new Workspace(ops, config, tokens.Length);
        using var resid = ops.Allocate((long)tokens.Length * config.DModel);
        var (pass, live) = (new ForwardPass(model, rows, work), LiveNodes.All(config));
        var demand = Demand.Of(rows, live, rows.All);
        pass.Embed(rows.All, resid);
        for (var layer = 0; layer < config.NLayers; layer++)
            pass.Layer(layer, resid, live, demand, new LayerConstants(model.OutputBias(layer), null, null), resid);
        var logits = new List<double[]>();
        pass.Logits(resid, rows.Set(Positions(config, Math.Max(1, rowsRead))), (_, values) => logits.Add([.. values]));
        return [.. logits];
    }

    private static int LengthOf(ModelConfig config) => Math.Min(PromptTokens, config.NCtx);

    private static int[] Prompt(ModelConfig config)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, LengthOf(config)).Select(_ => random.Next(config.DVocab))];
    }

    private static int[] Positions(ModelConfig config, int rows)
    {
        var length = LengthOf(config);
        return rows <= length ? [.. Enumerable.Range(length - rows, rows)] : throw new FormatException(
            $"--rows: expected at most {length}, got {rows}.");
    }

    private static double Worst(double[][] actual, double[][] expected)
    {
        if (actual.Length != expected.Length)
            throw new InvalidDataException($"expected {expected.Length} rows of logits, got {actual.Length}.");
        return actual.Zip(expected, (row, reference) =>
            row.Zip(reference, (a, e) => double.IsFinite(a - e) ? Math.Abs(a - e) : double.PositiveInfinity).Max()).Max();
    }

    private static double CpuSeconds()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }

    private static string Seconds(double seconds) => Text(seconds, "0.000");

    private static string Megabytes(long bytes) => Text(bytes / 1e6, "0");

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>
    /// Seconds of one run: opened, packed, processor time of both on all threads, forward pass with the unembedding packed.
    /// </summary>
    private readonly record struct Times(double Open, double Pack, double Cpu, double Forward)
    {
        public double Ready => Open + Pack;
    }
}
