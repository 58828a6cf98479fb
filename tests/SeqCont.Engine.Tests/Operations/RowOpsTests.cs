using SeqCont.Engine.Cpu;

namespace SeqCont.Engine.Tests;

/// <summary>
/// The row operations against the reference, for widths around one and two vectors. Portable vectors serve all
/// paths, so the paths are covered by running on each; numbers lie in [-1, 1].
/// </summary>
[TestClass]
public sealed class RowOpsTests
{
    // Half a unit in the last place of float32, relative.
    private const double Rounding = 1.0 / (1 << 24);

    private static readonly int[] Widths = [1, 7, 8, 9, 15, 16, 17, 31, 33, 61];

    public static IEnumerable<object[]> BackendsAndWidths =>
        Backends.All.SelectMany(backend => Widths.Select(width => new object[] { backend, width }));

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void Embed_MatchesReference(string backend, int width)
    {
        using var pair = new Pair(backend);
        var (tokenTable, positionTable) = (pair.Upload(pair.Numbers(11 * width)), pair.Upload(pair.Numbers(5 * width)));
        var (tokens, positions) = (pair.Integers(19, 11), pair.Integers(19, 5));
        var resid = pair.Upload(pair.Numbers(19 * width));
        var ids = pair.Ascending(13, 19);
        foreach (var ops in pair.Both)
            ops.Embed(ops.Upload(tokens), ops.Upload(positions), tokenTable.Of(ops), positionTable.Of(ops), Rows.All(ops.Upload(ids)),
                width, resid.Of(ops));
        pair.AssertClose(resid, 0, Rounding, $"embed of {width}");
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void LayerNorm_MatchesReference(string backend, int width)
    {
        using var pair = new Pair(backend);
        var resid = pair.Upload(pair.Numbers(19 * width));
        var (gain, bias) = (pair.Upload(pair.Numbers(width)), pair.Upload(pair.Numbers(width)));
        var (normalized, scales) = (pair.Upload(pair.Numbers(13 * width)), pair.Upload(pair.Numbers(13)));
        var ids = pair.Ascending(13, 19);
        foreach (var ops in pair.Both)
            ops.LayerNorm(resid.Of(ops), Rows.All(ops.Upload(ids)), new Norm(gain.Of(ops), bias.Of(ops), 1e-5), width, normalized.Of(ops),
                scales.Of(ops));

        // Moments are double; what is left is rounding the standardised number (at most sqrt(width)) and the result.
        pair.AssertClose(normalized, 2 * Rounding * Math.Sqrt(width) + Rounding, Rounding, $"layer norm of {width}");
        pair.AssertClose(scales, 0, Rounding, $"scales of {width}");
    }

    [TestMethod]
    public void LayerNorm_LargeMean_KeepsItsDigits()
    {
        // Sums of squares in float32 would leave nothing of a variance of 1 around 10000.
        using var pair = new Pair(Backends.All[0]);
        var resid = pair.Upload([.. Enumerable.Range(0, 96).Select(i => 10000.0 + (i % 2 == 0 ? 1 : -1))]);
        var (gain, bias) = (pair.Upload([.. Enumerable.Repeat(1.0, 96)]), pair.Upload(new double[96]));
        var normalized = pair.Upload(new double[96]);
        foreach (var ops in pair.Both)
            ops.LayerNorm(resid.Of(ops), Rows.All(ops.Upload([0])), new Norm(gain.Of(ops), bias.Of(ops), 1e-5), 96, normalized.Of(ops));
        pair.AssertClose(normalized, 0, Rounding, "layer norm around 10000");
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void Attention_MatchesReference(string backend, int dHead) => Attend(backend, AttentionShape.MultiHead(5, dHead));

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void Attention_OtherDivisors_MatchesReference(string backend)
    {
        foreach (var divisor in new[] { 1, 7.5 }) Attend(backend, AttentionShape.MultiHead(5, 9) with { Divisor = divisor });
    }

    [TestMethod]
    public void Attention_WithoutScores_SameBitsForAnyCompanyAndThreads()
    {
        using var pair = new Pair("scalar", threads: 3);
        using var alone = new Pair("scalar", threads: 1);
        const int NHeads = 3, DHead = 13, RowCount = 1201, NCtx = 9;
        var width = NHeads * DHead;
        var (first, positions, entries) = Chains(pair, RowCount, NCtx);
        var (q, kv) = (pair.Numbers(RowCount * width), pair.Numbers(RowCount * 2 * width));
        using var all = pair.Tested.Allocate(RowCount * width);
        var chains = new Chains(pair.Tested.Upload(first), pair.Tested.Upload(positions), pair.Tested.Upload(entries));
        pair.Tested.Attention(Pair.Put(pair.Tested, q), Pair.Put(pair.Tested, kv),
            Rows.All(pair.Tested.Upload([.. Enumerable.Range(0, RowCount)])), chains, [0, 1, 2],
            AttentionShape.MultiHead(NHeads, DHead), all);
        var together = Pair.Values(pair.Tested, all);
        foreach (var row in new[] { 0, 7, 600, 1200 })
        {
            var one = alone.Tested;
            using var z = one.Allocate(width);
            chains = new Chains(one.Upload(first), one.Upload(positions), one.Upload(entries));
            one.Attention(Pair.Put(one, q[(row * width)..((row + 1) * width)]), Pair.Put(one, kv), Rows.All(one.Upload([row])), chains,
                [0, 1, 2], AttentionShape.MultiHead(NHeads, DHead), z);
            Pair.AssertSameBits(together[(row * width)..((row + 1) * width)], Pair.Values(one, z), $"row {row}");
        }
    }

    [TestMethod]
    public void Attention_NaNInAKey_IsNotHidden()
    {
        using var cpu = new CpuOps(threads: 1);
        const int DHead = 5, Length = 11;
        for (var bad = 0; bad < Length; bad++)
        {
            var kv = Enumerable.Repeat(0.5, Length * 2 * DHead).ToArray();
            kv[bad * 2 * DHead + 3] = double.NaN;
            var chains = new Chains(cpu.Upload(new int[Length]), cpu.Upload([.. Enumerable.Range(0, Length)]),
                cpu.Upload([.. Enumerable.Range(0, Length)]));
            using var z = cpu.Allocate(DHead);
            cpu.Attention(Pair.Put(cpu, new double[DHead]), Pair.Put(cpu, kv), Rows.All(cpu.Upload([Length - 1])), chains, [0],
                AttentionShape.MultiHead(1, DHead), z);
            foreach (var value in Pair.Values(cpu, z)) Assert.IsTrue(double.IsNaN(value), $"NaN in key {bad} gave {value}");
        }
    }

    [TestMethod]
    public void Attention_AncestorOutside_IsRefused()
    {
        using var cpu = new CpuOps(threads: 1);
        using var kv = cpu.Allocate(3 * 2 * 4);
        using var q = cpu.Allocate(4);
        using var z = cpu.Allocate(4);
        foreach (var wrong in new[] { -1, 3 })
        {
            var chains = new Chains(cpu.Upload([0]), cpu.Upload([1]), cpu.Upload([wrong, 0]));
            Assert.ThrowsExactly<ArgumentException>(() => cpu.Attention(
                q, kv, Rows.All(cpu.Upload([0])), chains, [0], AttentionShape.MultiHead(1, 4), z));
        }
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void AddTable_MatchesReference(string backend, int width)
    {
        foreach (var (hasSource, hasSlots) in new[] { (true, true), (false, true), (true, false) })
        {
            using var pair = new Pair(backend);
            var (source, table) = (pair.Upload(pair.Numbers(19 * width)), pair.Upload(pair.Numbers(3 * width)));
            var result = pair.Upload(pair.Numbers(19 * width));
            var (ids, slots) = (pair.Ascending(13, 19), pair.Integers(19, 3));
            foreach (var ops in pair.Both)
                ops.AddTable(hasSource ? source.Of(ops) : null, Rows.All(ops.Upload(ids)), table.Of(ops), hasSlots ? ops.Upload(
                    slots) : null, width, result.Of(ops));
            pair.AssertClose(result, 0, Rounding, $"table of {width}, source {hasSource}, slots {hasSlots}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void Add_InPlace_MatchesReference(string backend, int width)
    {
        using var pair = new Pair(backend);
        var (resid, compact) = (pair.Upload(pair.Numbers(19 * width)), pair.Upload(pair.Numbers(13 * width)));
        var ids = pair.Ascending(13, 19);
        foreach (var ops in pair.Both)
            ops.Add(resid.Of(ops), Rows.All(ops.Upload(ids)), compact.Of(ops), width, resid.Of(ops));
        pair.AssertClose(resid, 0, Rounding, $"add of {width}");
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void HeadDelta_MatchesReferenceAndLeavesOtherHeads(string backend, int dHead)
    {
        using var pair = new Pair(backend);
        const int NHeads = 3;
        var (z, means) = (pair.Upload(pair.Numbers(2 + 13 * NHeads * dHead)), pair.Upload(pair.Numbers(5 * NHeads * dHead)));
        var delta = pair.Upload(pair.Numbers(13 * NHeads * dHead));
        var (ids, slots) = (pair.Ascending(13, 19), pair.Integers(19, 5));
        foreach (var ops in pair.Both)
            ops.HeadDelta(new View(z.Of(ops), 2), Rows.All(ops.Upload(ids)), means.Of(ops), ops.Upload(slots), 1, NHeads, dHead,
                delta.Of(ops));
        pair.AssertClose(delta, 0, Rounding, $"delta of {dHead}");
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void Average_MatchesReferenceAndClears(string backend, int width)
    {
        using var pair = new Pair(backend);
        var values = pair.Upload(pair.Numbers(13 * width));
        var (ids, slots, weights) = (pair.Ascending(13, 19), pair.Integers(19, 4), pair.Integers(19, 5));
        var (means, empty) = (pair.Upload(pair.Numbers(4 * width)), pair.Upload(pair.Numbers(4 * width)));
        foreach (var ops in pair.Both)
        {
            using var sums = ops.AllocateSums(4, width);
            ops.AddToSums(values.Of(ops), Rows.All(ops.Upload(ids)), ops.Upload(slots), ops.Upload(weights), sums);
            ops.Average(sums, [3, 5, 0, 2], means.Of(ops));
            ops.Average(sums, [1, 1, 1, 1], empty.Of(ops));
        }

        pair.AssertClose(means, 0, Rounding, $"means of {width}");
        pair.AssertClose(empty, 0, 0, $"means of cleared sums of {width}");
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void NormDot_RepeatedRows_MatchesReferenceInDouble(string backend, int width)
    {
        foreach (var perEnd in new[] { 1, 3 })
        {
            using var pair = new Pair(backend);
            var (resid, columns) = (pair.Upload(pair.Numbers(19 * width)), pair.Upload(pair.Numbers(3 * width)));
            var (gain, bias) = (pair.Upload(pair.Numbers(width)), pair.Upload(pair.Numbers(width)));
            int[] ends = [4, 4, 7, 0, 18], which = [0, 2, 1, 0, 2, 1, 1, 2, 0, 0, 1, 2, 2, 1, 0];
            var results = new List<double[]>();
            foreach (var ops in pair.Both)
            {
                results.Add(new double[3 * perEnd]);
                var (rows, norm) = (new Rows(ops.Upload(ends), 1, 3), new Norm(gain.Of(ops), bias.Of(ops), 1e-5));
                ops.NormDot(resid.Of(ops), rows, norm, columns.Of(ops), ops.Upload(which), perEnd, width, results[^1]);
                for (var at = 0; at < 3 * perEnd; at++)
                {
                    var one = new double[1];
                    var end = new Rows(ops.Upload([ends[1 + at / perEnd]]), 0, 1);
                    ops.NormDot(resid.Of(ops), end, norm, columns.Of(ops), ops.Upload([which[perEnd + at]]), 1, width, one);
                    Assert.AreEqual(one[0], results[^1][at], $"width {width}, {perEnd} columns, product {at} alone");
                }
            }

            // Double all the way: only the order of adding differs.
            for (var at = 0; at < 3 * perEnd; at++)
                Assert.AreEqual(results[1][at], results[0][at], 1e-13 * (width + 8) * 8, $"width {width}, {perEnd} columns, product {at}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(BackendsAndWidths))]
    public void GatherAndCopy_MatchReference(string backend, int width)
    {
        using var pair = new Pair(backend);
        var (source, compact) = (pair.Upload(pair.Numbers(19 * width)), pair.Upload(pair.Numbers(15 * width)));
        var copy = pair.Upload(pair.Numbers(19 * width));
        var ids = pair.Ascending(13, 19);
        foreach (var ops in pair.Both)
        {
            ops.Gather(source.Of(ops), new Rows(ops.Upload(ids), 2, 11), width, compact.Of(ops));
            ops.Copy(source.Of(ops), copy.Of(ops));
            Assert.ThrowsExactly<ArgumentException>(() => ops.Copy(source.Of(ops), compact.Of(ops)));
        }

        pair.AssertClose(compact, 0, 0, $"gather of {width}");
        Pair.AssertSameBits(Pair.Values(pair.Reference, source.Reference), Pair.Values(pair.Tested, copy.Tested), $"copy of {width}");
        var expected = Pair.Values(pair.Reference, source.Reference);
        var actual = Pair.Values(pair.Tested, compact.Tested);
        for (var i = 0; i < 11 * width; i++) Assert.AreEqual(expected[ids[2 + i / width] * width + i % width], actual[i]);
    }

    // A chain for each row, sharing nothing: ancestors are any rows, the row itself last.
    private static void Attend(string backend, AttentionShape shape)
    {
        var (nHeads, dHead) = (shape.NHeads, shape.DHead);
        using var pair = new Pair(backend);
        const int RowCount = 23, NCtx = 11;
        int[] ids = pair.Ascending(17, RowCount), heads = [0, 2, 3];
        var (first, positions, entries) = Chains(pair, RowCount, NCtx);
        var q = pair.Upload(pair.Numbers(17 * nHeads * dHead));
        var kv = pair.Upload(pair.Numbers(RowCount * 2 * nHeads * dHead));
        var z = pair.Upload(pair.Numbers(3 + 17 * nHeads * dHead));
        var (scores, pattern) = (pair.Upload(pair.Numbers(17 * nHeads * NCtx)), pair.Upload(pair.Numbers(17 * nHeads * NCtx)));
        foreach (var ops in pair.Both)
        {
            var chains = new Chains(ops.Upload(first), ops.Upload(positions), ops.Upload(entries));
            ops.Attention(q.Of(ops), kv.Of(ops), Rows.All(ops.Upload(ids)), chains, heads, shape, new View(z.Of(ops), 3), scores.Of(ops),
                pattern.Of(ops), NCtx);
        }

        // Scores: a chain of dHead terms of at most 1, over the divisor. The softmax turns that into a relative
        // error twice as large, and adds a few roundings of its own.
        var score = Rounding * (dHead + 4.0) * dHead / shape.Divisor;
        pair.AssertClose(scores, score, 0, $"scores, dHead {dHead}");
        pair.AssertClose(pattern, 0, 2 * score + 8 * Rounding, $"pattern, dHead {dHead}");
        pair.AssertClose(z, 2 * score + (NCtx + 8) * Rounding, 0, $"z, dHead {dHead}");
    }

    private static (int[] First, int[] Positions, int[] Entries) Chains(Pair pair, int rows, int nCtx)
    {
        var positions = pair.Integers(rows, nCtx);
        var first = new int[rows];
        var entries = new List<int>();
        for (var row = 0; row < rows; row++)
        {
            first[row] = entries.Count;
            entries.AddRange(pair.Integers(positions[row], rows));
            entries.Add(row);
        }

        return (first, positions, [.. entries]);
    }
}
