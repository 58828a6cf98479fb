using System.Diagnostics.CodeAnalysis;

namespace SeqCont.Circuits;

/// <summary>Through which of its three projections a head reads the residual stream.</summary>
public enum HeadInput
{
    /// <summary>Queries.</summary>
    Q,

    /// <summary>Keys.</summary>
    K,

    /// <summary>Values.</summary>
    V,
}

/// <summary>What an edge ends in: a head's q, k or v, an MLP, or the final residual.</summary>
/// <param name="Node">The head or MLP; null for the final residual.</param>
/// <param name="Input">A head's projection; null for an MLP and the final residual.</param>
public readonly record struct Receiver(NodeId? Node, HeadInput? Input)
{
    /// <summary>The name of the final residual, before the last LayerNorm.</summary>
    public const string LogitsName = "logits";

    /// <summary>The final residual.</summary>
    public static Receiver Logits => default;

    /// <summary>Whether this is the final residual.</summary>
    public bool IsLogits => Node is null;

    /// <summary>An MLP.</summary>
    public static Receiver Mlp(int layer) => new(NodeId.Mlp(layer), null);

    /// <summary>"a9.h1&lt;q&gt;", "m8" or "logits".</summary>
    public override string ToString() => Node is not { } node ? LogitsName : Input is { } input ? $"{node}<{char.ToLowerInvariant(input.ToString()[0])}>" : node.ToString();

    /// <summary>Reads "a9.h1&lt;q&gt;", "9.1&lt;q&gt;", "m8" or "logits".</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Receiver receiver)
    {
        receiver = Logits;
        if (text is null) return false;
        if (text == LogitsName) return true;
        HeadInput? input = text switch
        {
            _ when text.EndsWith("<q>", StringComparison.Ordinal) => HeadInput.Q,
            _ when text.EndsWith("<k>", StringComparison.Ordinal) => HeadInput.K,
            _ when text.EndsWith("<v>", StringComparison.Ordinal) => HeadInput.V,
            _ => null,
        };
        if (!NodeId.TryParse(input is null ? text : text[..^3], out var node) || node.IsMlp == input is not null) return false;
        receiver = new Receiver(node, input);
        return true;
    }
}

/// <summary>
/// An edge of the residual graph: what one node writes, as one other reads it. Names are those of EAP-IG and MIB:
/// "a5.h0->a9.h1&lt;q&gt;", "m8->logits", "input->m0".
/// </summary>
/// <param name="Sender">The head or MLP that writes; null for the input (token and position embedding).</param>
/// <param name="Receiver">What reads it.</param>
public readonly record struct Edge(NodeId? Sender, Receiver Receiver)
{
    /// <summary>The name of the embedding as a sender.</summary>
    public const string InputName = "input";

    private const string Arrow = "->";

    /// <summary>Whether the sender comes before the receiver in a forward pass, so that the edge exists.</summary>
    public bool IsForward =>
        Sender is not { } sender || Receiver.Node is not { } receiver || sender.Layer < receiver.Layer
        || (sender.Layer == receiver.Layer && !sender.IsMlp && receiver.IsMlp);

    /// <summary>The edge's name.</summary>
    public override string ToString() => $"{Sender?.ToString() ?? InputName}{Arrow}{Receiver}";

    /// <summary>Reads an edge's name; false also where such an edge would run backwards.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Edge edge)
    {
        edge = default;
        var arrow = text?.IndexOf(Arrow, StringComparison.Ordinal) ?? -1;
        if (arrow < 0) return false;
        var senderText = text![..arrow];
        NodeId? sender = null;
        if (senderText != InputName)
        {
            if (!NodeId.TryParse(senderText, out var node)) return false;
            sender = node;
        }

        if (!Receiver.TryParse(text[(arrow + Arrow.Length)..], out var receiver)) return false;
        edge = new Edge(sender, receiver);
        return edge.IsForward;
    }
}
