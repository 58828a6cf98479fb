using SeqCont.Engine;
using SeqCont.Engine.Gpu;

namespace SeqCont.GpuCheck;

/// <summary>Every kernel against the reference, over odd and real shapes. Tolerances as in the tests of the engine.</summary>
internal sealed class KernelCheck(GpuOps gpu, Report report)
{
    private const double Rounding = 1.0 / (1 << 24);

    private bool _isGood = true;

    public static bool Run(GpuOps gpu, Report report, bool isQuick)
    {
        report.Table("Kernels against double precision", "operation", "shape", "largest error", "allowed", "");
        var check = new KernelCheck(gpu, report);
        foreach (var dHead in isQuick ? [1, 5, 8, 64] : new[] { 1, 3, 5, 8, 16, 61, 64 })
            check.Attention(dHead, nHeads: 3, rows: 77, nCtx: 23);
        check.Attention(64, nHeads: 12, rows: isQuick ? 64 : 512, nCtx: 23);
        check.Attention(16, nHeads: 2, rows: 19, nCtx: 1024);
        foreach (var width in new[] { 1, 7, 48, 255, 257, 768, 1600 }) check.Rows(width);
        check.Products(isQuick);
        return check._isGood;
    }

    private void Verdict(string operation, string shape, double error, double allowed)
    {
        var passed = error <= allowed;
        _isGood &= passed;
        report.Row(operation, shape, Report.Number(error, "0.0e+0"), Report.Number(allowed, "0.0e+0"), passed ? "ok" : "**FAILED**");
    }

    private void Products(bool isQuick)
    {
        var arithmetic = gpu.Arithmetic;
        GpuArithmetic[] all = arithmetic == GpuArithmetic.Simt
            ? [arithmetic] : [GpuArithmetic.Simt, GpuArithmetic.SplitTf32, GpuArithmetic.Tf32];
        foreach (var kind in all)
        {
            gpu.Arithmetic = kind;
            for (var tile = 0; tile < GemmDialects.Tiles(kind).Count; tile++)
            {
                gpu.ForcedTile = tile;
                foreach (var loads in gpu.AlignedLoads == GpuLoads.Async
                    && kind != GpuArithmetic.Simt
                    ? [GpuLoads.Async] : gpu.AlignedLoads == GpuLoads.Async ? [GpuLoads.Plain, GpuLoads.Wide,
                        GpuLoads.Async] : new[] { GpuLoads.Plain, GpuLoads.Wide })
                {
                    var before = gpu.AlignedLoads;
                    gpu.AlignedLoads = loads;
                    Product($"{kind}, tile {tile}, {loads} loads", kind, 131, 12, 7, 20, 5);
                    Product($"{kind}, tile {tile}, {loads} loads", kind, 77, 64, 12, 64, 12);
                    gpu.AlignedLoads = before;
                }

                // Odd sizes, which no wide load can serve.
                Product($"{kind}, tile {tile}", kind, 67, 11, 7, 13, 3);
            }

            gpu.ForcedTile = null;
            foreach (var activation in new[] { Activation.Gelu, Activation.Relu, Activation.Silu })
                Product($"{kind}, chosen tile", kind, 77, 64, 2, 64, 4, activation);
            if (!isQuick) Product($"{kind}, chosen tile", kind, 300, 768, 1, 768, 4);
        }

        gpu.Arithmetic = arithmetic;
    }

    private void Product(
        string what, GpuArithmetic kind, int rows, int kBlock, int kBlocks, int columnBlock, int columnBlocks,
        Activation activation = Activation.GeluNew)
    {
        var (sides, k, n) = (new Sides(gpu, 3), kBlock * kBlocks, columnBlock * columnBlocks);
        using var a = sides.Array(sides.Numbers((long)rows * k));
        using var bias = sides.Array(sides.Numbers(n));
        using var table = sides.Array(sides.Numbers(3 * n));
        using var projected = sides.Array(sides.Numbers((long)(rows + 3) * n));
        using var added = sides.Array(sides.Numbers((long)(rows + 3) * n));
        var weights = sides.Numbers((long)k * n);
        var (ids, slots) = (sides.Ascending(rows, rows + 3), sides.Integers(rows + 3, 3));
        int[] someColumns = [.. Enumerable.Range(0, columnBlocks).Where(block => block % 3 != 1)],
            someTerms = [.. Enumerable.Range(0, kBlocks).Where(block => block % 3 != 1)];
        foreach (var ops in sides.Both)
        {
            var which = Engine.Rows.All(ops.Upload(ids));
            using var columns = ops.CreateWeights(new ArrayTensor("w", weights, k, n), 0, n, k, columnBlock);
            using var terms = ops.CreateWeights(new ArrayTensor("w", weights, k, n), 0, n, kBlock, n);
            ops.Project(a.Of(ops), which, columns, someColumns, bias.Of(ops), activation, true, projected.Of(ops));
            ops.ProjectAdd(a.Of(ops), which, terms, someTerms, added.Of(ops), table.Of(ops), ops.Upload(slots), added.Of(ops));
        }

        // Terms of at most 1: tf32 factors are off by 2^-11 each, split ones by 2^-22; k additions of sums of about sqrt(k).
        var term = kind switch { GpuArithmetic.Tf32 => 2.0 / (1 << 11), GpuArithmetic.SplitTf32 => 8 * Rounding, _ => 2 * Rounding };
        var allowed = 8 * Math.Sqrt(k) * term + 8 * k * Rounding;
        Verdict($"project + {activation}: {what}", $"[{rows}, {k}] x [{k}, {n}]", sides.Difference(projected).Largest, allowed);
        Verdict($"project + table: {what}", $"[{rows}, {k}] x [{k}, {n}]", sides.Difference(added).Largest, allowed);
    }

    private void Attention(int dHead, int nHeads, int rows, int nCtx)
    {
        var (sides, width) = (new Sides(gpu, 5), nHeads * dHead);
        using var q = sides.Array(sides.Numbers((long)rows * width));
        using var kv = sides.Array(sides.Numbers(2L * rows * width));
        using var z = sides.Array(sides.Numbers(3 + (long)rows * width));
        using var pattern = sides.Array(new double[(long)rows * nHeads * nCtx]);
        var positions = sides.Integers(rows, nCtx);
        positions[0] = nCtx - 1;
        int[] first = [.. positions.Select((_, row) => positions.Take(row).Sum(position => position + 1))];
        int[] entries = [.. positions.SelectMany((position, row) => sides.Integers(position, rows).Append(row))];
        int[] heads = [.. Enumerable.Range(0, nHeads).Where(head => head != 1)];
        foreach (var ops in sides.Both)
        {
            var chains = new Chains(ops.Upload(first), ops.Upload(positions), ops.Upload(entries));
            ops.Attention(q.Of(ops), kv.Of(ops), Engine.Rows.All(ops.Upload([.. Enumerable.Range(0, rows)])), chains, heads,
                AttentionShape.MultiHead(nHeads, dHead), new View(z.Of(ops), 3), null, pattern.Of(ops), nCtx);
        }

        var score = Rounding * (dHead + 4.0) * Math.Sqrt(dHead);
        Verdict("attention, z", $"{rows} rows, {nHeads} heads of {dHead}, up to {nCtx} keys", sides.Difference(z).Largest,
            2 * score + (nCtx + 8) * Rounding);
        Verdict("attention, pattern", $"{rows} rows, {nHeads} heads of {dHead}, up to {nCtx} keys", sides.Difference(pattern).Largest,
            2 * score + 8 * Rounding);
    }

    private void Rows(int width)
    {
        var sides = new Sides(gpu, 7);
        using var resid = sides.Array(sides.Numbers(19L * width));
        using var compact = sides.Array(sides.Numbers(13L * width));
        using var table = sides.Array(sides.Numbers(5L * width));
        using var gain = sides.Array(sides.Numbers(width));
        using var bias = sides.Array(sides.Numbers(width));
        using var normalized = sides.Array(new double[13L * width]);
        using var sum = sides.Array(new double[19L * width]);
        using var means = sides.Array(new double[4L * width]);
        var (ids, slots, weights, slotOf) = (sides.Ascending(13, 19), sides.Integers(19, 5), sides.Integers(19, 6), sides.Integers(19, 4));
        var results = new List<double[]>();
        foreach (var ops in sides.Both)
        {
            var which = Engine.Rows.All(ops.Upload(ids));
            var norm = new Norm(gain.Of(ops), bias.Of(ops), 1e-5);
            ops.LayerNorm(resid.Of(ops), which, norm, width, normalized.Of(ops));
            ops.AddTable(resid.Of(ops), which, table.Of(ops), ops.Upload(slots), width, sum.Of(ops));
            ops.Add(sum.Of(ops), which, compact.Of(ops), width, sum.Of(ops));
            using var sums = ops.AllocateSums(4, width);
            ops.AddToSums(compact.Of(ops), which, ops.Upload(slotOf), ops.Upload(weights), sums);
            ops.Average(sums, [3, 5, 0, 2], means.Of(ops));
            results.Add(new double[13]);
            ops.NormDot(resid.Of(ops), which, norm, table.Of(ops), ops.Upload([.. Enumerable.Range(0, 13).Select(i => i % 5)]), 1, width,
                results[^1]);
        }

        Verdict("layer norm", $"13 x {width}", sides.Difference(normalized).Largest, 4 * Rounding * (Math.Sqrt(width) + 1));
        Verdict("add table, add", $"13 x {width}", sides.Difference(sum).Largest, 4 * Rounding);
        Verdict("means", $"4 x {width}", sides.Difference(means).Largest, 40 * Rounding);
        Verdict("logit difference", $"13 x {width}", results[0].Zip(results[1], (x, y) => Math.Abs(x - y)).Max(), 1e-12 * (width + 8));
    }
}
