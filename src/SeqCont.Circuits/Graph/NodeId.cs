using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SeqCont.Circuits;

/// <summary>A node that a circuit can keep or lose: an attention head or an MLP.</summary>
/// <param name="Layer">From 0.</param>
/// <param name="Head">From 0, or -1 for the layer's MLP.</param>
public readonly record struct NodeId(int Layer, int Head)
{
    /// <summary>The MLP of a layer.</summary>
    public static NodeId Mlp(int layer) => new(layer, -1);

    /// <summary>Whether this is an MLP.</summary>
    public bool IsMlp => Head < 0;

    /// <summary>"a9.h1" for a head, "m9" for an MLP.</summary>
    public override string ToString() =>
        IsMlp ? string.Create(CultureInfo.InvariantCulture, $"m{Layer}") : string.Create(CultureInfo.InvariantCulture, $"a{Layer}.h{Head}");

    /// <summary>Reads "a9.h1", "9.1" or "m9".</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NodeId node)
    {
        node = default;
        if (string.IsNullOrEmpty(text)) return false;
        if (text[0] == 'm') return Number(text.AsSpan(1), out var mlp) && Set(out node, Mlp(mlp));
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return false;
        var layerText = text.AsSpan(0, dot);
        var headText = text.AsSpan(dot + 1);
        if (layerText.StartsWith("a") != headText.StartsWith("h")) return false;
        if (layerText.StartsWith("a"))
        {
            layerText = layerText[1..];
            headText = headText[1..];
        }

        return Number(layerText, out var layer) && Number(headText, out var head) && Set(out node, new NodeId(layer, head));
    }

    private static bool Number(ReadOnlySpan<char> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static bool Set(out NodeId node, NodeId value)
    {
        node = value;
        return true;
    }
}
