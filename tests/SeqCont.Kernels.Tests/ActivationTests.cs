using System.Runtime.Intrinsics.X86;
using SeqCont.Kernels.Activations;
using SeqCont.Kernels.Elementwise;

namespace SeqCont.Kernels.Tests;

[TestClass]
public sealed class ActivationTests
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
    public void GeluNew_DenseSweep_WithinAUnitOfTheInputsScale()
    {
        // Relative error is that of e^(-2u), which grows with |u|; measured against |x| it stays small everywhere,
        // and where GELU is not a vanishing tail (x > -3) it is small relative to the value too.
        double worst = 0, worstRelative = 0;
        for (var x = -12f; x < 12f; x += 1.3e-4f)
        {
            var expected = GeluNewReference.Apply(x);
            var error = Math.Abs(ActivationSimd.Apply<GeluNewSimd>(x) - expected);
            worst = Math.Max(worst, error / Math.Abs(x));
            if (x > -3) worstRelative = Math.Max(worstRelative, error / Math.Abs(expected));
        }

        Assert.IsLessThan(1.1 * UnitInLastPlace, worst, $"worst error {worst / UnitInLastPlace:F2} units of x");
        Assert.IsLessThan(7 * UnitInLastPlace, worstRelative, $"worst relative error {worstRelative / UnitInLastPlace:F2} units");
    }

    [TestMethod]
    public void Gelu_AllOfFloat32_WithinFiveUnits() => RequireUnits<GeluSimd>(GeluReference.Apply, 5, 2e-44);

    [TestMethod]
    public void Silu_AllOfFloat32_WithinThreeUnits() => RequireUnits<SiluSimd>(SiluReference.Apply, 3, 1e-43);

    [TestMethod]
    public void Relu_AllOfFloat32_IsExact() => RequireUnits<ReluSimd>(ReluReference.Apply, 0, 0);

    /// <summary>The references against 20 digits of another program: x, GELU, SiLU.</summary>
    [TestMethod]
    [DataRow(-37.5, -1.7270073785932330664e-306, -1.9408331271757006001e-15)]
    [DataRow(-20, -5.5072482372124673902e-88, -4.1223072363804071629e-8)]
    [DataRow(-8, -4.9767684594174272988e-15, -0.002682801043731824831)]
    [DataRow(-3, -0.00404969409489028358, -0.14227761953270034264)]
    [DataRow(-2, -0.045500263896358414401, -0.23840584404423511188)]
    [DataRow(-1.0001, -0.15864692117466564445, -0.26894865280702869377)]
    [DataRow(-1, -0.15865525393145705141, -0.26894142136999512075)]
    [DataRow(-0.9999, -0.15866358426854120915, -0.26893418690930035977)]
    [DataRow(-0.75, -0.1699705142826511495, -0.24061597561845527013)]
    [DataRow(-0.1, -0.046017216272297104188, -0.047502081252106003889)]
    [DataRow(1e-300, 5.0000000000000001253e-301, 5.0000000000000001253e-301)]
    [DataRow(0.3, 0.18537342665668578306, 0.17233275504349768895)]
    [DataRow(0.9999, 0.84123641573145880186, 0.73096581309069965124)]
    [DataRow(1, 0.84134474606854294859, 0.73105857863000487925)]
    [DataRow(1.5, 1.399789198096712901, 1.2263617142904654894)]
    [DataRow(3, 2.9959503059051097164, 2.8577223804672996574)]
    [DataRow(6, 5.9999999940804741298, 5.985164261060191354)]
    [DataRow(40, 40.0, 39.99999999999999983)]
    public void References_KnownValues_WithinAFewUnitsOfADouble(double x, double gelu, double silu)
    {
        Assert.AreEqual(gelu, GeluReference.Apply(x), 5e-16 * Math.Abs(gelu));
        Assert.AreEqual(silu, SiluReference.Apply(x), 3e-16 * Math.Abs(silu));
    }

    [TestMethod]
    public void GeluReference_WhereItsFormsMeet_HasNoStep()
    {
        foreach (var edge in new[] { -39.0, -1, 4, 39 })
            Assert.AreEqual(GeluReference.Cumulative(edge), GeluReference.Cumulative(Math.BitIncrement(edge)), 1e-15);
    }

    [TestMethod]
    public void Activations_EveryLength_EachNumberHasItsOwnBits()
    {
        RequireOwnBits<IdentitySimd>();
        RequireOwnBits<GeluNewSimd>();
        RequireOwnBits<GeluSimd>();
        RequireOwnBits<ReluSimd>();
        RequireOwnBits<SiluSimd>();
    }

    [TestMethod]
    public void GeluNew_Edges_KeepTheirMeaning()
    {
        Assert.AreEqual(0f, ActivationSimd.Apply<GeluNewSimd>(0f));
        Assert.AreEqual(40f, ActivationSimd.Apply<GeluNewSimd>(40f));
        Assert.AreEqual(0, ActivationSimd.Apply<GeluNewSimd>(-40f), 1e-36);
        foreach (var x in new[] { -1e3f, -1e6f, -1e12f, -1e30f, float.MinValue })
            Assert.AreEqual(0, ActivationSimd.Apply<GeluNewSimd>(x), 1e-32, $"{x}");
        foreach (var x in new[] { 1e6f, 1e20f, float.MaxValue }) Assert.AreEqual(x, ActivationSimd.Apply<GeluNewSimd>(x));
        Assert.IsTrue(float.IsNaN(ActivationSimd.Apply<GeluNewSimd>(float.NegativeInfinity)));
        Assert.IsTrue(float.IsNaN(ActivationSimd.Apply<GeluNewSimd>(float.NaN)));
        Assert.AreEqual(float.PositiveInfinity, ActivationSimd.Apply<GeluNewSimd>(float.PositiveInfinity));
    }

    /// <summary>Numbers of both signs and every size, infinities and NaN among them: as the reference, NaN included.</summary>
    /// <param name="reference">The same in double precision.</param>
    /// <param name="units">Units in the last place that a value may be off by.</param>
    /// <param name="more">What may be lost besides: some steps of the numbers that are not normal.</param>
    private static void RequireUnits<TActivation>(Func<double, double> reference, double units, double more)
        where TActivation : struct, IActivationSimd
    {
        var numbers = new List<float> { 0, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.MaxValue };
        for (var bits = 1; bits < 0x7F80_0000; bits += 6007)
            numbers.AddRange([BitConverter.Int32BitsToSingle(bits), BitConverter.Int32BitsToSingle(bits | int.MinValue)]);
        for (var x = -111f; x < 16; x += 1.7e-3f) numbers.Add(x);
        float[] values = [.. numbers];
        ActivationSimd.Apply<TActivation>(values);
        var (worst, at) = (0.0, 0f);
        foreach (var (x, value) in numbers.Zip(values))
        {
            var expected = reference(x);
            if (!double.IsFinite(expected)) Assert.AreEqual((float)expected, value, $"at {x}");
            else if (Math.Abs(value - expected) is var error && !(error <= more))
                if ((error - more) / Math.Abs(expected) / UnitInLastPlace is var off && !(off <= worst)) (worst, at) = (off, x);
        }

        Console.WriteLine($"{typeof(TActivation).Name}: {worst:F2} units at {at}");
        Assert.IsLessThanOrEqualTo(units, worst, $"{typeof(TActivation).Name} at {at}");
    }

    private static void RequireOwnBits<TActivation>()
        where TActivation : struct, IActivationSimd
    {
        for (var length = 0; length < 70; length++)
        {
            var values = Enumerable.Range(0, length).Select(i => (i - 30) * 0.37f).ToArray();
            var expected = values.Select(ActivationSimd.Apply<TActivation>).ToArray();
            ActivationSimd.Apply<TActivation>(values);
            CollectionAssert.AreEqual(expected, values, $"{typeof(TActivation).Name}, length {length}");
        }
    }
}
