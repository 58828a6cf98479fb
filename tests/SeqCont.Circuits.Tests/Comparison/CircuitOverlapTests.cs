using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Comparison;

/// <summary>What hand-made circuits share.</summary>
[TestClass]
public sealed class CircuitOverlapTests
{
    private static readonly ModelConfig Config = SmallModels.Config();

    [TestMethod]
    [DataRow("0.0,0.1,m0,m1", "0.1,1.2,m1", "a0.h1 m1", 2 / 5.0)]
    [DataRow("0.0,m0", "0.0,m0", "a0.h0 m0", 1.0)]
    [DataRow("0.0", "m0", "", 0.0)]
    [DataRow("", "1.1,m0", "", 0.0)]
    [DataRow("", "", "", 1.0)]
    public void Of_Nodes_SharedAndJaccard(string first, string second, string shared, double jaccard)
    {
        var (a, b) = (Nodes(first), Nodes(second));
        foreach (var parts in new[] { CircuitOverlap.Of(a, b), CircuitOverlap.Of(b, a) })
        {
            Assert.AreEqual(shared, string.Join(' ', parts.Nodes));
            Assert.AreEqual(jaccard, parts.NodeJaccard, 1e-15);
            Assert.IsNull(parts.Edges);
            Assert.IsNull(parts.EdgeJaccard);
        }
    }

    [TestMethod]
    public void Of_Edges_SharedAndJaccard()
    {
        var (a, b) = (Edges("0.0->m0,m0->a1.h1<q>,m0->logits"), Edges("m0->logits,m0->a1.h1<k>,0.0->m0,m0->a1.h1<v>"));
        var parts = CircuitOverlap.Of(a, b);
        Assert.AreEqual("a0.h0->m0 m0->logits", string.Join(' ', parts.Edges!));
        Assert.AreEqual(2 / 5.0, parts.EdgeJaccard!.Value, 1e-15, "q, k and v of a head are different edges.");
        Assert.AreEqual(1, parts.NodeJaccard);
        Assert.IsNull(CircuitOverlap.Of(a, Nodes("0.0")).EdgeJaccard, "Only one has edges.");
        Assert.AreEqual(1, CircuitOverlap.Of(Edges(""), Edges("")).EdgeJaccard);
    }

    [TestMethod]
    public void InAll_ThreeCircuits_OnlyWhatEachHas()
    {
        var nodes = CircuitOverlap.InAll([Nodes("0.0,0.2,1.1,m0,m1"), Nodes("0.2,1.1,m1"), Nodes("1.1,0.2,m0,m1")]);
        Assert.AreEqual("a0.h2 a1.h1 m1", string.Join(' ', nodes));
        var edges = CircuitOverlap.EdgesInAll([Edges("0.0->m0,m0->logits"), Edges("m0->logits"), Edges("0.0->logits,m0->logits")])!;
        Assert.AreEqual("m0->logits", string.Join(' ', edges));
        Assert.IsNull(CircuitOverlap.EdgesInAll([Edges("m0->logits"), Nodes("m0")]));
    }

    private static ComparedCircuit Nodes(string names) =>
        new(names, Circuit.Of(Config, names.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name =>
    {
        Assert.IsTrue(NodeId.TryParse(name, out var node), name);
        return node;
    })), new AblationConfig());

    private static ComparedCircuit Edges(string names)
    {
        var circuit = Nodes("0.0,1.1,m0").Circuit;
        Edge[] kept = [.. names.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(name =>
        {
            Assert.IsTrue(Edge.TryParse(name, out var edge), name);
            return edge;
        })];
        return new ComparedCircuit(names, circuit, new AblationConfig(),
            new ComparedEdges(new EdgePruningConfig { Circuit = circuit }, kept));
    }
}
