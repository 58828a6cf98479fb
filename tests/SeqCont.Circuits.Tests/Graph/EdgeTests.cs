using SeqCont.Model;

namespace SeqCont.Circuits.Tests.Graph;

[TestClass]
public sealed class EdgeTests
{
    [TestMethod]
    public void Of_WholeGpt2Small_HasThePublishedNumberOfEdges()
    {
        Edge[] edges = [.. Circuit.Full(ModelConfig.Small).Edges(inputSends: true)];
        Assert.HasCount(32_491, edges);
        Assert.HasCount(32_491, edges.ToHashSet());
        Assert.IsTrue(edges.All(edge => NodeSpace.CanReach(edge.Sender, edge.Receiver)));
        Assert.HasCount(157, edges.Where(edge => edge.Receiver == NodeId.Logits).ToArray());
    }

    [TestMethod]
    public void ToString_EveryEdge_ReadsBack()
    {
        foreach (var edge in Circuit.Full(new NodeSpace(3, 2)).Edges(inputSends: true))
        {
            Assert.IsTrue(Edge.TryParse(edge.ToString(), out var read), edge.ToString());
            Assert.AreEqual(edge, read);
        }
    }

    [TestMethod]
    [DataRow("a5.h0->a9.h1<q>", "a5.h0->a9.h1<q>")]
    [DataRow("5.0->9.1<k>", "a5.h0->a9.h1<k>")]
    [DataRow("m8->logits", "m8->logits")]
    [DataRow("input->m0", "input->m0")]
    [DataRow("a3.h1->m3", "a3.h1->m3")]
    public void TryParse_WellFormed_IsTheEdge(string text, string expected)
    {
        Assert.IsTrue(Edge.TryParse(text, out var edge));
        Assert.AreEqual(expected, edge.ToString());
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow("")]
    [DataRow("->")]
    [DataRow("a5.h0")]
    [DataRow("a5.h0->a9.h1")]
    [DataRow("a5.h0->m9<q>")]
    [DataRow("a5.h0->a9.h1<x>")]
    [DataRow("a9.h1->a5.h0<q>")]
    [DataRow("a5.h0->a5.h1<q>")]
    [DataRow("m5->m5")]
    [DataRow("m5->a5.h0<v>")]
    [DataRow("logits->m3")]
    [DataRow("m3->input")]
    [DataRow("a-1.h0->m3")]
    [DataRow("a99999999999.h0->logits")]
    public void TryParse_NoEdge_IsFalse(string? text) => Assert.IsFalse(Edge.TryParse(text, out _));

    [TestMethod]
    public void LeadingToOutput_DeadEndsAndIslands_AreLeftOut()
    {
        string[] kept = ["input->a0.h0<v>", "a0.h0->m1", "m1->a2.h1<k>", "a2.h1->logits", "a0.h1->m0", "m0->m3"];
        var reached = Circuit.LeadingToOutput(new NodeSpace(4, 2), kept.Select(Edge.Parse));
        CollectionAssert.AreEquivalent(new[] { new NodeId(0, 0), NodeId.Mlp(1), new NodeId(2, 1) }, reached.Nodes.ToArray());
    }
}
