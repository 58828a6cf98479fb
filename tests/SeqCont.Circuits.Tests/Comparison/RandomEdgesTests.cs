namespace SeqCont.Circuits.Tests.Comparison;

[TestClass]
public sealed class RandomEdgesTests
{
    private static readonly Edge[] Edges = [.. Circuit.Full(new NodeSpace(2, 2)).Edges(inputSends: true)];

    [TestMethod]
    public void Draw_AnySize_HasItOnceEachInOrder()
    {
        var place = Edges.Select((edge, i) => (edge, i)).ToDictionary(pair => pair.edge, pair => pair.i);
        for (var size = 0; size <= Edges.Length; size++)
        {
            var sets = RandomEdges.Draw(Edges, size, 3, seed: 2);
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
        static string[] Names(int count, long seed) => [.. RandomEdges.Draw(Edges, 9, count, seed).Select(set => string.Join(' ', set))];
        CollectionAssert.AreEqual(Names(20, 5)[..7], Names(7, 5));
        CollectionAssert.AreNotEqual(Names(20, 5), Names(20, 6));
        Assert.HasCount(20, Names(20, 5).Distinct().ToArray());
    }

    [TestMethod]
    public void Draw_ManySets_EveryEdgeEquallyOften()
    {
        const int count = 12_000, size = 7;
        var drawn = RandomEdges.Draw(Edges, size, count, seed: 0).SelectMany(set => set).CountBy(edge => edge).ToDictionary();
        var chance = size / (double)Edges.Length;
        // Five standard deviations of a binomial count.
        foreach (var edge in Edges) Assert.AreEqual(count * chance, drawn[edge], 5 * Math.Sqrt(count * chance * (1 - chance)), $"{edge}");
    }

    [TestMethod]
    public void Draw_MoreThanThereIs_Throws()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomEdges.Draw(Edges, Edges.Length + 1, 1, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomEdges.Draw(Edges, -1, 1, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => RandomEdges.Draw(Edges, 1, -1, 0));
    }
}
