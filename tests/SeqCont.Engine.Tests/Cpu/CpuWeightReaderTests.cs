using SeqCont.Engine.Cpu;
using SeqCont.Kernels;

namespace SeqCont.Engine.Tests.Cpu;

/// <summary>Tensors longer than a piece, read by several threads: every element in its place, little memory, one message.</summary>
[TestClass]
public sealed class CpuWeightReaderTests
{
    // Above 2^17 elements: several pieces of rows, the last one short; 29 panels and more.
    private const int K = 211, N = 907;

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Upload_LongerThanAPiece_CopiesEveryElement(int threads)
    {
        using var cpu = new CpuOps(threads: threads);
        var tensor = new CountingTensor("w", (2 << 17) + 13, 1);
        using var buffer = cpu.Upload(tensor);
        var values = new double[tensor.Length];
        cpu.Download(buffer, 0, values);
        for (var i = 0; i < values.Length; i++) Assert.AreEqual(CountingTensor.Value(i), values[i]);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void CreateWeights_LongerThanAPiece_PacksEveryElement(InstructionSet path, int threads, bool transposed)
    {
        using var cpu = new CpuOps(path, threads);
        var tensor = transposed ? new CountingTensor("w", N, K) : new CountingTensor("w", K, N);
        foreach (var (first, columns) in new[] { (0, N), (3, 900) })
        {
            using var weights = cpu.CreateWeights(tensor, first, columns, K, columns, transposed);
            foreach (var k in new[] { 0, 1, 143, 144, 145, K - 1 })
            {
                var row = Row(cpu, weights, k);
                for (var j = 0; j < columns; j++)
                    Assert.AreEqual(CountingTensor.Value(transposed ? (first + j) * K + k : k * N + first + j), row[j],
                        $"row {k}, column {j}");
            }
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Read_SeveralBadElements_NamesTheFirst(int threads)
    {
        using var cpu = new CpuOps(threads: threads);
        for (var attempt = 0; attempt < 20; attempt++)
        {
            // Each lies in another piece, whatever the layout that is asked for.
            int[] bad = [100 * N + 5, 150 * N + 6, 200 * N + 7];
            AssertNames(() => cpu.Upload(new CountingTensor("w", K, N, bad)), bad[0]);
            AssertNames(() => cpu.CreateWeights(new CountingTensor("w", K, N, bad), 0, N, K, N), bad[0]);
            AssertNames(() => cpu.CreateWeights(new CountingTensor("w", K, N, bad), 1, 900, K, 9), bad[0]);
            AssertNames(() => cpu.CreateWeights(new CountingTensor("w", K, N, bad), 0, K, N, K, transposed: true), bad[0]);
        }
    }

    /// <summary>What loading takes besides the packed weights is a piece a thread, however large the matrix is.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void CreateWeights_Large_TakesAPieceAThreadBesideTheWeights(bool transposed)
    {
        using var cpu = new CpuOps(threads: 2);
        const int k = 512, n = 8192;
        var tensor = transposed ? new CountingTensor("w", n, k) : new CountingTensor("w", k, n);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var weights = cpu.CreateWeights(tensor, 0, n, k, n, transposed);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        const int piece = sizeof(float) << 17;
        Assert.IsLessThanOrEqualTo(1 << 17, tensor.LongestRead);
        // 16 MB of weights; the rest of the room is for jobs and for what the test host does.
        Assert.IsLessThan(2 * piece + (256 << 10), allocated);
    }

    public static IEnumerable<object[]> Cases =>
        from path in InstructionSets.Available()
        from transposed in new[] { false, true }
        select new object[] { path, 3, transposed };

    private static double[] Row(CpuOps cpu, WeightMatrix weights, int k)
    {
        var unit = new double[weights.K];
        unit[k] = 1;
        using var a = cpu.Allocate(weights.K);
        using var product = cpu.Allocate(weights.N);
        cpu.Upload(unit, a, 0);
        cpu.Project(a, Rows.All(cpu.Upload([0])), weights, [0], null, Activation.None, false, product);
        var row = new double[weights.N];
        cpu.Download(product, 0, row);
        return row;
    }

    private static void AssertNames(Func<IDisposable> read, int element) =>
        Assert.StartsWith($"w: element {element} is NaN", Assert.ThrowsExactly<InvalidDataException>(() => read().Dispose()).Message);

    /// <summary>Elements that say where they are; it remembers the longest read.</summary>
    private sealed class CountingTensor(string name, int rows, int columns, params int[] bad) : Tensor(name, [rows, columns])
    {
        private int _longest;

        public int LongestRead => _longest;

        // Exact in float32, and different wherever a place could be mistaken for another nearby.
        public static float Value(long index) => index % 16_777_213;

        public override void Read(long start, Span<float> destination)
        {
            InterlockedMax(destination.Length);
            for (var i = 0; i < destination.Length; i++)
                destination[i] = Array.IndexOf(bad, (int)start + i) >= 0 ? float.NaN : Value(start + i);
        }

        public override void Read(long start, Span<double> destination) => throw new NotSupportedException("float32 is read as float32");

        private void InterlockedMax(int length)
        {
            for (var known = _longest; length > known; known = _longest)
                if (Interlocked.CompareExchange(ref _longest, length, known) == known) return;
        }
    }
}
