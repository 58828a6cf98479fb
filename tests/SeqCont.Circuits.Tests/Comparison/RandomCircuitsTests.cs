using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Comparison;

[TestClass]
public sealed class RandomCircuitsTests
{
    [TestMethod]
    public void Draw_AnySize_HasIt()
    {
        var config = SmallModels.Config(nLayers: 3, nHeads: 4);
        for (var heads = 0; heads <= 12; heads++)
        {
            for (var mlps = 0; mlps <= 3; mlps++)
            {
                var circuits = RandomCircuits.Draw(config, heads, mlps, 5, seed: 3);
                Assert.HasCount(5, circuits);
                foreach (var circuit in circuits) Assert.AreEqual((heads, mlps), (circuit.Heads.Count(), circuit.Mlps.Count()));
            }
        }

        Assert.AreEqual(Circuit.Full(config), RandomCircuits.Draw(config, 12, 3, 1, 0)[0]);
    }

    [TestMethod]
    public void Draw_SameSeed_SameCircuitsAndFewerAreTheFirst()
    {
        var config = SmallModels.Config(nLayers: 6, nHeads: 6);
        var many = RandomCircuits.Draw(config, 9, 3, 20, seed: 5);
        CollectionAssert.AreEqual(many.Take(7).ToArray(), RandomCircuits.Draw(config, 9, 3, 7, seed: 5).ToArray());
        CollectionAssert.AreNotEqual(many.ToArray(), RandomCircuits.Draw(config, 9, 3, 20, seed: 6).ToArray());
        Assert.HasCount(20, many.Distinct().ToArray(), "94 million heads' choices: a repetition is a defect.");
    }

    [TestMethod]
    public void Draw_ManyCircuits_EveryNodeEquallyOften()
    {
        const int count = 12_000;
        var config = SmallModels.Config(nLayers: 3, nHeads: 4);
        var circuits = RandomCircuits.Draw(config, 5, 2, count, seed: 0);
        foreach (var node in new NodeSpace(3, 4).Nodes)
        {
            var chance = node.IsMlp ? 2 / 3.0 : 5 / 12.0;
            // Five standard deviations of a binomial count.
            Assert.AreEqual(count * chance, circuits.Count(circuit => circuit.Contains(node)), 5 * Math.Sqrt(count * chance * (1 - chance)),
                $"{node}");
        }
    }

    [TestMethod]
    [DataRow(7, 0, 1)]
    [DataRow(-1, 0, 1)]
    [DataRow(0, 3, 1)]
    [DataRow(0, -1, 1)]
    [DataRow(1, 1, -1)]
    public void Draw_MoreThanThereIs_Throws(int heads, int mlps, int count) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomCircuits.Draw(SmallModels.Config(), heads, mlps, count, 0));
}
