using System.Globalization;
using System.Text;
using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>A graph as data for the page's script: JSON that holds no character that could end its element.</summary>
internal static class GraphData
{
    /// <summary>Writes the graph.</summary>
    public static string Of(CircuitGraph graph)
    {
        using var stream = new MemoryStream();
        // The default encoder writes <, >, & and quotes as \u escapes.
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            WriteNodes(writer, graph.Nodes);
            WriteLayout(writer, "merged", new GraphLayout(graph.Nodes, split: false));
            WriteLayout(writer, "split", new GraphLayout(graph.Nodes, split: true));
            writer.WriteStartArray("circuits");
            foreach (var circuit in graph.Circuits) WriteCircuit(writer, graph.Nodes, circuit);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteNodes(Utf8JsonWriter writer, NodeSpace nodes)
    {
        CircuitFile.WriteSizes(writer, nodes);
        writer.WriteStartArray("names");
        for (var i = 0; i < nodes.Count; i++) writer.WriteStringValue(nodes.At(i).ToString());
        writer.WriteEndArray();
    }

    private static void WriteLayout(Utf8JsonWriter writer, string name, GraphLayout layout)
    {
        var all = Enumerable.Range(0, layout.Nodes.Count).ToArray();
        writer.WriteStartObject(name);
        writer.WriteNumber("width", layout.Width);
        writer.WriteNumber("height", layout.Height);
        writer.WriteNumber("step", layout.Step);
        writer.WriteNumber("nodeHeight", layout.NodeHeight);
        writer.WriteNumber("portStep", layout.PortStep);
        writer.WriteNumber("deepest", GraphLayout.DeepestBow);
        Write(writer, "x", all.Select(node => layout.At(node).X));
        Write(writer, "y", all.Select(node => layout.At(node).Y));
        Write(writer, "w", all.Select(layout.WidthOf));
        writer.WriteEndObject();
    }

    private static void WriteCircuit(Utf8JsonWriter writer, NodeSpace nodes, GraphCircuit circuit)
    {
        writer.WriteStartObject();
        writer.WriteString("label", circuit.Label);
        Write(writer, "kept", circuit.Kept.Select(kept => kept ? 1.0 : 0));
        Write(writer, "scores", circuit.Scores);
        writer.WriteNumber("unpatched", circuit.Unpatched);
        if (circuit.FullLogitDiff is { } full) writer.WriteNumber("full", full);
        if (circuit.Edges is { } edges)
        {
            writer.WriteStartObject("edges");
            Write(writer, "from", edges.Select(edge => (double)nodes.Number(edge.Edge.Sender)));
            Write(writer, "to", edges.Select(edge => (double)nodes.Number(edge.Edge.Receiver)));
            writer.WriteString("port", string.Concat(edges.Select(edge => (char)('0' + (int)edge.Edge.Receiver.Site))));
            Write(writer, "effect", edges.Select(edge => edge.Effect));
            writer.WriteString("kept", string.Concat(edges.Select(edge => edge.Kept ? '1' : '0')));
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    // Five digits: more than a reader sees, and half the bytes of all of them.
    private static void Write(Utf8JsonWriter writer, string name, IEnumerable<double> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            if (double.IsFinite(value)) writer.WriteRawValue(value.ToString("G5", CultureInfo.InvariantCulture));
            else writer.WriteNullValue();
        }

        writer.WriteEndArray();
    }
}
