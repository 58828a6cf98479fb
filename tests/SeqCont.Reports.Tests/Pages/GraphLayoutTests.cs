using SeqCont.Circuits;

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
        var layout = new GraphLayout(new NodeSpace(nLayers, nHeads), split);
        var half = layout.NodeHeight / 2;
        for (var i = 0; i < layout.Nodes.Count; i++)
        {
            var (x, y) = layout.At(i);
            var name = layout.Nodes.At(i).ToString();
            Assert.IsTrue(x - layout.WidthOf(i) / 2 >= 0 && x + layout.WidthOf(i) / 2 <= layout.Width && y - half >= 20
                && y + half <= layout.Height, $"{name} lies outside, or on the layers' names.");
            for (var other = 0; other < i; other++)
            {
                var (dx, dy) = (Math.Abs(x - layout.At(other).X), Math.Abs(y - layout.At(other).Y));
                Assert.IsTrue(dx >= (layout.WidthOf(i) + layout.WidthOf(other)) / 2 + 4
                    || dy >= layout.NodeHeight + 4, $"{name} overlaps {layout.Nodes.At(other)}.");
            }
        }
    }

    [TestMethod]
    public void Edges_OfEveryKind_GoFromLeftToRightAndStayInside()
    {
        var nodes = new NodeSpace(5, 3);
        foreach (var layout in new[] { new GraphLayout(nodes, false), new GraphLayout(nodes, true) })
        {
            foreach (var edge in nodes.EdgesBetween(_ => true))
            {
                foreach (var site in Enum.GetValues<Site>())
                {
                    var p = layout.Curve(edge with { Receiver = edge.Receiver.At(site) }, 2);
                    Assert.IsLessThan(p[3].X, p[0].X, $"{edge} goes back.");
                    for (var t = 0.0; t <= 1; t += 0.05)
                    {
                        var y = Math.Pow(1 - t, 3) * p[0].Y + 3 * t * (1 - t) * (1 - t) * p[1].Y
                            + 3 * t * t * (1 - t) * p[2].Y + t * t * t * p[3].Y;
                        Assert.IsTrue(y >= 0 && y <= layout.Height, $"{edge} leaves the picture at {y}.");
                    }
                }
            }
        }
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
