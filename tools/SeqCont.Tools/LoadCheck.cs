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
        "| model | numbers | files | parameters | weights packed, MB | open, s | pack, s | forward, s | ready, s | with logits, s | SHA-256, s | anonymous, MB | peak, MB | peak / packed | rows | worst logit difference |\n"
        + "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

    public static int Run(string folder, int runs, int? threads, int rows)
    {
        using var memory = new ProcessMemory();
        var measured = new List<Times>();
        double[][] logits = [];
        for (var run = 0; run < runs; run++) (var times, logits) = Measure(folder, threads, rows, measured);
        var (anonymous, resident) = (memory.PeakAnonymous, ProcessMemory.PeakResident);
        using var weights = Gpt2Weights.Load(folder);
        var start = Stopwatch.GetTimestamp();
        _ = weights.Sha256;
        var hash = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var worst = rows == 0 ? double.NaN : Worst(logits, LayeredReference.Logits(weights, Prompt(weights.Config), Positions(rows)));
        var config = weights.Config;
        var packed = sizeof(float) * (config.Parameters + (long)config.DVocab * config.DModel);
        double Median(Func<Times, double> of) => measured.Select(of).Order().ElementAt(measured.Count / 2);
        string[] cells =
        [
            weights.Name, weights.DType, Directory.GetFiles(folder, "*.safetensors").Length.ToString(CultureInfo.InvariantCulture), (config.Parameters / 1e6).ToString("0 M", CultureInfo.InvariantCulture),
            Megabytes(packed), Seconds(Median(times => times.Open)), Seconds(Median(times => times.Pack)), Seconds(Median(times => times.Forward)), Seconds(Median(times => times.Open + times.Pack)),
            Seconds(Median(times => times.Open + times.Pack + times.Forward)), Seconds(hash), Megabytes(anonymous), Megabytes(resident), ((double)resident / packed).ToString("0.00", CultureInfo.InvariantCulture),
            rows.ToString(CultureInfo.InvariantCulture), worst.ToString("0.0e0", CultureInfo.InvariantCulture),
        ];
        Console.WriteLine($"| {string.Join(" | ", cells)} |");
        return worst > Tolerance ? 1 : 0;
    }

    private static (Times Times, double[][] Logits) Measure(string folder, int? threads, int rows, List<Times> measured)
    {
        var start = Stopwatch.GetTimestamp();
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
        var pack = Lap();
        var logits = Forward(ops, model, rows);
        var times = new Times(open, pack, Lap());
        measured.Add(times);
        return (times, logits);
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
        for (var layer = 0; layer < config.NLayers; layer++) pass.Layer(layer, resid, live, demand, new LayerConstants(model.OutputBias(layer), null, null), resid);
        var logits = new List<double[]>();
        pass.Logits(resid, rows.Set(Positions(Math.Max(1, rowsRead))), (_, values) => logits.Add([.. values]));
        return [.. logits];
    }

    private static int[] Prompt(Gpt2Config config)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Math.Min(PromptTokens, config.NCtx)).Select(_ => random.Next(config.DVocab))];
    }

    private static int[] Positions(int rows) => [.. Enumerable.Range(PromptTokens - rows, rows)];

    private static double Worst(double[][] actual, double[][] expected)
    {
        if (actual.Length != expected.Length) throw new InvalidDataException($"expected {expected.Length} rows of logits, got {actual.Length}.");
        return actual.Zip(expected, (row, reference) => row.Zip(reference, (a, e) => Math.Abs(a - e)).Max()).Max();
    }

    private static string Seconds(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0", CultureInfo.InvariantCulture);

    private readonly record struct Times(double Open, double Pack, double Forward);
}
