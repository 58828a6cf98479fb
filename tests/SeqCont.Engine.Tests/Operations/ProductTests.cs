namespace SeqCont.Engine.Tests;

/// <summary>
/// Products against plain sums in double precision. All numbers lie in [-1, 1], so a chain of k float32 fused
/// multiply-adds is off by at most k roundings of sums of at most k: k^2 2^-24. A term too many or too few
/// shows as some 0.3, hundreds of times more.
/// </summary>
[TestClass]
public sealed class ProductTests
{
    private static double Tolerance(int k) => (k + 4.0) * (k + 4.0) / (1 << 24);

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void Project_ShapesAroundTiles_MatchReference(string backend)
    {
        var (tile, width) = (Backends.TileRows(backend), Backends.TileColumns(backend));
        foreach (var rows in Backends.IsEmulated(backend) ? [0, 1, tile + 1] : new[] { 0, 1, 2, tile - 1, tile, tile + 1, 97 })
            foreach (var k in Backends.IsEmulated(backend) ? [1, 5, 20] : new[] { 1, 3, 4, 5, 53 })
                foreach (var n in Backends.IsEmulated(backend) ? [1, width, 71] : new[] { 1, width - 1, width, width + 1, 71 })
                    Project(backend, rows, k, n, n, [0], Activation.None, byRow: false);
    }

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void Project_ByRowWithGeluAndPickedBlocks_MatchesReferenceAndLeavesOthers(string backend)
    {
        var width = Backends.TileColumns(backend);
        foreach (var block in new[] { 1, 3, width - 1, width, width + 1, 2 * width })
        {
            Project(backend, 37, 23, 5 * block, block, [0, 2, 3], Activation.GeluNew, byRow: true);
            Project(backend, 37, 23, 5 * block, block, [4], Activation.None, byRow: true);
            Project(backend, 37, 23, 5 * block, block, [], Activation.None, byRow: true);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void Project_OtherActivations_MatchReferenceOnOddAndWideShapes(string backend)
    {
        var width = Backends.TileColumns(backend);
        foreach (var activation in new[] { Activation.Gelu, Activation.Relu, Activation.Silu })
        {
            Project(backend, 29, 23, 2 * width + 3, 2 * width + 3, [0], activation, byRow: false);
            // A driver takes seconds to compile each form; two of one activation show that forms agree.
            if (activation == Activation.Gelu || backend != Backends.OpenCl)
                Project(backend, 37, 24, 3 * width, width, [0, 2], activation, byRow: true);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void Project_NumbersAtTheEdges_AreAsInTheReference(string backend)
    {
        using var pair = new Pair(backend);
        double[] numbers =
            [double.NaN, double.PositiveInfinity, float.MaxValue, 1e30, 15.5, 0, -0.0, 1e-40, -15.5, -120, -1e30, double.NegativeInfinity];
        const int N = 3;
        foreach (var activation in Enum.GetValues<Activation>())
        {
            var (a, result) = (pair.Upload(numbers), pair.Upload(new double[numbers.Length * N]));
            foreach (var ops in pair.Both)
            {
                using var ones = ops.CreateWeights(new ArrayTensor("w", [1, 1, 1], 1, N), 0, N, 1, N);
                ops.Project(a.Of(ops), Rows.All(ops.Upload([.. Enumerable.Range(0, numbers.Length)])), ones, [0], null, activation, false,
                    result.Of(ops));
            }

            var (actual, expected) = (Pair.Values(pair.Tested, result.Tested), Pair.Values(pair.Reference, result.Reference));
            for (var i = 0; i < actual.Length; i++)
                if (!actual[i].Equals(expected[i]) && !(Math.Abs(actual[i] - expected[i]) <= 1e-7 + 1e-6 * Math.Abs(expected[i])))
                    Assert.Fail($"{activation} of {numbers[i / N]}: expected {expected[i]}, got {actual[i]}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void ProjectAdd_PickedKBlocks_MatchesReference(string backend)
    {
        var width = Backends.TileColumns(backend);
        int[][] picks = [[], [0], [6], [1, 2, 5], [0, 1, 2, 3, 4, 5, 6]];
        foreach (var picked in picks)
            foreach (var n in new[] { width - 1, width + 1, 61 })
                foreach (var (hasSource, hasTable, hasSlots) in new[] { (true, true, true), (true, false, false), (false, true, true),
                    (false, true, false), (false, false, false) })
                    ProjectAdd(backend, 41, 11, n, picked, hasSource, hasTable, hasSlots);
    }

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void ProjectAdd_DestinationIsSource_AddsInPlace(string backend)
    {
        using var pair = new Pair(backend);
        var a = pair.Upload(pair.Numbers(29 * 7));
        var resid = pair.Upload(pair.Numbers(40 * 13));
        var weights = pair.Numbers(7 * 13);
        var ids = pair.Ascending(29, 40);
        foreach (var ops in pair.Both)
        {
            using var matrix = ops.CreateWeights(new ArrayTensor("w", weights, 7, 13), 0, 13, 7, 13);
            ops.ProjectAdd(a.Of(ops), Rows.All(ops.Upload(ids)), matrix, [0], resid.Of(ops), null, null, resid.Of(ops));
        }

        pair.AssertClose(resid, Tolerance(7), 1e-7, $"in place on {backend}");
    }

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void ProjectAdd_CompactOperandStartsInside_ReadsFromThere(string backend)
    {
        using var pair = new Pair(backend);
        var a = pair.Upload(pair.Numbers(5 + 29 * 7));
        var result = pair.Upload(pair.Numbers(29 * 13));
        var weights = pair.Numbers(7 * 13);
        foreach (var ops in pair.Both)
        {
            using var matrix = ops.CreateWeights(new ArrayTensor("w", weights, 7, 13), 0, 13, 7, 13);
            ops.ProjectAdd(new View(a.Of(ops), 5), Rows.All(ops.Upload([.. Enumerable.Range(0, 29)])), matrix, [0], null, null, null,
                result.Of(ops));
        }

        pair.AssertClose(result, Tolerance(7), 0, $"view on {backend}");
    }

    [TestMethod]
    [DynamicData(nameof(Backends.Names), typeof(Backends))]
    public void CreateWeights_ColumnSliceAndTransposed_GiveTheSameBits(string backend)
    {
        using var pair = new Pair(backend);
        const int K = 19, All = 83, First = 7, N = 66, Rows = 31;
        var values = pair.Numbers(K * All);
        var flipped = new double[K * All];
        for (var k = 0; k < K; k++)
            for (var j = 0; j < All; j++) flipped[j * K + k] = values[k * All + j];
        var a = pair.Upload(pair.Numbers(Rows * K));
        var rows = Engine.Rows.All(pair.Tested.Upload([.. Enumerable.Range(0, Rows)]));
        using var straight = pair.Tested.CreateWeights(new ArrayTensor("w", values, K, All), First, N, K, 11);
        using var turned = pair.Tested.CreateWeights(new ArrayTensor("w", flipped, All, K), First, N, K, 11, transposed: true);
        using var whole = pair.Tested.CreateWeights(new ArrayTensor("w", values, K, All), 0, All, K, All);
        using var one = pair.Tested.Allocate(Rows * N);
        using var other = pair.Tested.Allocate(Rows * N);
        using var full = pair.Tested.Allocate(Rows * All);
        pair.Tested.Project(a.Tested, rows, straight, [0, 1, 2, 3, 4, 5], null, Activation.None, false, one);
        pair.Tested.Project(a.Tested, rows, turned, [0, 1, 2, 3, 4, 5], null, Activation.None, false, other);
        pair.Tested.Project(a.Tested, rows, whole, [0], null, Activation.None, false, full);
        var expected = Pair.Values(pair.Tested, full);
        var slice = new double[Rows * N];
        for (var i = 0; i < slice.Length; i++) slice[i] = expected[i / N * All + First + i % N];
        Pair.AssertSameBits(slice, Pair.Values(pair.Tested, one), "slice of columns");
        Pair.AssertSameBits(slice, Pair.Values(pair.Tested, other), "transposed");
    }

    private static void Project(string backend, int count, int k, int n, int columnBlock, int[] blocks, Activation activation, bool byRow)
    {
        using var pair = new Pair(backend);
        var a = pair.Upload(pair.Numbers((long)count * k));
        var bias = pair.Upload(pair.Numbers(n));
        var result = pair.Upload(pair.Numbers((long)(count + 3) * n));
        var weights = pair.Numbers((long)k * n);
        var ids = pair.Ascending(count, count + 3);
        foreach (var ops in pair.Both)
        {
            using var matrix = ops.CreateWeights(new ArrayTensor("w", weights, k, n), 0, n, k, columnBlock);
            ops.Project(a.Of(ops), Rows.All(ops.Upload(ids)), matrix, blocks, bias.Of(ops), activation, byRow, result.Of(ops));
        }

        pair.AssertClose(
            result, Tolerance(k), 1e-6,
            $"{backend} {activation} [{count}, {k}] x [{k}, {n}], blocks of {columnBlock}: {string.Join(' ', blocks)}");
    }

    private static void ProjectAdd(string backend, int count, int kBlock, int n, int[] blocks, bool hasSource, bool hasTable, bool hasSlots)
    {
        using var pair = new Pair(backend);
        var (total, k, slotCount) = (count + 5, 7 * kBlock, 3);
        var a = pair.Upload(pair.Numbers((long)count * k));
        var source = pair.Upload(pair.Numbers((long)total * n));
        var table = pair.Upload(pair.Numbers((long)slotCount * n));
        var result = pair.Upload(pair.Numbers((long)total * n));
        var weights = pair.Numbers((long)k * n);
        var ids = pair.Ascending(count, total);
        var slots = pair.Integers(total, slotCount);
        foreach (var ops in pair.Both)
        {
            using var matrix = ops.CreateWeights(new ArrayTensor("w", weights, k, n), 0, n, kBlock, n);
            ops.ProjectAdd(
                a.Of(ops), Rows.All(ops.Upload(ids)), matrix, blocks, hasSource ? source.Of(ops) : null, hasTable ? table.Of(ops) : null,
                hasSlots ? ops.Upload(slots) : null, result.Of(ops));
        }

        pair.AssertClose(
            result, Tolerance(k), 1e-6,
            $"{backend} k {k} of blocks {string.Join(' ', blocks)}, n {n}, source {hasSource}, table {hasTable}, slots {hasSlots}");
    }
}
