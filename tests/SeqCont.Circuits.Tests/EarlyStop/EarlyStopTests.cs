namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class EarlyStopTests
{
    [TestMethod]
    [DataRow(24, new[] { 24 })]
    [DataRow(96, new[] { 48, 72, 96 })]
    [DataRow(192, new[] { 48, 96, 144, 192 })]
    [DataRow(1536, new[] { 48, 96, 192, 384, 768, 1152, 1536 })]
    public void BatchEnds_Population_DoubleAndEndWithAll(int population, int[] expected) =>
        CollectionAssert.AreEqual(expected, new EarlyStopRule(0.01, population).BatchEnds.ToArray());

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.5)]
    [DataRow(double.NaN)]
    public void Rule_AlphaOutOfRange_Throws(double alpha) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new EarlyStopRule(alpha, 96));

    /// <summary>Published quantiles of Student's t.</summary>
    [TestMethod]
    [DataRow(0.05, 1, 6.313752)]
    [DataRow(0.025, 2, 4.302653)]
    [DataRow(0.001, 10, 4.143700)]
    [DataRow(0.005, 31, 2.744042)]
    [DataRow(0.0005, 120, 3.373454)]
    public void StudentTQuantile_KnownValues_Match(double tail, int degrees, double expected) =>
        Assert.AreEqual(expected, StudentT.UpperQuantile(tail, degrees), 2e-6);

    [TestMethod]
    public void Shuffle_SameSeed_SamePermutation()
    {
        var order = EarlyStopOrder.Shuffle(97, 5);
        CollectionAssert.AreEqual(order, EarlyStopOrder.Shuffle(97, 5));
        CollectionAssert.AreNotEqual(order, EarlyStopOrder.Shuffle(97, 6));
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 97).ToArray(), order);
    }

    [TestMethod]
    public void Add_ConstantValues_SeesAll()
    {
        var decision = new EarlyStopDecision(new EarlyStopRule(0.05, 192));
        var verdict = EarlyStopSimulation.Decide(decision, Enumerable.Repeat(1.0, 192).ToArray());
        Assert.AreEqual((EarlyStopVerdict.Positive, 192), (verdict, decision.Seen));
    }

    [TestMethod]
    public void Add_NotANumber_SeesAllAndIsNegative()
    {
        var decision = new EarlyStopDecision(new EarlyStopRule(0.05, 192));
        var verdict = EarlyStopSimulation.Decide(decision, [.. Enumerable.Range(0, 192).Select(i => i == 3 ? double.NaN : 100.0 + i)]);
        Assert.AreEqual((EarlyStopVerdict.Negative, 192), (verdict, decision.Seen));
    }

    [TestMethod]
    public void Add_MeanIsZero_IsNegative()
    {
        var decision = new EarlyStopDecision(new EarlyStopRule(0.05, 96));
        Assert.AreEqual(EarlyStopVerdict.Negative, EarlyStopSimulation.Decide(decision,
            [.. Enumerable.Range(0, 96).Select(i => i % 2 == 0 ? 1.0 : -1.0)]));
    }

    [TestMethod]
    public void Estimate_LinearInCovariates_IsTheMeanOfAll()
    {
        var random = new SplitMix64(1);
        double[] first = [.. Enumerable.Range(0, 192).Select(_ => (double)random.Next(1000))];
        double[] second = [.. Enumerable.Range(0, 192).Select(_ => (double)random.Next(1000))];
        double[] values = [.. first.Zip(second, (left, right) => 5000 + (3 * left) - (2 * right))];
        var decision = new EarlyStopDecision(new EarlyStopRule(0.05, 192));
        decision.Start(first, Enumerable.Repeat(7.0, 192).ToArray(), first, second);
        Assert.AreEqual(EarlyStopVerdict.Positive, decision.Add(values.AsSpan(0, 48)));
        Assert.AreEqual(values.Average(), decision.Mean, 1e-6);
        Assert.IsGreaterThan(1.0, Math.Abs(values.Take(48).Average() - values.Average()), "the sample's own mean should be off");
    }

    [TestMethod]
    public void Start_AfterADecision_ForgetsIt()
    {
        double[] values = [.. Enumerable.Range(0, 192).Select(i => 1000.0 + i)];
        var decision = new EarlyStopDecision(new EarlyStopRule(0.05, 192));
        Assert.AreEqual(EarlyStopVerdict.Positive, decision.Add(values.AsSpan(0, 48)));
        Assert.ThrowsExactly<InvalidOperationException>(() => decision.Add(values.AsSpan(48, 48)));
        decision.Start();
        Assert.AreEqual(EarlyStopVerdict.Negative, decision.Add([.. values.Take(48).Select(value => -value)]));
    }

    [TestMethod]
    public void AddAndStart_WrongLengths_Throw()
    {
        var decision = new EarlyStopDecision(new EarlyStopRule(0.05, 192));
        Assert.ThrowsExactly<ArgumentException>(() => decision.Add(new double[47]));
        Assert.ThrowsExactly<ArgumentException>(() => decision.Start(new double[191]));
    }
}
