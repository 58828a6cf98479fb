using SeqCont.Testing;

namespace SeqCont.Model.Tests;

[TestClass]
public sealed class TensorStatisticsTests
{
    [TestMethod]
    public void Of_Model_EqualsSumsOverItsTensors()
    {
        using var weights = SmallModels.Random(dVocab: 1301, dMlp: 1009);
        var all = TensorStatistics.Of(weights);
        Assert.HasCount(2 + 12 * weights.Config.NLayers + 2, all);
        Assert.AreEqual(weights.Config.Parameters, all.Sum(tensor => tensor.Values.Count));
        Assert.AreEqual("wte.weight", all[0].Name);
        Assert.AreEqual("h.1.mlp.c_fc.weight", all.Single(tensor => tensor.Values.Count == 15 * 1009
            && tensor.Name.StartsWith("h.1.", StringComparison.Ordinal) && tensor.Shape[0] == 15).Name);
        // More than one piece is read.
        var values = new double[1301 * 15];
        weights.WE.Read(0, values);
        Assert.AreEqual(values.Min(), all[0].Values.Min);
        Assert.AreEqual(values.Max(), all[0].Values.Max);
        var mean = values.Average();
        Assert.AreEqual(mean, all[0].Values.Mean, 1e-14);
        Assert.AreEqual(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), all[0].Values.StandardDeviation, 1e-13);
        Assert.AreEqual("F64", all[0].DType);
    }

    [TestMethod]
    public void Of_StoredModel_SaysHowEachIsStored()
    {
        var folder = Directory.CreateTempSubdirectory("seqcont-test-");
        try
        {
            using (var weights = SmallModels.Random()) weights.Save(folder.FullName, "F16");
            using var stored = Gpt2Weights.Load(folder.FullName);
            Assert.IsTrue(TensorStatistics.Of(stored).All(tensor => tensor.DType == "F16"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Summary_NotFinite_IsCountedApart()
    {
        var summary = ValueSummary.Of([1, double.NaN, double.PositiveInfinity, 3, double.NegativeInfinity]);
        Assert.AreEqual(new ValueSummary(2, 1, 2, 1, 3, 2, 2), summary);
        Assert.AreEqual(1, summary.StandardDeviation);
        var none = ValueSummary.Of([double.NaN]);
        Assert.IsTrue(double.IsNaN(none.Min) && double.IsNaN(none.Mean) && double.IsNaN(none.StandardDeviation));
        Assert.AreEqual(new ValueSummary(2, 2, 2, 1, 3, 2, 2), none.With(summary));
        Assert.AreEqual(new ValueSummary(2, 2, 2, 1, 3, 2, 2), summary.With(none));
    }

    [TestMethod]
    public void Summary_FarFromZero_LosesNoDigits()
    {
        // A sum of squares would cancel: the mean is 1e9 times the deviation.
        var values = Enumerable.Range(0, 1000).Select(i => 1e9 + i % 2).ToArray();
        Assert.AreEqual(0.5, ValueSummary.Of(values).StandardDeviation, 1e-9);
        Assert.AreEqual(0.5, ValueSummary.Of(values.AsSpan(0, 300)).With(ValueSummary.Of(values.AsSpan(300))).StandardDeviation, 1e-9);
    }
}
