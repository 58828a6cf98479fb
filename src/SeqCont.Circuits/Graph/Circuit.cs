using System.Collections;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// The nodes that a circuit keeps; everything else is ablated. Immutable, compared by value. An empty circuit
/// is empty (the published scripts read an empty list as "start from everything").
/// </summary>
public sealed class Circuit : IEquatable<Circuit>
{
    private readonly BitArray _kept;

    private Circuit(int nLayers, int nHeads, BitArray kept)
    {
        NLayers = nLayers;
        NHeads = nHeads;
        _kept = kept;
    }

    /// <summary>Layers of the model.</summary>
    public int NLayers { get; }

    /// <summary>Heads in a layer.</summary>
    public int NHeads { get; }

    /// <summary>Kept heads, by layer and head.</summary>
    public IEnumerable<NodeId> Heads => AllNodes(NLayers, NHeads).Where(node => !node.IsMlp && Contains(node));

    /// <summary>Kept MLPs, by layer.</summary>
    public IEnumerable<NodeId> Mlps => AllNodes(NLayers, NHeads).Where(node => node.IsMlp && Contains(node));

    /// <summary>Number of kept nodes.</summary>
    public int Count => Heads.Count() + Mlps.Count();

    /// <summary>The whole model.</summary>
    public static Circuit Full(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new Circuit(config.NLayers, config.NHeads, new BitArray(config.NLayers * (config.NHeads + 1), true));
    }

    /// <summary>A circuit of the given nodes.</summary>
    /// <exception cref="ArgumentException">A node is not one of the model's.</exception>
    public static Circuit Of(ModelConfig config, IEnumerable<NodeId> nodes)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(nodes);
        var circuit = new Circuit(config.NLayers, config.NHeads, new BitArray(config.NLayers * (config.NHeads + 1)));
        foreach (var node in nodes)
        {
            if (!circuit.Has(node))
                throw new ArgumentException($"{node} is not a node of the model, which has {config.NLayers} layers of {config.NHeads} heads (counted from 0).");
            circuit._kept[circuit.Index(node)] = true;
        }

        return circuit;
    }

    /// <summary>Every head and MLP of a model: per layer the heads, then the MLP.</summary>
    public static IEnumerable<NodeId> AllNodes(int nLayers, int nHeads)
    {
        for (var layer = 0; layer < nLayers; layer++)
        {
            for (var head = 0; head < nHeads; head++) yield return new NodeId(layer, head);
            yield return NodeId.Mlp(layer);
        }
    }

    /// <summary>Whether the node is kept.</summary>
    public bool Contains(NodeId node) => Has(node) && _kept[Index(node)];

    /// <summary>The circuit less one node.</summary>
    public Circuit Without(NodeId node)
    {
        if (!Contains(node)) throw new ArgumentException($"{node} is not in the circuit.");
        var kept = new BitArray(_kept);
        kept[Index(node)] = false;
        return new Circuit(NLayers, NHeads, kept);
    }

    /// <summary>Kept head numbers of a layer, ascending.</summary>
    public int[] HeadsOf(int layer) => [.. Enumerable.Range(0, NHeads).Where(head => Contains(new NodeId(layer, head)))];

    /// <summary>What a forward pass computes under this circuit.</summary>
    public LiveNodes Live => new(
        [.. Enumerable.Range(0, NLayers).Select(HeadsOf)],
        [.. Enumerable.Range(0, NLayers).Select(layer => Contains(NodeId.Mlp(layer)))]);

    /// <inheritdoc/>
    public bool Equals(Circuit? other) =>
        other is not null && NLayers == other.NLayers && NHeads == other.NHeads && Words(_kept).AsSpan().SequenceEqual(Words(other._kept));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Circuit);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var word in Words(_kept)) hash.Add(word);
        return hash.ToHashCode();
    }

    /// <summary>Heads as "9.1", then MLPs as "m9".</summary>
    public override string ToString() => string.Join(" ", Heads.Select(head => $"{head.Layer}.{head.Head}").Concat(Mlps.Select(mlp => mlp.ToString())));

    private bool Has(NodeId node) => node.Layer >= 0 && node.Layer < NLayers && node.Head >= -1 && node.Head < NHeads;

    private int Index(NodeId node) => node.Layer * (NHeads + 1) + (node.IsMlp ? NHeads : node.Head);

    private static int[] Words(BitArray bits)
    {
        var words = new int[(bits.Length + 31) / 32];
        // BitArray leaves the unused bits of the last word unspecified after construction with true.
        for (var i = 0; i < bits.Length; i++)
            if (bits[i]) words[i / 32] |= 1 << (i % 32);
        return words;
    }
}
