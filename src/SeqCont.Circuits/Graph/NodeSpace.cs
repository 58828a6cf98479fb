using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// A model's nodes, numbered in the order of a forward pass: 0 is the input, then layer by layer its heads and its MLP,
/// last the logits. The whole of GPT-2 small has 158 nodes and 32,491 edges.
/// </summary>
/// <param name="NLayers">Layers of the model.</param>
/// <param name="NHeads">Heads in a layer.</param>
public sealed record NodeSpace(int NLayers, int NHeads)
{
    /// <summary>The input's number.</summary>
    public const int Input = 0;

    private static readonly Site[] Whole = [Site.Whole], OfHeads = [Site.Q, Site.K, Site.V];

    /// <summary>How many nodes there are, input and logits among them.</summary>
    public int Count => NLayers * (NHeads + 1) + 2;

    /// <summary>The logits' number.</summary>
    public int Logits => Count - 1;

    /// <summary>Every head and MLP: per layer the heads, then the MLP.</summary>
    public IEnumerable<NodeId> Nodes => Enumerable.Range(1, Count - 2).Select(At);

    /// <summary>The nodes of a model.</summary>
    /// <param name="config">Its sizes.</param>
    public static implicit operator NodeSpace(ModelConfig config) => new(config.NLayers, config.NHeads);

    /// <summary>"12 layers of 12 heads".</summary>
    public override string ToString() => $"{NLayers} layers of {NHeads} heads";

    /// <summary>Where a node reads the residual stream: a head in three places.</summary>
    public static IReadOnlyList<Site> Sites(NodeKind kind) => kind == NodeKind.Head ? OfHeads : Whole;

    /// <summary>Whether a sender comes before a receiver in a forward pass, so that the edge exists.</summary>
    public static bool CanReach(NodeId sender, NodeId receiver) =>
        sender.Layer < receiver.Layer || (sender.Layer == receiver.Layer && sender.Kind == NodeKind.Head && receiver.IsMlp);

    /// <summary>A node's number.</summary>
    public int Number(NodeId node) => node.Kind switch
    {
        NodeKind.Input => Input,
        NodeKind.Logits => Logits,
        _ => 1 + node.Layer * (NHeads + 1) + (node.IsMlp ? NHeads : node.Index),
    };

    /// <summary>The node of a number.</summary>
    public NodeId At(int number)
    {
        if (number == Input) return NodeId.Input;
        if (number == Logits) return NodeId.Logits;
        var (layer, place) = Math.DivRem(number - 1, NHeads + 1);
        return place == NHeads ? NodeId.Mlp(layer) : new NodeId(layer, place);
    }

    /// <summary>Whether the model has a node; the input and the logits always are there.</summary>
    public bool Has(NodeId node) =>
        node == NodeId.Input || node == NodeId.Logits
        || (node.Layer >= 0 && node.Layer < NLayers && node.Index >= 0 && node.Index < NHeads);

    /// <summary>Whether the model has both ends of an edge.</summary>
    public bool Has(Edge edge) => Has(edge.Sender) && Has(edge.Receiver);

    /// <summary>
    /// The edges between chosen nodes: receivers from the first layer to the last (a layer's heads, its MLP; at the end
    /// the logits), for the heads of a layer sender by sender, and under a sender head by head with q, k and v.
    /// </summary>
    /// <param name="chosen">Says of the input, a head or an MLP whether it is among them; the logits always are.</param>
    public IEnumerable<Edge> EdgesBetween(Func<NodeId, bool> chosen)
    {
        NodeId[] senders = [.. Nodes.Prepend(NodeId.Input).Where(chosen)];
        foreach (var stage in senders.Append(NodeId.Logits).GroupBy(node => (node.Layer, node.Kind)))
            foreach (var sender in senders.Where(sender => CanReach(sender, stage.First())))
                foreach (var receiver in stage)
                    foreach (var site in Sites(stage.Key.Kind)) yield return new Edge(sender, receiver.At(site));
    }
}
