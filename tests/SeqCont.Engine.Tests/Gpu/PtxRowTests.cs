using SeqCont.Engine.Reference;
using SeqCont.Kernels.Attention;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Embed;
using SeqCont.Kernels.Gemm;
using SeqCont.Kernels.LayerNorm;
using SeqCont.Kernels.Means;
using SeqCont.Kernels.NormDot;
using static SeqCont.Engine.Tests.Gpu.PtxProductTests;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// Kernels that take rows one at a time, run from their PTX with all of their instructions, in double precision beside it. Rows are longer
/// than a group has threads; numbers lie in [-1, 1] and tolerances are those of RowOpsTests.
/// </summary>
[TestClass]
public sealed class PtxRowTests
{
    private const int Width = 301, Rows = 19, Threads = 256;
    private const double Rounding = 1.0 / (1 << 24), Epsilon = 1e-5;

    private static readonly int[] Ids = [0, 1, 4, 5, 6, 9, 10, 11, 12, 14, 15, 17, 18];

    private readonly Random _random = new(1);

    [TestMethod]
    public void Embed_MatchesDouble()
    {
        var run = PtxRun.Of(typeof(EmbedGpu).GetMethod(nameof(EmbedGpu.Kernel))!);
        var (tokens, positions) = (Integers(Rows, 11), Integers(Rows, 5));
        var (tokenTable, positionTable, before) = (Numbers(11 * Width), Numbers(5 * Width), Numbers(Rows * Width));
        var resid = run.Floats(before);
        run.Launch((Ids.Length, 1), Threads, new
        {
            tokens = run.Memory.Add<int>(tokens),
            positions = run.Memory.Add<int>(positions),
            tokenTable = run.Floats(tokenTable),
            positionTable = run.Floats(positionTable),
            ids = run.Memory.Add<int>(Ids),
            dModel = Width,
            resid,
        });
        Require(run, resid, ByRow(before, (_, row, j) => tokenTable[tokens[row] * Width + j] + positionTable[positions[row] * Width + j]),
            0, Rounding);
    }

    [TestMethod]
    public void LayerNorm_MatchesDouble()
    {
        var run = PtxRun.Of(typeof(LayerNormGpu).GetMethod(nameof(LayerNormGpu.Kernel))!);
        var (resid, gain, bias) = (Numbers(Rows * Width), Numbers(Width), Numbers(Width));
        var (normalized, scales) = (run.Floats(new double[Ids.Length * Width]), run.Floats(new double[Ids.Length]));
        run.Launch((Ids.Length, 1), Threads, new
        {
            resid = run.Floats(resid),
            ids = run.Memory.Add<int>(Ids),
            gain = run.Floats(gain),
            bias = run.Floats(bias),
            epsilon = Epsilon,
            dModel = Width,
            normalized,
            scales,
            keepScales = 1,
        });
        using var ops = new ReferenceOps();
        var (expected, expectedScales) = (ops.Allocate(Ids.Length * Width), ops.Allocate(Ids.Length));
        ops.LayerNorm(Pair.Put(ops, resid), Engine.Rows.All(ops.Upload(Ids)), new Norm(Pair.Put(ops, gain), Pair.Put(ops, bias), Epsilon),
            Width, expected, expectedScales);
        Require(run, normalized, Pair.Values(ops, expected), 2 * Rounding * Math.Sqrt(Width) + Rounding, Rounding);
        Require(run, scales, Pair.Values(ops, expectedScales), 0, Rounding);
    }

    [TestMethod]
    public void Attention_ScoresAndPattern_MatchDouble()
    {
        var run = PtxRun.Of(typeof(AttentionGpu).GetMethod(nameof(AttentionGpu.Kernel))!);
        foreach (var dHead in new[] { 7, 36 }) Attend(run, dHead);
        Assert.AreEqual("", run.Unexecuted, "never executed");
    }

    [TestMethod]
    public void AddTable_WithAndWithoutSourceAndSlots_MatchesDouble()
    {
        var run = PtxRun.Of(typeof(ElementwiseGpu).GetMethod(nameof(ElementwiseGpu.AddTable))!);
        var (table, before, slots) = (Numbers(3 * Width), Numbers(Rows * Width), Integers(Rows, 3));
        foreach (var (hasSource, hasSlots) in new[] { (1, 1), (0, 1), (1, 0) })
        {
            var destination = run.Floats(before);
            run.Launch((Ids.Length, 1), Threads, new
            {
                source = hasSource != 0 ? destination : run.Memory.Add(0f),
                hasSource,
                ids = run.Memory.Add<int>(Ids),
                table = run.Floats(table),
                slots = run.Memory.Add<int>(slots),
                hasSlots,
                width = Width,
                destination,
            });
            RequireClose((destination.Values<float>(),
                ByRow(before, (_, row, j) => hasSource * before[row * Width + j] + table[hasSlots * slots[row] * Width + j])), 0, "table",
                Rounding);
        }

        Assert.AreEqual("", run.Unexecuted, "never executed");
    }

    [TestMethod]
    public void Add_InPlace_MatchesDouble()
    {
        var run = PtxRun.Of(typeof(ElementwiseGpu).GetMethod(nameof(ElementwiseGpu.Add))!);
        var (before, compact) = (Numbers(Rows * Width), Numbers(Ids.Length * Width));
        var destination = run.Floats(before);
        run.Launch((Ids.Length, 1), Threads, new
        {
            source = destination,
            ids = run.Memory.Add<int>(Ids),
            compact = run.Floats(compact),
            width = Width,
            destination
        });
        Require(run, destination, ByRow(before, (i, row, j) => before[row * Width + j] + compact[i * Width + j]), 0, Rounding);
    }

    [TestMethod]
    public void HeadDelta_MatchesDoubleAndLeavesOtherHeads()
    {
        var run = PtxRun.Of(typeof(ElementwiseGpu).GetMethod(nameof(ElementwiseGpu.HeadDelta))!);
        const int NHeads = 3, DHead = 67, Head = 1, Layer = NHeads * DHead;
        var (z, means, before, slots) =
            (Numbers(2 + Ids.Length * Layer), Numbers(5 * Layer), Numbers(Ids.Length * Layer), Integers(Rows, 5));
        var delta = run.Floats(before);
        run.Launch((Ids.Length, 1), 64, new
        {
            z = new PtxView(run.Floats(z), 2),
            ids = run.Memory.Add<int>(Ids),
            means = run.Floats(means),
            slots = run.Memory.Add<int>(slots),
            head = Head,
            nHeads = NHeads,
            dHead = DHead,
            delta,
        });
        double Expected(int at) => at % Layer / DHead != Head ? before[at] : means[slots[Ids[at / Layer]] * Layer + at % Layer] - z[2 + at];
        Require(run, delta, [.. Enumerable.Range(0, before.Length).Select(Expected)], 0, Rounding);
    }

    [TestMethod]
    public void Accumulate_RowsBySlot_MatchesDouble()
    {
        var run = PtxRun.Of(typeof(MeansGpu).GetMethod(nameof(MeansGpu.Accumulate))!);
        var (values, before, weights) = (Numbers(Ids.Length * Width), Numbers(4 * Width), Integers(Rows, 5));
        // Slot 1 has rows 2, 0 and 5 of the call, slot 3 one, slots 0 and 2 none.
        int[] segments = [0, 3, 4], slotOf = [1, 3], order = [2, 0, 5, 7];
        var sums = run.Memory.Add<double>(before);
        run.Launch(((Width + Threads - 1) / Threads, slotOf.Length), Threads, new
        {
            values = run.Floats(values),
            ids = run.Memory.Add<int>(Ids),
            weights = run.Memory.Add<int>(weights),
            segments = run.Memory.Add<int>(segments),
            slotOf = run.Memory.Add<int>(slotOf),
            order = run.Memory.Add<int>(order),
            width = Width,
            sums,
        });
        var expected = (double[])before.Clone();
        for (var segment = 0; segment < slotOf.Length; segment++)
            foreach (var i in order[segments[segment]..segments[segment + 1]])
                for (var j = 0; j < Width; j++) expected[slotOf[segment] * Width + j] += weights[Ids[i]] * values[i * Width + j];
        RequireClose((sums.Values<double>(), expected), 1e-14, "sums", 0);
        Assert.AreEqual("", run.Unexecuted, "never executed");
    }

    [TestMethod]
    public void Average_MatchesDoubleAndClears()
    {
        var run = PtxRun.Of(typeof(MeansGpu).GetMethod(nameof(MeansGpu.Average))!);
        var before = Numbers(4 * Width);
        long[] counts = [3, 5, 0, 1L << 33];
        var (sums, means) = (run.Memory.Add<double>(before), run.Floats(Numbers(4 * Width)));
        run.Launch(((Width + Threads - 1) / Threads, 4), Threads, new
        {
            sums,
            counts = run.Memory.Add<long>(counts),
            width = Width,
            means
        });
        Require(run, means, [.. before.Select((sum, at) => counts[at / Width] == 0 ? 0 : sum / counts[at / Width])], 0, Rounding);
        RequireClose((sums.Values<double>(), new double[4 * Width]), 0, "cleared sums");
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void NormDot_RepeatedRows_MatchesDouble(int perEnd)
    {
        var run = PtxRun.Of(typeof(NormDotGpu).GetMethod(nameof(NormDotGpu.Kernel))!);
        var (resid, columns, gain, bias) = (Numbers(Rows * Width), Numbers(3 * Width), Numbers(Width), Numbers(Width));
        int[] ends = [4, 4, 7, 18], which = [.. new[] { 0, 2, 1, 2, 1, 0, 0, 1 }.Take(4 * perEnd)];
        var result = run.Memory.Add<double>(new double[which.Length]);
        run.Launch((ends.Length, perEnd), Threads, new
        {
            resid = run.Floats(resid),
            ends = run.Memory.Add<int>(ends),
            gain = run.Floats(gain),
            bias = run.Floats(bias),
            epsilon = Epsilon,
            columns = run.Floats(columns),
            which = run.Memory.Add<int>(which),
            perEnd,
            dModel = Width,
            result,
        });
        using var ops = new ReferenceOps();
        var expected = new double[which.Length];
        ops.NormDot(
            Pair.Put(ops, resid), Engine.Rows.All(ops.Upload(ends)), new Norm(Pair.Put(ops, gain), Pair.Put(ops, bias), Epsilon),
            Pair.Put(ops, columns), ops.Upload(which), perEnd, Width, expected);
        RequireClose((result.Values<double>(), expected), 1e-13 * (Width + 8) * 8, "products", 0);
        Assert.AreEqual("", run.Unexecuted, "never executed");
    }

    [TestMethod]
    public void Gather_MatchesExactly()
    {
        var run = PtxRun.Of(typeof(ElementwiseGpu).GetMethod(nameof(ElementwiseGpu.Gather))!);
        var (source, before) = (Numbers(Rows * Width), Numbers((Ids.Length + 1) * Width));
        var compact = run.Floats(before);
        run.Launch((Ids.Length, 1), Threads, new { source = run.Floats(source), ids = run.Memory.Add<int>(Ids), width = Width, compact });
        for (var at = 0; at < Ids.Length * Width; at++) before[at] = source[Ids[at / Width] * Width + at % Width];
        Require(run, compact, before, 0, 0);
    }

    [TestMethod]
    public void Transpose_MatchesExactly()
    {
        var run = PtxRun.Of(typeof(TransposeGpu).GetMethod(nameof(TransposeGpu.Kernel))!);
        const int Columns = 7, First = 3, Stride = First + Width + 2;
        var (from, before) = (Numbers(Width * Columns), Numbers(Columns * Stride));
        var to = run.Floats(before);
        run.Launch(((Width + Threads - 1) / Threads, Columns), Threads,
            new { from = run.Floats(from), rows = Width, width = Columns, firstColumn = First, stride = Stride, to });
        for (var i = 0; i < Width; i++)
            for (var j = 0; j < Columns; j++) before[j * Stride + First + i] = from[i * Columns + j];
        Require(run, to, before, 0, 0);
    }

    private void Attend(PtxRun run, int dHead)
    {
        const int NHeads = 5, NCtx = 41;
        int[] heads = [0, 2, 3], positions = Integers(Rows, NCtx), first = new int[Rows];
        var entries = new List<int>();
        for (var row = 0; row < Rows; row++)
        {
            first[row] = entries.Count;
            entries.AddRange([.. Integers(positions[row], Rows), row]);
        }

        var (q, kv, count) = (Numbers(Ids.Length * NHeads * dHead), Numbers(Rows * 2 * NHeads * dHead), Ids.Length * NHeads);
        double[] beforeZ = Numbers(3 + count * dHead), beforeScores = Numbers(count * NCtx), beforePattern = Numbers(count * NCtx);
        var (z, scores, pattern) = (run.Floats(beforeZ), run.Floats(beforeScores), run.Floats(beforePattern));
        run.Launch(((Ids.Length + AttentionGpu.RowsPerGroup - 1) / AttentionGpu.RowsPerGroup, heads.Length),
            AttentionGpu.RowsPerGroup * AttentionGpu.Lanes, new
            {
                Q = run.Floats(q),
                Kv = run.Floats(kv),
                Ids = run.Memory.Add<int>(Ids),
                First = run.Memory.Add<int>(first),
                Positions = run.Memory.Add<int>(positions),
                Entries = run.Memory.Add<int>([.. entries]),
                Heads = run.Memory.Add<int>(heads),
                Z = new PtxView(z, 3),
                Scores = scores,
                Pattern = pattern,
                Count = Ids.Length,
                NHeads,
                DHead = dHead,
                NCtx,
                Scale = (float)(1 / Math.Sqrt(dHead)),
                KeepScores = 1,
                KeepPattern = 1,
                Wide = dHead % 4 == 0 ? 1 : 0,
            });
        using var ops = new ReferenceOps();
        var (expectedZ, expectedScores, expectedPattern) =
            (Pair.Put(ops, beforeZ), Pair.Put(ops, beforeScores), Pair.Put(ops, beforePattern));
        var chains = new Chains(ops.Upload(first), ops.Upload(positions), ops.Upload([.. entries]));
        ops.Attention(Pair.Put(ops, q), Pair.Put(ops, kv), Engine.Rows.All(ops.Upload(Ids)), chains, heads,
            AttentionShape.MultiHead(NHeads, dHead), new View(expectedZ, 3), expectedScores, expectedPattern, NCtx);
        var score = Rounding * (dHead + 4.0) * Math.Sqrt(dHead);
        RequireClose((scores.Values<float>(), Pair.Values(ops, expectedScores)), score, $"scores, dHead {dHead}", 0);
        RequireClose((pattern.Values<float>(), Pair.Values(ops, expectedPattern)), 0, $"pattern, dHead {dHead}", 2 * score + 8 * Rounding);
        RequireClose((z.Values<float>(), Pair.Values(ops, expectedZ)), 2 * score + (NCtx + 8) * Rounding, $"z, dHead {dHead}", 0);
    }

    private static void Require(PtxRun run, PtxBuffer actual, double[] expected, double absolute, double relative)
    {
        RequireClose((actual.Values<float>(), expected), absolute, "numbers", relative);
        Assert.AreEqual("", run.Unexecuted, "never executed");
    }

    /// <summary>What was there, and what the rows of a call get: number i, row, column.</summary>
    private static double[] ByRow(double[] before, Func<int, int, int, double> value)
    {
        var expected = (double[])before.Clone();
        for (var i = 0; i < Ids.Length; i++)
            for (var j = 0; j < Width; j++) expected[Ids[i] * Width + j] = value(i, Ids[i], j);
        return expected;
    }

    private double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(float)(_random.NextDouble() * 2 - 1))];

    private int[] Integers(int count, int below) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(below))];
}
