namespace SeqCont.Circuits;

/// <summary>
/// The edges between a circuit's nodes. Receivers are each head's q, k and v, each MLP, and the final residual;
/// senders of a receiver are all nodes before it, for an MLP the heads of its own layer too. The whole of GPT-2
/// small, with the input as a sender, has 32,491.
/// </summary>
public sealed class EdgeGraph
{
    private EdgeGraph(Circuit circuit, bool inputSends, IReadOnlyList<Edge> edges) => (Circuit, InputSends, Edges) = (circuit, inputSends, edges);

    /// <summary>The nodes.</summary>
    public Circuit Circuit { get; }

    /// <summary>Whether the embedding counts as a sender; the study does not count it.</summary>
    public bool InputSends { get; }

    /// <summary>
    /// The edges: receivers from the first layer to the last (a layer's heads, its MLP; at the end the final
    /// residual), for the heads of a layer sender by sender, and under a sender head by head with q, k and v.
    /// </summary>
    public IReadOnlyList<Edge> Edges { get; }

    /// <summary>All edges between the nodes.</summary>
    /// <param name="circuit">The nodes.</param>
    /// <param name="inputSends">Whether the embedding counts as a sender.</param>
    public static EdgeGraph Of(Circuit circuit, bool inputSends)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return new EdgeGraph(circuit, inputSends, [.. All(circuit, inputSends)]);
    }

    /// <summary>The edges that the published scripts test: heads of an MLP's own layer are left out.</summary>
    internal static EdgeGraph AsPublished(Circuit circuit) => new(circuit, false,
        [.. All(circuit, false).Where(edge => edge.Receiver.Node is not { IsMlp: true } mlp || edge.Sender!.Value.Layer < mlp.Layer)]);

    /// <summary>
    /// The nodes from which kept edges lead to the final residual, on any way.
    /// </summary>
    /// <param name="circuit">The nodes to choose from.</param>
    /// <param name="kept">Kept edges.</param>
    public static IReadOnlySet<NodeId> LeadingToOutput(Circuit circuit, IEnumerable<Edge> kept)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(kept);
        var senders = kept.Where(edge => edge.Sender is not null).ToLookup(edge => edge.Receiver.Node, edge => edge.Sender!.Value);
        var reached = new HashSet<NodeId>();
        var open = new Stack<NodeId?>([null]);
        while (open.TryPop(out var receiver))
        {
            foreach (var sender in senders[receiver])
                if (reached.Add(sender)) open.Push(sender);
        }

        return reached;
    }

    private static IEnumerable<Edge> All(Circuit circuit, bool inputSends)
    {
        var senders = new List<NodeId?>();
        if (inputSends) senders.Add(null);
        for (var layer = 0; layer < circuit.NLayers; layer++)
        {
            NodeId[] heads = [.. circuit.HeadsOf(layer).Select(head => new NodeId(layer, head))];
            foreach (var sender in senders)
                foreach (var head in heads)
                    foreach (var input in Enum.GetValues<HeadInput>()) yield return new Edge(sender, new Receiver(head, input));
            foreach (var head in heads) senders.Add(head);
            if (!circuit.Contains(NodeId.Mlp(layer))) continue;
            foreach (var sender in senders) yield return new Edge(sender, Receiver.Mlp(layer));
            senders.Add(NodeId.Mlp(layer));
        }

        foreach (var sender in senders) yield return new Edge(sender, Receiver.Logits);
    }
}
