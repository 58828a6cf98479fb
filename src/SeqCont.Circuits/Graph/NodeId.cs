using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SeqCont.Circuits;

/// <summary>What a node is.</summary>
public enum NodeKind
{
    /// <summary>Token and position embedding: it only sends.</summary>
    Input,

    /// <summary>An attention head.</summary>
    Head,

    /// <summary>The MLP of a layer.</summary>
    Mlp,

    /// <summary>The final residual, before the last LayerNorm: it only receives.</summary>
    Logits,
}

/// <summary>Where a node reads the residual stream.</summary>
public enum Site
{
    /// <summary>All of it: a sender, an MLP's input, the final residual.</summary>
    Whole,

    /// <summary>A head's queries.</summary>
    Q,

    /// <summary>A head's keys.</summary>
    K,

    /// <summary>A head's values.</summary>
    V,
}

/// <summary>
/// A node of the residual graph, or one of a head's inputs. Heads and MLPs are what a circuit can keep or lose;
/// <see cref="NodeSpace"/> numbers a model's nodes and says which reach which.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Layer">From 0; the input lies below all layers, the logits above.</param>
/// <param name="Index">A head's number in its layer, from 0; 0 for all others.</param>
/// <param name="Site">A head's projection where the node is an edge's receiver.</param>
public readonly record struct NodeId(NodeKind Kind, int Layer, int Index, Site Site = Site.Whole)
{
    private static readonly (string Name, Site Site)[] HeadInputs = [("<q>", Site.Q), ("<k>", Site.K), ("<v>", Site.V)];

    /// <summary>A head.</summary>
    public NodeId(int layer, int head) : this(NodeKind.Head, layer, head)
    {
    }

    /// <summary>The embedding.</summary>
    public static NodeId Input => new(NodeKind.Input, -1, 0);

    /// <summary>The final residual.</summary>
    public static NodeId Logits => new(NodeKind.Logits, int.MaxValue, 0);

    /// <summary>The MLP of a layer.</summary>
    public static NodeId Mlp(int layer) => new(NodeKind.Mlp, layer, 0);

    /// <summary>Whether this is an MLP.</summary>
    public bool IsMlp => Kind == NodeKind.Mlp;

    /// <summary>The node that has this input.</summary>
    public NodeId Node => At(Site.Whole);

    /// <summary>The short name on pictures and in circuits: "9.1" for a head, else the name.</summary>
    public string Label => Kind == NodeKind.Head ? $"{Layer}.{Index}" : ToString();

    /// <summary>One of its inputs.</summary>
    public NodeId At(Site site) => this with { Site = site };

    /// <summary>The name: "a9.h1", "a9.h1&lt;q&gt;", "m9", "input" or "logits", as EAP-IG and MIB have them.</summary>
    public override string ToString() => Kind switch
    {
        NodeKind.Input => "input",
        NodeKind.Logits => "logits",
        NodeKind.Mlp => $"m{Layer}",
        _ => $"a{Layer}.h{Index}{(Site == Site.Whole ? "" : HeadInputs[(int)Site - 1].Name)}",
    };

    /// <summary>Reads a head or an MLP: "a9.h1", "9.1" or "m9".</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NodeId node)
    {
        node = default;
        if (string.IsNullOrEmpty(text)) return false;
        if (text[0] == 'm') return Number(text.AsSpan(1), out var mlp) && Set(out node, Mlp(mlp));
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return false;
        var prefix = text[0] == 'a' ? 1 : 0;
        if (text.AsSpan(dot + 1).StartsWith("h") != prefix > 0) return false;
        return Number(text.AsSpan(prefix, dot - prefix), out var layer) && Number(text.AsSpan(dot + 1 + prefix), out var head)
            && Set(out node, new NodeId(layer, head));
    }

    /// <summary>Reads a head or an MLP.</summary>
    /// <exception cref="FormatException">The text names none.</exception>
    public static NodeId Parse(string? text) =>
        TryParse(text, out var node) ? node : throw new FormatException($"'{text}' is no head or MLP.");

    /// <summary>Reads what an edge ends in: "a9.h1&lt;q&gt;", "9.1&lt;q&gt;", "m8" or "logits".</summary>
    internal static bool TryParseReceiver(string text, out NodeId receiver)
    {
        if (text == Logits.ToString()) return Set(out receiver, Logits);
        var (suffix, site) = HeadInputs.FirstOrDefault(input => text.EndsWith(input.Name, StringComparison.Ordinal));
        if (!TryParse(text[..^(suffix?.Length ?? 0)], out receiver) || receiver.IsMlp != (site == Site.Whole)) return false;
        receiver = receiver.At(site);
        return true;
    }

    private static bool Number(ReadOnlySpan<char> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static bool Set(out NodeId node, NodeId value)
    {
        node = value;
        return true;
    }
}
