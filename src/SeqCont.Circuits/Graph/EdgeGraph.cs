namespace SeqCont.Circuits;

/// <summary>
/// The edges between a circuit's nodes. Receivers are each head's q, k and v, each MLP, and the final residual;
/// senders of a receiver are all nodes before it, for an MLP the heads of its own layer too.
/// </summary>
public sealed class EdgeGraph
{
    private EdgeGraph(bool inputSends, IEnumerable<Edge> edges) => (InputSends, Edges) = (inputSends, [.. edges]);

    /// <summary>Whether the embedding counts as a sender; the study does not count it.</summary>
    public bool InputSends { get; }

    /// <summary>The edges, in the order of <see cref="NodeSpace.EdgesBetween"/>.</summary>
    public IReadOnlyList<Edge> Edges { get; }

    /// <summary>All edges between the nodes.</summary>
    /// <param name="circuit">The nodes.</param>
    /// <param name="inputSends">Whether the embedding counts as a sender.</param>
    public static EdgeGraph Of(Circuit circuit, bool inputSends)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return new EdgeGraph(inputSends, circuit.Space.EdgesBetween(node => node == NodeId.Input ? inputSends : circuit.Contains(node)));
    }

    /// <summary>The edges that the published scripts test: heads of an MLP's own layer are left out.</summary>
    internal static EdgeGraph AsPublished(Circuit circuit) =>
        new(false, Of(circuit, false).Edges.Where(edge => edge.Sender.Layer < edge.Receiver.Layer));

    /// <summary>The heads and MLPs from which kept edges lead to the final residual, on any way.</summary>
    /// <param name="kept">Kept edges.</param>
    public static IReadOnlySet<NodeId> LeadingToOutput(IEnumerable<Edge> kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        var senders = kept.Where(edge => edge.Sender != NodeId.Input).ToLookup(edge => edge.Receiver.Node, edge => edge.Sender);
        var reached = new HashSet<NodeId>();
        var open = new Stack<NodeId>([NodeId.Logits]);
        while (open.TryPop(out var receiver))
        {
            foreach (var sender in senders[receiver])
                if (reached.Add(sender)) open.Push(sender);
        }

        return reached;
    }
}
