using System.Globalization;
using System.Text;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>A graph as data for the page's script: JSON that holds no character that could end its element.</summary>
internal static class GraphData
{
    /// <summary>Writes the graph.</summary>
    public static string Of(CircuitGraph graph)
    {
        var nodes = graph.Nodes;
        // The default encoder writes <, >, & and quotes as \u escapes.
        return Encoding.UTF8.GetString(JsonFile.Bytes(
        [
            .. CircuitFile.Sizes(nodes), ("names", Json.List(Enumerable.Range(0, nodes.Count), i => $"{nodes.At(i)}")),
            ("merged", Layout(new GraphLayout(nodes, split: false))), ("split", Layout(new GraphLayout(nodes, split: true))),
            ("circuits", Json.List(graph.Circuits, circuit => Circuit(nodes, circuit))),
        ]));
    }

    private static Json Layout(GraphLayout layout)
    {
        var all = Enumerable.Range(0, layout.Nodes.Count);
        return
        [
            ("width", layout.Width), ("height", layout.Height), ("step", layout.Step), ("nodeHeight", layout.NodeHeight),
            ("portStep", layout.PortStep), ("deepest", GraphLayout.DeepestBow), ("x", Numbers(all.Select(node => layout.At(node).X))),
            ("y", Numbers(all.Select(node => layout.At(node).Y))), ("w", Numbers(all.Select(layout.WidthOf))),
        ];
    }

    private static Json Circuit(NodeSpace nodes, GraphCircuit circuit) =>
    [
        ("label", circuit.Label), ("kept", Numbers(circuit.Kept.Select(kept => kept ? 1.0 : 0))), ("scores", Numbers(circuit.Scores)),
        ("unpatched", circuit.Unpatched), ("full?", circuit.FullMetric),
        ("edges?", circuit.Edges is not { } edges ? null :
        [
            ("from", Numbers(edges.Select(edge => (double)nodes.Number(edge.Edge.Sender)))),
            ("to", Numbers(edges.Select(edge => (double)nodes.Number(edge.Edge.Receiver)))),
            ("port", string.Concat(edges.Select(edge => (char)('0' + (int)edge.Edge.Receiver.Site)))),
            ("effect", Numbers(edges.Select(edge => edge.Effect))),
            ("kept", string.Concat(edges.Select(edge => edge.Kept ? '1' : '0'))),
        ]),
    ];

    // Five digits: more than a reader sees, and half the bytes of all of them.
    private static Json Numbers(IEnumerable<double> values) => Json.List(values, value =>
        double.IsFinite(value) ? Json.Raw(value.ToString("G5", CultureInfo.InvariantCulture)) : null);
}
