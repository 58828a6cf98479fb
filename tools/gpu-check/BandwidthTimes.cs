using SeqCont.Engine;
using SeqCont.Engine.Gpu;

namespace SeqCont.GpuCheck;

/// <summary>Operations that move bytes, beside a plain copy.</summary>
internal static class BandwidthTimes
{
    /// <returns>Bytes a second of a copy, read and written.</returns>
    public static double Run(GpuOps gpu, Report report, bool isQuick)
    {
        const int Width = 768, NHeads = 12, DHead = 64, Keys = 23;
        var rows = isQuick ? 512 : 30_000 / Keys * Keys;
        using var from = gpu.Allocate((long)rows * Width);
        using var to = gpu.Allocate((long)rows * Width);
        using var kv = gpu.Allocate(2L * rows * Width);
        using var table = gpu.Allocate(Width);
        var norm = new Norm(table, table, 1e-5);
        var all = Rows.All(gpu.Upload([.. Enumerable.Range(0, rows)]));
        var chains = new Chains(gpu.Upload([.. Enumerable.Range(0, rows).Select(row => row / Keys * Keys)]),
            gpu.Upload([.. Enumerable.Range(0, rows).Select(row => row % Keys)]), gpu.Upload([.. Enumerable.Range(0, rows)]));
        int[] heads = [.. Enumerable.Range(0, NHeads)];
        var residual = 4.0 * rows * Width;
        var copySeconds = Stopwatching.Seconds(gpu, () => gpu.Copy(from, to));
        var copy = 2 * residual / copySeconds;

        report.Table($"Memory, {rows} rows of {Width}", "operation", "GB/s", "of the copy", "ms");
        void Time(string name, double bytes, Action call) => Row(name, bytes, Stopwatching.Seconds(gpu, call));
        void Row(string name, double bytes, double seconds) =>
            report.Row(name, Report.Number(bytes / seconds / 1e9), Report.Number(100 * bytes / seconds / copy) + " %",
                Report.Number(1000 * seconds, "0.000"));

        Row("copy", 2 * residual, copySeconds);
        Time("layer norm", 2 * residual, () => gpu.LayerNorm(from, all, norm, Width, to));
        Time("add a table", 2 * residual, () => gpu.AddTable(from, all, table, null, Width, to));
        Time("add", 3 * residual, () => gpu.Add(from, all, to, Width, from));
        // q, k, v in and z out, each key counted once.
        Time($"attention, {NHeads} heads, {Keys} tokens a prompt", 4 * residual,
            () => gpu.Attention(from, kv, all, chains, heads, AttentionShape.MultiHead(NHeads, DHead), to));
        return copy;
    }
}
