using SeqCont.Kernels;
using SeqCont.Kernels.Activations;

namespace SeqCont.Engine.Tests.Cpu;

/// <summary>A row's bits depend on nothing but the row: not on threads, blocks, or company.</summary>
[TestClass]
public sealed class CpuBitsTests
{
    private const int K = 67;
    private const int N = 301;
    private const int RowCount = 211;

    public static IEnumerable<object[]> Paths => InstructionSets.Available().Select(path => new object[] { path });

    [TestMethod]
    [DynamicData(nameof(Paths))]
    public void Products_AnyThreadsAndAnyBlocks_SameBits(InstructionSet path)
    {
        var expected = Products(path, 1, [0, RowCount]);
        foreach (var threads in new[] { 1, 2, 3 })
            foreach (var cuts in new int[][] { [0, RowCount], [0, 1, 2, 14, 113, RowCount], [.. Enumerable.Range(0, RowCount + 1)] })
                Pair.AssertSameBits(expected, Products(path, threads, cuts), $"{path}, {threads} threads, {cuts.Length - 1} blocks");
    }

    [TestMethod]
    public void Products_AnyPath_SameBitsWhereMultiplyAddIsFused()
    {
        if (!System.Runtime.Intrinsics.X86.Fma.IsSupported) Assert.Inconclusive("needs FMA");
        var expected = Products(InstructionSet.Scalar, 1, [0, RowCount]);
        foreach (var path in InstructionSets.Available()) Pair.AssertSameBits(expected, Products(path, 2, [0, RowCount]), path.ToString());
    }

    [TestMethod]
    public void Project_WithAnActivation_SameBitsAsItsKernel()
    {
        RequireSameBits<GeluNewSimd>(Activation.GeluNew);
        RequireSameBits<GeluSimd>(Activation.Gelu);
        RequireSameBits<ReluSimd>(Activation.Relu);
        RequireSameBits<SiluSimd>(Activation.Silu);
    }

    [TestMethod]
    public void AddToSums_AnyThreadsAndAnyBlocks_SameBits()
    {
        double[] Means(int threads, int[] cuts)
        {
            using var pair = new Pair("scalar", threads);
            var (count, width, slots) = (307, 389, 5);
            var values = Pair.Put(pair.Tested, pair.Numbers(count * width));
            var ids = pair.Tested.Upload([.. Enumerable.Range(0, count)]);
            var (slotOf, weights) = (pair.Tested.Upload(pair.Integers(count, slots)), pair.Tested.Upload(pair.Integers(count, 9)));
            using var sums = pair.Tested.AllocateSums(slots, width);
            for (var i = 1; i < cuts.Length; i++)
                pair.Tested.AddToSums(new View(values, (long)cuts[i - 1] * width), new Rows(ids, cuts[i - 1], cuts[i] - cuts[i - 1]),
                    slotOf, weights, sums);
            using var means = pair.Tested.Allocate(slots * width);
            pair.Tested.Average(sums, [3, 5, 7, 11, 13], means);
            return Pair.Values(pair.Tested, means);
        }

        var expected = Means(1, [0, 307]);
        foreach (var threads in new[] { 1, 2, 3 })
        {
            Pair.AssertSameBits(expected, Means(threads, [0, 307]), $"{threads} threads");
            Pair.AssertSameBits(expected, Means(threads, [0, 1, 130, 307]), $"{threads} threads, blocks");
        }
    }

    private static void RequireSameBits<TActivation>(Activation activation)
        where TActivation : struct, IActivationSimd
    {
        using var pair = new Pair(Backends.All[0]);
        var a = pair.Upload(pair.Numbers(RowCount * K));
        using var weights = pair.Tested.CreateWeights(new ArrayTensor("w", pair.Numbers(K * N), K, N), 0, N, K, N);
        using var fused = pair.Tested.Allocate(RowCount * N);
        using var apart = pair.Tested.Allocate(RowCount * N);
        var rows = Rows.All(pair.Tested.Upload([.. Enumerable.Range(0, RowCount)]));
        pair.Tested.Project(a.Tested, rows, weights, [0], null, activation, false, fused);
        pair.Tested.Project(a.Tested, rows, weights, [0], null, Activation.None, false, apart);
        var values = Pair.Values(pair.Tested, apart).Select(value => (float)value).ToArray();
        ActivationSimd.Apply<TActivation>(values);
        Pair.AssertSameBits([.. values.Select(value => (double)value)], Pair.Values(pair.Tested, fused), activation.ToString());
    }

    // A projection with bias and a projection onto a residual, in the given blocks of rows.
    private static double[] Products(InstructionSet path, int threads, int[] cuts)
    {
        using var pair = new Pair(InstructionSets.Name(path), threads);
        var cpu = pair.Tested;
        var a = Pair.Put(cpu, pair.Numbers(RowCount * K));
        using var weights = cpu.CreateWeights(new ArrayTensor("w", pair.Numbers(K * N), K, N), 0, N, K, N);
        using var back = cpu.CreateWeights(new ArrayTensor("b", pair.Numbers(N * K), N, K), 0, K, N / 7, K);
        var bias = Pair.Put(cpu, pair.Numbers(N));
        var resid = Pair.Put(cpu, pair.Numbers(RowCount * K));
        var hidden = cpu.Allocate(RowCount * N);
        var ids = cpu.Upload([.. Enumerable.Range(0, RowCount)]);
        for (var i = 1; i < cuts.Length; i++)
        {
            var rows = new Rows(ids, cuts[i - 1], cuts[i] - cuts[i - 1]);
            using var block = Pair.Put(cpu, Slice(cpu, a, cuts[i - 1] * K, rows.Count * K));
            cpu.Project(block, rows, weights, [0], bias, Activation.GeluNew, true, hidden);
            cpu.ProjectAdd(new View(hidden, (long)cuts[i - 1] * N), rows, back, [0, 1, 4, 6], resid, null, null, resid);
        }

        return [.. Pair.Values(cpu, hidden), .. Pair.Values(cpu, resid)];
    }

    private static double[] Slice(IOps cpu, DeviceBuffer buffer, long start, int count)
    {
        var values = new double[count];
        cpu.Download(buffer, start, values);
        return values;
    }
}
