using SeqCont.Engine.Gpu;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// Every form of the GPU's product, on ILGPU's emulator: arithmetic, tile and loads, over shapes that end inside tiles.
/// Numbers lie in [-1, 1].
/// </summary>
[TestClass]
public sealed class GpuProductTests
{
    private const double Float32 = 1.0 / (1 << 24), Tf32 = 1.0 / (1 << 11);

    /// <summary>Backend, tile, loads, error of a term.</summary>
    public static IEnumerable<object[]> Forms =>
    [
        [Backends.EmulatedSimt, 0, GpuLoads.Wide, Float32],
        [Backends.EmulatedSimt, 1, GpuLoads.Wide, Float32],
        [Backends.EmulatedSimt, 1, GpuLoads.Plain, Float32],
        [Backends.EmulatedSimt, 1, GpuLoads.Async, Float32],
        [Backends.EmulatedSplit, 0, GpuLoads.Async, 4 * Float32],
        [Backends.EmulatedSplit, 1, GpuLoads.Async, 4 * Float32],
        [Backends.EmulatedSplit, 2, GpuLoads.Async, 4 * Float32],
        [Backends.EmulatedTf32, 1, GpuLoads.Async, 2 * Tf32],
        [Backends.EmulatedTf32, 2, GpuLoads.Async, 2 * Tf32],
    ];

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void Products_EveryFormOnAlignedShapes_MatchReference(string backend, int tile, GpuLoads loads, double termError)
    {
        var rows = tile == 0 ? 130 : 67;
        Run(backend, tile, loads, termError, rows, kBlock: 12, kBlocks: [0, 2], columnBlock: 20, columnBlocks: [0, 2, 3]);
        Run(backend, tile, loads, termError, 5, kBlock: 36, kBlocks: [0], columnBlock: 8, columnBlocks: [1]);
    }

    [TestMethod]
    public void SplitProduct_OnLongSums_IsNoLessAccurateThanFloat32()
    {
        // Random factors: the chain of float32 additions is off by about k / sqrt(2) half units, the split one by less.
        var (plain, split) = (RootMeanSquareError(Backends.EmulatedSimt), RootMeanSquareError(Backends.EmulatedSplit));
        Assert.IsLessThanOrEqualTo(plain, split, $"float32 {plain}, split {split}");
        Assert.IsGreaterThan(100 * plain, RootMeanSquareError(Backends.EmulatedTf32), "tf32 should show its 10 bits");
    }

    [TestMethod]
    [DataRow(Backends.EmulatedSimt)]
    [DataRow(Backends.EmulatedSplit)]
    [DataRow(Backends.EmulatedTf32)]
    public void Project_NaNInAFactor_IsNotHidden(string backend)
    {
        // The NaN that NVIDIA's float32 instructions make: all ones, which carry over when a rounding is added.
        var nan = BitConverter.Int64BitsToDouble(0x7FFF_FFFF_FFFF_FFFF);
        Assert.AreEqual(0x7FFF_FFFF, BitConverter.SingleToInt32Bits((float)nan));
        const int Rows = 3, K = 16, N = 32;
        using var pair = new Pair(backend);
        var gpu = (GpuOps)pair.Tested;
        (gpu.ForcedTile, gpu.AlignedLoads) = (2, backend == Backends.EmulatedSimt ? GpuLoads.Wide : GpuLoads.Async);
        var values = pair.Numbers(Rows * K);
        values[K + 5] = nan;
        var (a, result) = (Pair.Put(gpu, values), Pair.Put(gpu, new double[Rows * N]));
        using var weights = gpu.CreateWeights(new ArrayTensor("w", pair.Numbers(K * N), K, N), 0, N, K, N);
        gpu.Project(a, Engine.Rows.All(gpu.Upload([0, 1, 2])), weights, [0], null, Activation.None, false, result);
        var products = Pair.Values(gpu, result);
        for (var i = 0; i < products.Length; i++)
            Assert.AreEqual(i / N == 1, double.IsNaN(products[i]), $"row {i / N}, column {i % N}: {products[i]}");
    }

    [TestMethod]
    public void ChooseTile_FewGroups_TakesSmallerTiles()
    {
        const int Processors = 132;
        Assert.AreEqual(0, GemmDialects.ChooseTile(GpuArithmetic.SplitTf32, 30_000, 3072, Processors));
        Assert.IsGreaterThan(0, GemmDialects.ChooseTile(GpuArithmetic.SplitTf32, 1536, 768, Processors));
        Assert.AreEqual(1, GemmDialects.ChooseTile(GpuArithmetic.Simt, 96, 64, Processors));
    }

    private static double RootMeanSquareError(string backend)
    {
        const int Rows = 16, K = 768, N = 32;
        using var pair = new Pair(backend);
        var gpu = (GpuOps)pair.Tested;
        gpu.ForcedTile = 2;
        var a = pair.Upload(pair.Numbers(Rows * K));
        var weights = pair.Numbers(K * N);
        var result = pair.Upload(new double[Rows * N]);
        foreach (var ops in pair.Both)
        {
            using var matrix = ops.CreateWeights(new ArrayTensor("w", weights, K, N), 0, N, K, N);
            ops.Project(a.Of(ops), Engine.Rows.All(ops.Upload([.. Enumerable.Range(0, Rows)])), matrix, [0], null, Activation.None, false,
                result.Of(ops));
        }

        var errors = Pair.Values(pair.Tested, result.Tested)
            .Zip(Pair.Values(pair.Reference, result.Reference), (actual, expected) => actual - expected);
        return Math.Sqrt(errors.Average(error => error * error));
    }

    private static void Run(
        string backend, int tile, GpuLoads loads, double termError, int rows, int kBlock, int[] kBlocks, int columnBlock,
        int[] columnBlocks)
    {
        using var pair = new Pair(backend);
        var gpu = (GpuOps)pair.Tested;
        (gpu.ForcedTile, gpu.AlignedLoads) = (tile, loads);
        var (k, n) = (kBlock * (kBlocks[^1] + 1), columnBlock * (columnBlocks[^1] + 1));
        var (a, bias, table) = (pair.Upload(pair.Numbers(rows * k)), pair.Upload(pair.Numbers(n)), pair.Upload(pair.Numbers(3 * n)));
        var (projected, added) = (pair.Upload(pair.Numbers((rows + 3) * n)), pair.Upload(pair.Numbers((rows + 3) * n)));
        var weights = pair.Numbers(k * n);
        var (ids, slots) = (pair.Ascending(rows, rows + 3), pair.Integers(rows + 3, 3));
        foreach (var ops in pair.Both)
        {
            var which = Engine.Rows.All(ops.Upload(ids));
            using var columns = ops.CreateWeights(new ArrayTensor("w", weights, k, n), 0, n, k, columnBlock);
            using var terms = ops.CreateWeights(new ArrayTensor("w", weights, k, n), 0, n, kBlock, n);
            ops.Project(a.Of(ops), which, columns, columnBlocks, bias.Of(ops), Activation.GeluNew, true, projected.Of(ops));
            ops.ProjectAdd(a.Of(ops), which, terms, kBlocks, added.Of(ops), table.Of(ops), ops.Upload(slots), added.Of(ops));
        }

        var what = $"{backend}, tile {tile}, {loads} loads, [{rows}, {k}] x [{k}, {n}]";
        pair.AssertClose(projected, (k + 4.0) * termError * 2 + k * k * Float32, 1e-6, $"project, {what}");
        pair.AssertClose(added, (k + 4.0) * termError * 2 + k * k * Float32, 1e-6, $"project and add, {what}");
    }
}
