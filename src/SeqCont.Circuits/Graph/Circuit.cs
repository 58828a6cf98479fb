using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The heads and MLPs that a circuit keeps; everything else is ablated. Immutable, compared by value. An empty circuit
/// is empty (the published scripts read an empty list as "start from everything").
/// </summary>
public sealed class Circuit : IEquatable<Circuit>
{
    // By number; the input and the logits are not a circuit's to keep.
    private readonly bool[] _kept;

    private Circuit(NodeSpace space, bool[] kept) => (Space, _kept) = (space, kept);

    /// <summary>The model's nodes.</summary>
    public NodeSpace Space { get; }

    /// <summary>Kept heads, by layer and head.</summary>
    public IEnumerable<NodeId> Heads => Kept(NodeKind.Head);

    /// <summary>Kept MLPs, by layer.</summary>
    public IEnumerable<NodeId> Mlps => Kept(NodeKind.Mlp);

    /// <summary>Kept nodes: heads, then MLPs, by layer.</summary>
    public IEnumerable<NodeId> Nodes => Heads.Concat(Mlps);

    /// <summary>Number of kept nodes.</summary>
    public int Count => _kept.Count(kept => kept);

    /// <summary>The whole model.</summary>
    public static Circuit Full(NodeSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        return Of(space, space.Nodes);
    }

    /// <summary>A circuit of the given nodes.</summary>
    /// <exception cref="ArgumentException">A node is not one of the model's.</exception>
    public static Circuit Of(NodeSpace space, IEnumerable<NodeId> nodes)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(nodes);
        var kept = new bool[space.Count];
        foreach (var node in nodes)
        {
            if (!IsNode(space, node))
                throw new ArgumentException(
                    $"{node} is not a node of the model, which has {space} (counted from 0).");
            kept[space.Number(node)] = true;
        }

        return new Circuit(space, kept);
    }

    /// <summary>The circuit of the nodes from which kept edges lead to the final residual, on any way.</summary>
    /// <param name="space">The model's nodes.</param>
    /// <param name="kept">Kept edges.</param>
    public static Circuit LeadingToOutput(NodeSpace space, IEnumerable<Edge> kept)
    {
        ArgumentNullException.ThrowIfNull(space);
        var reached = new HashSet<NodeId> { NodeId.Logits };
        foreach (var edge in kept.OrderByDescending(edge => space.Number(edge.Receiver)))
            if (reached.Contains(edge.Receiver.Node)) reached.Add(edge.Sender);
        return Of(space, reached.Where(node => IsNode(space, node)));
    }

    /// <summary>The edges between its nodes and into the final residual, in the order of <see cref="NodeSpace.EdgesBetween"/>.</summary>
    /// <param name="inputSends">Whether the embedding counts as a sender; the study does not count it.</param>
    public IEnumerable<Edge> Edges(bool inputSends) => Space.EdgesBetween(node => node == NodeId.Input ? inputSends : Contains(node));

    /// <summary>Whether the node is kept.</summary>
    public bool Contains(NodeId node) => IsNode(Space, node) && _kept[Space.Number(node)];

    /// <summary>The circuit less one node.</summary>
    public Circuit Without(NodeId node) =>
        Contains(node) ? Of(Space, Nodes.Where(kept => kept != node)) : throw new ArgumentException($"{node} is not in the circuit.");

    /// <summary>Kept head numbers of a layer, ascending.</summary>
    public int[] HeadsOf(int layer) => [.. Enumerable.Range(0, Space.NHeads).Where(head => Contains(new NodeId(layer, head)))];

    /// <summary>What a forward pass computes under this circuit.</summary>
    public LiveNodes Live => new(
        [.. Enumerable.Range(0, Space.NLayers).Select(HeadsOf)],
        [.. Enumerable.Range(0, Space.NLayers).Select(layer => Contains(NodeId.Mlp(layer)))]);

    /// <inheritdoc/>
    public bool Equals(Circuit? other) => other is not null && Space == other.Space && _kept.AsSpan().SequenceEqual(other._kept);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Circuit);

    /// <inheritdoc/>
    public override int GetHashCode() => Nodes.Aggregate(Space.GetHashCode(), HashCode.Combine);

    /// <summary>Heads as "9.1", then MLPs as "m9".</summary>
    public override string ToString() => string.Join(" ", Nodes.Select(node => node.Label));

    private static bool IsNode(NodeSpace space, NodeId node) => node.Kind is NodeKind.Head or NodeKind.Mlp && space.Has(node);

    private IEnumerable<NodeId> Kept(NodeKind kind) => Space.Nodes.Where(node => node.Kind == kind && Contains(node));
}
