using SeqCont.Model;

namespace SeqCont.Circuits.Tests.Graph;

[TestClass]
public sealed class NodeSpaceTests
{
    private static readonly NodeSpace Space = new(3, 4);

    [TestMethod]
    public void Numbers_OfEveryNode_FollowTheForwardPassAndReadBack()
    {
        Assert.AreEqual(17, Space.Count);
        for (var i = 0; i < Space.Count; i++) Assert.AreEqual(i, Space.Number(Space.At(i)));
        Assert.AreEqual("input a0.h0 a0.h1 a0.h2 a0.h3 m0 a1.h0", string.Join(' ', Enumerable.Range(0, 7).Select(Space.At)));
        Assert.AreEqual("logits", Space.At(16).ToString());
        CollectionAssert.AreEqual(Enumerable.Range(1, 15).Select(Space.At).ToArray(), Space.Nodes.ToArray());
    }

    [TestMethod]
    public void Names_OfEveryHeadAndMlp_ReadBack()
    {
        foreach (var node in Space.Nodes)
        {
            Assert.IsTrue(NodeId.TryParse(node.ToString(), out var read) && read == node, node.ToString());
            Assert.IsTrue(NodeId.TryParse(node.Label, out read) && read == node, node.Label);
            Assert.IsTrue(Space.Has(node));
        }

        foreach (var name in new[] { "a3.h0", "a0.h4", "m3" })
        {
            Assert.IsTrue(NodeId.TryParse(name, out var outside));
            Assert.IsFalse(Space.Has(outside), name);
        }
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow("")]
    [DataRow("output")]
    [DataRow("input")]
    [DataRow("logits")]
    [DataRow("m")]
    [DataRow("m-1")]
    [DataRow("a0.h0<q>")]
    [DataRow("a0.0")]
    [DataRow("0.h0")]
    [DataRow("aa0.hh0")]
    [DataRow("a.h")]
    [DataRow(".")]
    [DataRow("a")]
    public void TryParse_NoHeadOrMlp_IsFalse(string? text) => Assert.IsFalse(NodeId.TryParse(text, out _));

    [TestMethod]
    public void Edges_OfGpt2Small_AreCountedAsTheFieldDoes()
    {
        NodeSpace small = ModelConfig.Small;
        var count = 0;
        foreach (var sender in Enumerable.Range(0, small.Count).Select(small.At))
            foreach (var receiver in Enumerable.Range(0, small.Count).Select(small.At))
                if (NodeSpace.CanReach(sender, receiver)) count += NodeSpace.Sites(receiver.Kind).Count;
        Assert.AreEqual(32_491, count);
        Assert.AreEqual(count, small.EdgesBetween(_ => true).Count());
    }

    [TestMethod]
    public void CanReach_EveryPair_FollowsTheNumbersExceptAmongHeadsOfALayer()
    {
        for (var from = 0; from < Space.Count; from++)
        {
            for (var to = 0; to < Space.Count; to++)
            {
                var (sender, receiver) = (Space.At(from), Space.At(to));
                var alike = sender.Kind == NodeKind.Head && receiver.Kind == NodeKind.Head && sender.Layer == receiver.Layer;
                Assert.AreEqual(from < to && !alike, NodeSpace.CanReach(sender, receiver), $"{sender}->{receiver}");
            }
        }
    }

    [TestMethod]
    public void EdgesBetween_FewNodes_AreInTheSearchsOrder()
    {
        string[] chosen = ["input", "a0.h0", "a0.h1", "m0", "a1.h2"];
        var edges = Space.EdgesBetween(node => chosen.Contains(node.ToString())).Select(edge => edge.ToString());
        Assert.AreEqual(
            "input->a0.h0<q> input->a0.h0<k> input->a0.h0<v> input->a0.h1<q> input->a0.h1<k> input->a0.h1<v> "
            + "input->m0 a0.h0->m0 a0.h1->m0 input->a1.h2<q> input->a1.h2<k> input->a1.h2<v> a0.h0->a1.h2<q> a0.h0->a1.h2<k> "
            + "a0.h0->a1.h2<v> a0.h1->a1.h2<q> a0.h1->a1.h2<k> a0.h1->a1.h2<v> m0->a1.h2<q> m0->a1.h2<k> m0->a1.h2<v> "
            + "input->logits a0.h0->logits a0.h1->logits m0->logits a1.h2->logits",
            string.Join(' ', edges));
    }
}
