using System.Diagnostics.CodeAnalysis;

namespace SeqCont.Circuits;

/// <summary>
/// An edge of the residual graph: what one node writes, as one other reads it. Names are those of EAP-IG and MIB:
/// "a5.h0->a9.h1&lt;q&gt;", "m8->logits", "input->m0".
/// </summary>
/// <param name="Sender">What writes: the input, a head or an MLP.</param>
/// <param name="Receiver">What reads it: a head's q, k or v, an MLP or the logits.</param>
public readonly record struct Edge(NodeId Sender, NodeId Receiver)
{
    private const string Arrow = "->";

    /// <summary>The edge's name.</summary>
    public override string ToString() => $"{Sender}{Arrow}{Receiver}";

    /// <summary>Reads an edge's name; false also where such an edge would run backwards.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Edge edge)
    {
        edge = default;
        if (text?.Split(Arrow) is not [var from, var to]) return false;
        var sender = NodeId.Input;
        if (from != sender.ToString() && !NodeId.TryParse(from, out sender)) return false;
        if (!NodeId.TryParseReceiver(to, out var receiver)) return false;
        edge = new Edge(sender, receiver);
        return NodeSpace.CanReach(sender, receiver);
    }

    /// <summary>Reads an edge's name.</summary>
    /// <exception cref="FormatException">The text names no edge.</exception>
    public static Edge Parse(string? text) => TryParse(text, out var edge) ? edge : throw new FormatException($"'{text}' is no edge.");
}
