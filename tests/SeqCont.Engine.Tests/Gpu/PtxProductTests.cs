using SeqCont.Engine.Gpu;

namespace SeqCont.Engine.Tests.Gpu;

/// <summary>
/// Every form of the product that a CUDA device is given, run from its PTX: not what ILGPU's emulator makes of the C#, but
/// what the device would execute.
/// </summary>
[TestClass]
public sealed class PtxProductTests
{
    private const double Relative = 1e-6;

    public static IEnumerable<object[]> Forms => PtxTests.Products;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void Product_EveryForm_MatchesDoubleAndExecutesAllOfItsInstructions(GemmDialect dialect)
    {
        var run = Load(dialect);
        var tile = GemmDialects.Tiles(dialect.Arithmetic)[dialect.Tile];
        var (rows, blocks) = (tile.Rows + 3, Enumerable.Range(0, tile.Columns / 20 + 2).Where(block => block != 1).ToArray());
        // Five stages of 16 terms, the last of them not full; columns that end in a second tile.
        var aligned = new PtxProduct(rows, 96, PtxProduct.Blocks(12, 0, 2, 3, 4, 5, 7), 20 * (blocks[^1] + 2),
            [.. PtxProduct.Blocks(20, blocks), .. PtxProduct.Blocks(20, blocks[^1] + 1)]);
        RequireClose(aligned.Project(run, dialect), aligned.Tolerance(dialect.Arithmetic), $"{dialect} with bias and activation");
        RequireClose(aligned.AddInPlace(run, dialect), aligned.Tolerance(dialect.Arithmetic), $"{dialect} added in place");
        // Rows of the destination that do not start at 16 bytes: all columns, some of them alone in their four.
        var n = tile.Columns + 3;
        var whole = new PtxProduct(rows, 20, PtxProduct.Blocks(4, 0, 1, 4), n, PtxProduct.Blocks(n, 0));
        RequireClose(whole.Project(run, dialect), whole.Tolerance(dialect.Arithmetic), $"{dialect} of odd rows with bias and activation");
        RequireClose(whole.AddInPlace(run, dialect), whole.Tolerance(dialect.Arithmetic), $"{dialect} of odd rows added in place");
        RequireClose(whole.Plain(run, dialect), whole.Tolerance(dialect.Arithmetic), $"{dialect} row after row");
        // A circuit without heads: nothing is loaded, and no barrier of the loop is met.
        var none = new PtxProduct(rows, 12, [], tile.Columns + 8, PtxProduct.Blocks(tile.Columns + 8, 0));
        RequireClose(none.AddInPlace(run, dialect), 0, $"{dialect} of no terms");
        Assert.AreEqual("", run.Unexecuted, "never executed");
    }

    [TestMethod]
    public void PlainLoads_OddShapes_MatchDouble()
    {
        var dialect = new GemmDialect(GpuArithmetic.Simt, 1, GpuLoads.Plain);
        var odd = new PtxProduct(67, 35, PtxProduct.Blocks(7, 0, 2, 4), 75,
            PtxProduct.Blocks(5, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14))
        { StartOfA = 3 };
        RequireClose(odd.Project(Load(dialect), dialect), odd.Tolerance(dialect.Arithmetic), "odd shapes");
    }

    [TestMethod]
    public void SplitProduct_TensorCoresThatCutOff_IsNoLessAccurateThanFloat32()
    {
        var product = new PtxProduct(64, 768, PtxProduct.Blocks(768, 0), 32, PtxProduct.Blocks(32, 0));
        var plain = product.ErrorOfFloat32();
        double ErrorOf(GpuArithmetic arithmetic)
        {
            var dialect = new GemmDialect(arithmetic, 2, GpuLoads.Async);
            return product.ErrorOf(Load(dialect), dialect);
        }

        var (split, tf32) = (ErrorOf(GpuArithmetic.SplitTf32), ErrorOf(GpuArithmetic.Tf32));
        TestContext.WriteLine($"rms error of 768 terms: float32 {plain:E2}, split {split:E2}, tf32 {tf32:E2}");
        Assert.IsLessThanOrEqualTo(plain, split, $"float32 {plain}, split {split}");
        Assert.IsGreaterThan(100 * plain, tf32, "tf32 should show its 10 bits");
    }

    internal static PtxRun Load(GemmDialect dialect) =>
        PtxRun.Of(GemmDialects.Kernel(dialect).Method, GemmDialects.Specialization(dialect));

    internal static void RequireClose<T>((T[] Actual, double[] Expected) values, double absolute, string what, double relative = Relative)
        where T : struct, IConvertible
    {
        Assert.HasCount(values.Expected.Length, values.Actual, what);
        for (var i = 0; i < values.Expected.Length; i++)
        {
            var (actual, expected) = (values.Actual[i].ToDouble(null), values.Expected[i]);
            if (!(Math.Abs(actual - expected) <= absolute + relative * Math.Abs(expected)))
                Assert.Fail($"{what}: element {i} of {values.Expected.Length}: expected {expected}, got {actual}.");
        }
    }
}
