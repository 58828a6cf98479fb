using SeqCont.Testing;

namespace SeqCont.Model.Tests.Weights;

[TestClass]
public sealed class RandomWeightsTests
{
    [TestMethod]
    public void Create_SameSeed_GivesTheSameValuesInAnyOrderAndPiece()
    {
        using var one = SmallModels.Random(seed: 5);
        using var other = SmallModels.Random(seed: 5);
        var whole = one.Layers[1].WIn.Doubles();
        var piece = new float[13];
        for (var start = whole.Length - 13; start >= 0; start -= 13)
        {
            other.Layers[1].WIn.Read(start, piece.AsSpan());
            for (var i = 0; i < 13; i++) Assert.AreEqual(whole[start + i], piece[i]);
        }
        Assert.AreEqual(one.Sha256, other.Sha256);
    }

    [TestMethod]
    public void Create_OtherSeedOrTensor_GivesOtherValues()
    {
        using var one = SmallModels.Random(seed: 5);
        using var other = SmallModels.Random(seed: 6);
        Assert.AreNotEqual(one.Sha256, other.Sha256);
        foreach (var (mine, theirs) in new[] { (one.WE, other.WE), (one.Layers[0].WQkv, one.Layers[1].WQkv) })
        {
            var same = mine.Doubles().Zip(theirs.Doubles()).Count(pair => pair.First == pair.Second);
            Assert.IsLessThan(3, same);
        }
    }

    /// <summary>Golden values, worked out by a second program: they are part of what benchmarks compare, on every machine.</summary>
    [TestMethod]
    public void Create_Seed1_HasTheseValues()
    {
        using var weights = RandomWeights.Create(ModelConfig.Small, 1);
        var values = new float[3];
        weights.WE.Read(1_000_000, values.AsSpan());
        CollectionAssert.AreEqual(GoldenValues, values);
    }

    [TestMethod]
    public void Create_GptSmall_HasTheMomentsOfItsInitialisation()
    {
        using var weights = RandomWeights.Create(ModelConfig.Small, 2);
        AssertMoments(weights.Layers[11].WIn, 0, 0.02);
        AssertMoments(weights.WPos, 0, 0.01);
        AssertMoments(weights.Layers[3].Ln1Gain, 1, 0.01);
        AssertMoments(weights.Layers[3].BQkv, 0, 0.01);
        Assert.IsNull(weights.WU);
        Assert.AreEqual(50257L * 768, weights.WE.Length);
    }

    [TestMethod]
    public void Create_BadArguments_Throw()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomWeights.Create(ModelConfig.Small, 1, double.NaN));
        Assert.ThrowsExactly<ArgumentException>(() => RandomWeights.Create(ModelConfig.Small with { NHeads = 7 }, 1));
    }

    private static readonly float[] GoldenValues = [0.017620742f, 0.024248077f, 0.0013378359f];

    private static void AssertMoments(Engine.Tensor tensor, double mean, double deviation)
    {
        var values = tensor.Doubles();
        var average = values.Average();
        var spread = Math.Sqrt(values.Average(value => (value - average) * (value - average)));
        // Five standard errors of the mean; the same for the spread.
        var tolerance = 5 * deviation / Math.Sqrt(values.Length);
        Assert.AreEqual(mean, average, tolerance, tensor.Name);
        Assert.AreEqual(deviation, spread, tolerance, tensor.Name);
    }
}
