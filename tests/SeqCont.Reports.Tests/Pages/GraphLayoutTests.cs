namespace SeqCont.Reports.Tests;

[TestClass]
public sealed class GraphLayoutTests
{
    [TestMethod]
    [DataRow(1, 1, false)]
    [DataRow(4, 8, false)]
    [DataRow(4, 8, true)]
    [DataRow(12, 12, false)]
    [DataRow(12, 12, true)]
    [DataRow(48, 25, true)]
    public void Nodes_OfAnyModel_LieInsideAndApart(int nLayers, int nHeads, bool split)
    {
        var layout = new GraphLayout(new GraphNodes(nLayers, nHeads), split);
        var half = layout.NodeHeight / 2;
        for (var i = 0; i < layout.Nodes.Count; i++)
        {
            var (x, y) = layout.At(i);
            var name = layout.Nodes.Name(i);
            Assert.IsTrue(x - layout.WidthOf(i) / 2 >= 0 && x + layout.WidthOf(i) / 2 <= layout.Width && y - half >= 20 && y + half <= layout.Height, $"{name} lies outside, or on the layers' names.");
            for (var other = 0; other < i; other++)
            {
                var (dx, dy) = (Math.Abs(x - layout.At(other).X), Math.Abs(y - layout.At(other).Y));
                Assert.IsTrue(dx >= (layout.WidthOf(i) + layout.WidthOf(other)) / 2 + 4 || dy >= layout.NodeHeight + 4, $"{name} overlaps {layout.Nodes.Name(other)}.");
            }
        }
    }

    [TestMethod]
    public void Edges_OfEveryKind_GoFromLeftToRightAndStayInside()
    {
        var nodes = new GraphNodes(5, 3);
        foreach (var layout in new[] { new GraphLayout(nodes, false), new GraphLayout(nodes, true) })
        {
            for (var from = 0; from < nodes.Count; from++)
            {
                for (var to = 0; to < nodes.Count; to++)
                {
                    if (!nodes.CanReach(from, to)) continue;
                    foreach (var port in new[] { Port.Whole, Port.Q, Port.K, Port.V })
                    {
                        var p = layout.Curve(from, to, port, 2);
                        Assert.IsLessThan(p[3].X, p[0].X, $"{nodes.Name(from)}->{nodes.Name(to)} goes back.");
                        for (var t = 0.0; t <= 1; t += 0.05)
                        {
                            var y = Math.Pow(1 - t, 3) * p[0].Y + 3 * t * (1 - t) * (1 - t) * p[1].Y + 3 * t * t * (1 - t) * p[2].Y + t * t * t * p[3].Y;
                            Assert.IsTrue(y >= 0 && y <= layout.Height, $"{nodes.Name(from)}->{nodes.Name(to)} leaves the picture at {y}.");
                        }
                    }
                }
            }
        }
    }

    [TestMethod]
    public void Nodes_NamedAndFound_AreTheSame()
    {
        var nodes = new GraphNodes(3, 4);
        for (var i = 0; i < nodes.Count; i++) Assert.AreEqual(i, nodes.Find(nodes.Name(i)));
        foreach (var name in new[] { "a3.h0", "a0.h4", "m3", "output", "", "a0.h0<q>" }) Assert.AreEqual(-1, nodes.Find(name), name);
    }

    [TestMethod]
    public void Edges_OfGpt2Small_AreCountedAsTheFieldDoes()
    {
        var nodes = new GraphNodes(12, 12);
        var count = 0;
        for (var to = 1; to < nodes.Count; to++)
            for (var from = 0; from < to; from++)
                if (nodes.CanReach(from, to)) count += to != nodes.Logits && !nodes.At(to).IsMlp ? 3 : 1;
        Assert.AreEqual(32_491, count);
    }

    [TestMethod]
    [DataRow(0.0, 97.3)]
    [DataRow(-3.0, 103.4)]
    [DataRow(5.0, 5.0)]
    [DataRow(0.0, 0.0013)]
    public void Scale_Rounded_HoldsItsValuesAndHasAFewTicks(double low, double high)
    {
        var scale = Scale.Round(low, high, 400, 0);
        Assert.IsTrue(scale.From <= low && scale.To >= high);
        var ticks = scale.Ticks().ToArray();
        Assert.IsTrue(ticks.Length is >= 3 and <= 9, $"{ticks.Length} ticks");
        foreach (var tick in ticks) Assert.IsTrue(scale.At(tick) is >= -1e-6 and <= 400 + 1e-6 && !(tick == 0 && double.IsNegative(tick)));
    }
}
