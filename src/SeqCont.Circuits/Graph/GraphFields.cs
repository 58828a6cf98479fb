using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>Nodes and edges in JSON files that are not trusted.</summary>
public static class GraphFields
{
    /// <summary>The most layers, and heads in a layer, that files are read with.</summary>
    public const int MostNodes = 1000;

    /// <summary>A head or an MLP: "a9.h1", "9.1" or "m9".</summary>
    /// <exception cref="InvalidDataException">The field is none; the message names it.</exception>
    public static NodeId Node(this JsonField field) => Node(field, "a head or an MLP such as a9.h1 or m8");

    /// <summary>A head: "a9.h1" or "9.1".</summary>
    /// <exception cref="InvalidDataException">The field is none; the message names it.</exception>
    public static NodeId Head(this JsonField field) =>
        Node(field, "a head such as a9.h1") is { IsMlp: false } head ? head : throw field.Bad("expected a head, got an MLP");

    /// <summary>An edge: "a5.h0->a9.h1&lt;q&gt;" or "m8->logits".</summary>
    /// <exception cref="InvalidDataException">The field is none; the message names it.</exception>
    public static Edge Edge(this JsonField field) => Required(field).Text(AnEdge) is var text
        && Circuits.Edge.TryParse(text, out var edge) ? edge : throw field.Expected(AnEdge);

    private const string AnEdge = "an edge such as a5.h0->a9.h1<q> or m8->logits";

    private static NodeId Node(JsonField field, string expected) =>
        NodeId.TryParse(Required(field).Text(expected), out var node) ? node : throw field.Expected(expected);

    private static JsonField Required(JsonField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return field;
    }
}
