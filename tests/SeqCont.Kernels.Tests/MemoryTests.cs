using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Gemm;

namespace SeqCont.Kernels.Tests;

[TestClass]
public sealed class MemoryTests
{
    [TestMethod]
    public void AlignedMemory_Slices_AreZeroAndChecked()
    {
        using var memory = new AlignedMemory<float>(37);
        foreach (var value in memory.Slice(0, 37)) Assert.AreEqual(0f, value);

        Assert.AreEqual(0, memory.Slice(37, 0).Length);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => memory.Slice(37, 1).Clear());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => memory.Slice(-1, 1).Clear());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => memory.Slice(0, -1).Clear());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => memory.Slice(long.MaxValue, 1).Clear());
        memory.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => memory.Slice(0, 1).Clear());
    }

    [TestMethod]
    public void FirstNonFinite_EveryPlace_IsFound()
    {
        for (var length = 0; length < 40; length++)
        {
            var values = new float[length];
            Array.Fill(values, float.MaxValue);
            Assert.AreEqual(-1, ElementwiseSimd.FirstNonFinite<float>(values));
            for (var i = 0; i < length; i++)
            {
                values[i] = i % 2 == 0 ? float.NaN : float.NegativeInfinity;
                Assert.AreEqual(i, ElementwiseSimd.FirstNonFinite<float>(values), $"length {length}");
                values[i] = -1;
            }
        }
    }

    [TestMethod]
    public void PackedWeights_Blocks_StartPanelsOfTheirOwn()
    {
        foreach (var path in InstructionSets.Available())
        {
            var width = GemmShape.Of(path).PanelWidth;
            using var weights = new PackedWeights(path, 5, 3 * (width + 1), width + 1);
            Assert.AreEqual(2, weights.PanelsPerBlock);
            Assert.AreEqual(6, weights.Panels);
            int[] columns = [width, 1, width, 1, width, 1];
            int[] first = [0, width, width + 1, 2 * width + 1, 2 * width + 2, 3 * width + 2];
            CollectionAssert.AreEqual(columns, Enumerable.Range(0, 6).Select(weights.Columns).ToArray());
            CollectionAssert.AreEqual(first, Enumerable.Range(0, 6).Select(weights.FirstColumn).ToArray());
        }
    }

    [TestMethod]
    public void FmaPeak_EveryPath_ConvergesToHalfAChain()
    {
        foreach (var path in InstructionSets.Available())
        {
            // c = c / 2 + 1 / 4 ends at 1 / 2; one lane of each chain is summed.
            var chains = path == InstructionSet.Avx512 ? 24 : 12;
            Assert.AreEqual(chains / 2f, Peak.FmaPeak.Run(path, 100));
            Assert.IsGreaterThan(0, Peak.FmaPeak.FlopsPerStep(path));
        }
    }
}
