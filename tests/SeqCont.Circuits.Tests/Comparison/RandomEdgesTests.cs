using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Comparison;

[TestClass]
public sealed class RandomEdgesTests
{
    private static readonly EdgeGraph Graph = EdgeGraph.Of(Circuit.Full(SmallModels.Config(nLayers: 2, nHeads: 2)), inputSends: true);

    [TestMethod]
    public void Draw_AnySize_HasItOnceEachInOrder()
    {
        var place = Graph.Edges.Select((edge, i) => (edge, i)).ToDictionary(pair => pair.edge, pair => pair.i);
        for (var size = 0; size <= Graph.Edges.Count; size++)
        {
            var sets = RandomEdges.Draw(Graph, size, 3, seed: 2);
            Assert.HasCount(3, sets);
            foreach (var set in sets)
            {
                int[] places = [.. set.Select(edge => place[edge])];
                Assert.HasCount(size, places);
                CollectionAssert.AreEqual(places.Distinct().Order().ToArray(), places);
            }
        }
    }

    [TestMethod]
    public void Draw_SameSeed_SameSetsAndFewerAreTheFirst()
    {
        static string[] Names(int count, long seed) => [.. RandomEdges.Draw(Graph, 9, count, seed).Select(set => string.Join(' ', set))];
        CollectionAssert.AreEqual(Names(20, 5)[..7], Names(7, 5));
        CollectionAssert.AreNotEqual(Names(20, 5), Names(20, 6));
        Assert.HasCount(20, Names(20, 5).Distinct().ToArray());
    }

    [TestMethod]
    public void Draw_ManySets_EveryEdgeEquallyOften()
    {
        const int count = 12_000, size = 7;
        var drawn = RandomEdges.Draw(Graph, size, count, seed: 0).SelectMany(set => set).CountBy(edge => edge).ToDictionary();
        var chance = size / (double)Graph.Edges.Count;
        // Five standard deviations of a binomial count.
        foreach (var edge in Graph.Edges) Assert.AreEqual(count * chance, drawn[edge], 5 * Math.Sqrt(count * chance * (1 - chance)), $"{edge}");
    }

    [TestMethod]
    public void Draw_MoreThanThereIs_Throws()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomEdges.Draw(Graph, Graph.Edges.Count + 1, 1, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomEdges.Draw(Graph, -1, 1, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomEdges.Draw(Graph, 1, -1, 0));
    }
}
