using System.Globalization;
using SeqCont.Engine;
using SeqCont.Engine.Gpu;

namespace SeqCont.GpuCheck;

/// <summary>Matrix products at GPT-2 small's shapes: every arithmetic and tile, beside the device's peak and cuBLAS.</summary>
internal static class ProductTimes
{
    private static readonly (string Name, int K, int N)[] Shapes = [("W_Q", 768, 768), ("W_K, W_V", 768, 1536), ("W_O", 768, 768),
        ("W_in", 768, 3072), ("W_out", 3072, 768), ("W_O, one head", 64, 768)];

    public static void Run(CheckOptions options, Report report, double copyBandwidth)
    {
        var baseline = Baseline(options.Baseline);
        report.Table("Products", "shape", "arithmetic", "tile", "TFLOP/s", "of the peak", "of cuBLAS", "rms error", "cuBLAS's");
        using var gpu = GpuDevices.Open(options.Device, GpuPrecision.Fp32);
        GpuArithmetic[] all = gpu.Arithmetic == GpuArithmetic.Simt
            ? [GpuArithmetic.Simt] : [GpuArithmetic.SplitTf32, GpuArithmetic.Tf32, GpuArithmetic.Simt];
        foreach (var rows in options.IsQuick ? [64] : new[] { 1536, 8192, 30_323 })
            foreach (var (name, k, n) in options.IsQuick ? Shapes[5..] : Shapes)
                foreach (var arithmetic in all)
                    Shape(gpu, report, baseline, copyBandwidth, name, rows, k, n, arithmetic);
    }

    private static void Shape(
        GpuOps gpu, Report report, Dictionary<(string, int, int, int), (double Tflops, double Error)> baseline, double copyBandwidth,
        string name, int rows, int k, int n, GpuArithmetic arithmetic)
    {
        gpu.Arithmetic = arithmetic;
        var chosen = GemmDialects.ChooseTile(arithmetic, rows, n, gpu.Multiprocessors);
        using var a = Random(gpu, (long)rows * k);
        using var to = gpu.Allocate((long)rows * n);
        using var weights = gpu.CreateWeights(new ArrayTensor("w", Numbers((long)k * n, 2), k, n), 0, n, k, n);
        var all = Rows.All(gpu.Upload([.. Enumerable.Range(0, rows)]));
        var flops = 2.0 * rows * k * n;
        // What the device can do at most: its arithmetic, or the bytes of operands and result.
        var peak = Math.Min(Peak(gpu, arithmetic), flops / (4.0 * ((double)rows * k + (double)k * n + (double)rows * n)) * copyBandwidth);
        var found = baseline.TryGetValue((arithmetic == GpuArithmetic.Tf32 ? "tf32" : "fp32", rows, k, n), out var cublas);
        for (var tile = 0; tile < GemmDialects.Tiles(arithmetic).Count; tile++)
        {
            gpu.ForcedTile = tile;
            void Call() => gpu.Project(a, all, weights, [0], null, Activation.None, false, to);
            var speed = flops / Stopwatching.Seconds(gpu, Call);
            var error = tile == chosen ? Report.Number(Error(gpu, a, to, k, n), "0.0e+0") : "";
            report.Row(
                $"{name} [{rows}, {k}] x [{k}, {n}]", arithmetic.ToString(), tile == chosen
                    ? $"{tile} (chosen)" : $"{tile}",
                Report.Number(speed / 1e12), peak > 0
                    ? Report.Number(100 * speed / peak) + " %"
                    : "", found ? Report.Number(100 * speed / 1e12 / cublas.Tflops) + " %" : "", error, found
                    && tile == chosen ? Report.Number(cublas.Error, "0.0e+0") : "");
        }

        gpu.ForcedTile = null;
    }

    /// <summary>Operations a second: lanes of a multiprocessor times its clock; 0 where they are not known.</summary>
    private static double Peak(GpuOps gpu, GpuArithmetic arithmetic)
    {
        var (lanes, tensor) = gpu.Architecture switch { 80 => (64, 512), 86 or 89 => (128, 256), 90 => (128, 1024), _ => (0, 0) };
        var perClock = arithmetic switch { GpuArithmetic.Simt => lanes, GpuArithmetic.Tf32 => tensor, _ => tensor / 3.0 };
        return 2.0 * perClock * gpu.Multiprocessors * gpu.ClockHertz;
    }

    /// <summary>Root mean square difference from double precision over a few rows.</summary>
    private static double Error(GpuOps gpu, DeviceBuffer a, DeviceBuffer to, int k, int n)
    {
        const int Rows = 4;
        gpu.ForcedTile = null;
        var (left, actual, w) = (new double[Rows * k], new double[Rows * n], Numbers((long)k * n, 2));
        gpu.Download(a, 0, left);
        gpu.Download(to, 0, actual);
        var squares = 0.0;
        for (var row = 0; row < Rows; row++)
        {
            var sums = new double[n];
            for (var i = 0; i < k; i++)
                for (var j = 0; j < n; j++) sums[j] += left[row * k + i] * w[(long)i * n + j];
            for (var j = 0; j < n; j++) squares += (sums[j] - actual[row * n + j]) * (sums[j] - actual[row * n + j]);
        }

        return Math.Sqrt(squares / (Rows * n));
    }

    private static DeviceBuffer Random(GpuOps gpu, long count)
    {
        var buffer = gpu.Allocate(count);
        gpu.Upload(Numbers(count, 1), buffer, 0);
        return buffer;
    }

    /// <summary>float32 numbers in [-1, 1], as cublas.py has them in distribution.</summary>
    private static double[] Numbers(long count, int seed)
    {
        var random = new Random(seed);
        var numbers = new double[count];
        for (var i = 0; i < count; i++) numbers[i] = (float)(random.NextDouble() * 2 - 1);
        return numbers;
    }

    /// <summary>Lines of cublas.py: precision, rows, k, n, TFLOP/s, rms error.</summary>
    private static Dictionary<(string, int, int, int), (double, double)> Baseline(string? path)
    {
        var known = new Dictionary<(string, int, int, int), (double, double)>();
        if (path is null || !File.Exists(path)) return known;
        foreach (var parts in File.ReadLines(path).Select(line => line.Split(' ')).Where(parts => parts.Length == 6))
        {
            int Int(int i) => int.Parse(parts[i], CultureInfo.InvariantCulture);
            double Double(int i) => double.Parse(parts[i], CultureInfo.InvariantCulture);
            known[(parts[0], Int(1), Int(2), Int(3))] = (Double(4), Double(5));
        }

        return known;
    }
}
