using System.Runtime.Intrinsics.X86;
using SeqCont.Kernels.Elementwise;
using SeqCont.Kernels.Gelu;

namespace SeqCont.Kernels.Tests;

[TestClass]
public sealed class GeluSimdTests
{
    private const double UnitInLastPlace = 1.0 / (1 << 23);

    [TestMethod]
    public void Exp_DenseSweep_WithinAUnit()
    {
        var worst = 0.0;
        for (var x = -86.9f; x < 87.9f; x += 1.7e-4f)
        {
            var expected = Math.Exp(x);
            worst = Math.Max(worst, Math.Abs(ExpSimd.Apply(x) - expected) / expected);
        }

        // Without fused multiply-add the steps of the series round once more.
        var bound = Fma.IsSupported ? 0.7 : 1;
        Assert.IsLessThan(bound * UnitInLastPlace, worst, $"worst relative error {worst / UnitInLastPlace:F2} units");
    }

    [TestMethod]
    public void Exp_Edges_AreExactOrClamped()
    {
        Assert.AreEqual(1f, ExpSimd.Apply(0f));
        Assert.IsTrue(float.IsNaN(ExpSimd.Apply(float.NaN)));
        Assert.AreEqual(Math.Exp(-87), ExpSimd.Apply(float.NegativeInfinity), 1e-43);
        Assert.AreEqual(Math.Exp(88), ExpSimd.Apply(float.PositiveInfinity), 1e32);
    }

    [TestMethod]
    public void Gelu_DenseSweep_WithinAUnitOfTheInputsScale()
    {
        // Relative error is that of e^(-2u), which grows with |u|; measured against |x| it stays small everywhere,
        // and where GELU is not a vanishing tail (x > -3) it is small relative to the value too.
        double worst = 0, worstRelative = 0;
        for (var x = -12f; x < 12f; x += 1.3e-4f)
        {
            var expected = GeluReference.Apply(x);
            var error = Math.Abs(GeluSimd.Apply(x) - expected);
            worst = Math.Max(worst, error / Math.Abs(x));
            if (x > -3) worstRelative = Math.Max(worstRelative, error / Math.Abs(expected));
        }

        Assert.IsLessThan(1.1 * UnitInLastPlace, worst, $"worst error {worst / UnitInLastPlace:F2} units of x");
        Assert.IsLessThan(7 * UnitInLastPlace, worstRelative, $"worst relative error {worstRelative / UnitInLastPlace:F2} units");
    }

    [TestMethod]
    public void Gelu_EveryLength_EachNumberHasItsOwnBits()
    {
        for (var length = 0; length < 70; length++)
        {
            var values = Enumerable.Range(0, length).Select(i => (i - 30) * 0.37f).ToArray();
            var expected = values.Select(GeluSimd.Apply).ToArray();
            GeluSimd.Apply(values);
            CollectionAssert.AreEqual(expected, values, $"length {length}");
        }
    }

    [TestMethod]
    public void Gelu_Edges_KeepTheirMeaning()
    {
        Assert.AreEqual(0f, GeluSimd.Apply(0f));
        Assert.AreEqual(40f, GeluSimd.Apply(40f));
        Assert.AreEqual(0, GeluSimd.Apply(-40f), 1e-36);
        foreach (var x in new[] { -1e3f, -1e6f, -1e12f, -1e30f, float.MinValue }) Assert.AreEqual(0, GeluSimd.Apply(x), 1e-32, $"{x}");
        foreach (var x in new[] { 1e6f, 1e20f, float.MaxValue }) Assert.AreEqual(x, GeluSimd.Apply(x));
        Assert.IsTrue(float.IsNaN(GeluSimd.Apply(float.NegativeInfinity)));
        Assert.IsTrue(float.IsNaN(GeluSimd.Apply(float.NaN)));
        Assert.AreEqual(float.PositiveInfinity, GeluSimd.Apply(float.PositiveInfinity));
    }
}
