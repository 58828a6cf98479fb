using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// Draws a circuit graph. For a page only nodes are drawn here: its script draws edges beneath them on a canvas,
/// as many as a threshold lets through. A picture of its own holds its strongest edges.
/// </summary>
internal static class GraphPicture
{
    /// <summary>The most edges in a picture of its own.</summary>
    public const int MostEdges = 1500;

    /// <summary>Draws the graph.</summary>
    /// <param name="graph">The circuits; several are told apart by colour.</param>
    /// <param name="split">Whether heads show their q, k and v apart.</param>
    /// <param name="inPage">Whether it becomes part of a page.</param>
    public static string Draw(CircuitGraph graph, bool split, bool inPage)
    {
        var layout = new GraphLayout(graph.Nodes, split);
        var legend = inPage ? 0 : 26;
        var svg = new SvgDrawing(layout.Width, layout.Height + legend,
            $"Circuit of {graph.Model}: {string.Join(", ", graph.Circuits.Select(circuit => circuit.Label))}", inPage, "graph-nodes");
        for (var layer = 0; layer < graph.Nodes.NLayers; layer++)
        {
            var (column, _) = layout.At(graph.Nodes.Number(new NodeId(layer, 0)));
            svg.Text(column + layout.Step / 4, 16, $"layer {layer}", Type.Middle);
        }

        if (!inPage) DrawEdges(svg, graph, layout);
        for (var node = 0; node < graph.Nodes.Count; node++) DrawNode(svg, graph, layout, node, inPage);
        if (!inPage) DrawLegend(svg, graph, layout.Height + 8);
        return svg.Finish();
    }

    /// <summary>How strong a loss is shown, 0 to 1: roots, so that the weaker ones are seen beside an MLP that carries all.</summary>
    public static double Strength(double loss, double most) =>
        Math.Sqrt(Scale.Share(loss, most));

    /// <summary>The edges of a picture of its own with their circuits' numbers: the strongest kept ones, the strongest last.</summary>
    public static IEnumerable<(DrawnEdge Edge, int Circuit)> Strongest(CircuitGraph graph) => graph.Circuits
        .SelectMany((circuit, i) => (circuit.Edges ?? []).Where(edge => edge.Kept).Select(edge => (Edge: edge, Circuit: i)))
        .OrderByDescending(drawn => double.IsFinite(drawn.Edge.Effect) ? Math.Abs(drawn.Edge.Effect) : 0).Take(MostEdges).Reverse();

    private static void DrawEdges(SvgDrawing svg, CircuitGraph graph, GraphLayout layout)
    {
        var count = graph.Circuits.Count;
        var most = graph.Circuits.SelectMany(circuit => circuit.Edges ?? [])
            .Where(edge => edge.Kept).Select(edge => Math.Abs(edge.Effect)).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        foreach (var (edge, i) in Strongest(graph))
        {
            var strength = Strength(edge.Effect, most);
            var tone = count > 1 ? Palette.OfSeries(i) : edge.Effect < 0 ? Tone.Contra : Tone.Accent;
            var p = layout.Curve(edge.Edge, (i - (count - 1) / 2.0) * 2.4);
            svg.Path(
                Invariant($"M{p[0].X:0.#} {p[0].Y:0.#}C{p[1].X:0.#} {p[1].Y:0.#} {p[2].X:0.#} {p[2].Y:0.#} {p[3].X:0.#} {p[3].Y:0.#}"),
                new Look(Tone.None, 1, tone, 0.7 + 2.3 * strength * strength, null, 0.16 + 0.7 * strength));
        }
    }

    private static void DrawNode(SvgDrawing svg, CircuitGraph graph, GraphLayout layout, int node, bool inPage)
    {
        var (x, y) = layout.At(node);
        var keepers = Enumerable.Range(0, graph.Circuits.Count).Where(i => graph.Circuits[i].Kept[node]).ToArray();
        if (inPage)
            svg.Open(("class", keepers.Length > 0 ? "node" : "node ablated"), ("data-node", Invariant($"{node}")));
        var (width, height) = (layout.WidthOf(node), layout.NodeHeight);
        // In a page an ablated node keeps a place to point at.
        if (inPage) svg.Rect(x - width / 2 - 2, y - height / 2 - 2, width + 4, height + 4, new Look(Tone.Paper, 0), 6);
        if (keepers.Length == 0 && node == NodeSpace.Input)
        {
            // Edges that none leaves from: the input is not drawn.
        }
        else if (keepers.Length == 0) svg.Circle(x, y, 2.2, new Look(Tone.Faint));
        else DrawKept(svg, graph, layout, node, keepers);
        if (inPage) svg.Close();
    }

    private static void DrawKept(SvgDrawing svg, CircuitGraph graph, GraphLayout layout, int node, int[] keepers)
    {
        var (x, y) = layout.At(node);
        var (width, height) = (layout.WidthOf(node), layout.NodeHeight);
        var isEnd = node == NodeSpace.Input || node == graph.Nodes.Logits;
        var alone = graph.Circuits.Count == 1;
        svg.Rect(x - width / 2, y
            - height / 2, width, height, new Look(Tone.Panel, 1, isEnd ? Tone.Muted : alone ? Tone.Accent : Tone.Faint, 1.1), isEnd
                ? height / 2 : 4);
        if (!isEnd && alone)
        {
            var strength = Strength(100 - graph.Circuits[0].Scores[node], 100);
            svg.Rect(x - width / 2, y - height / 2, width, height, new Look(Tone.Accent, 0.04 + 0.3 * strength), 4);
        }

        if (!isEnd && !alone)
        {
            // A circuit's stripe has its own place, so that it is told by more than its colour.
            var left = HasPorts(graph, layout, node) ? 14 : 4;
            var stripe = (width - left - 3) / graph.Circuits.Count;
            foreach (var keeper in keepers)
            {
                svg.Open(("class", "stripe"), ("data-circuit", Invariant($"{keeper}")));
                svg.Rect(x - width / 2 + left + keeper * stripe, y + height / 2 - 5, stripe - 1, 3, new Look(Palette.OfSeries(keeper)));
                svg.Close();
            }
        }

        var hasPorts = HasPorts(graph, layout, node);
        svg.Text(x + (hasPorts ? 5 : 0), y + (isEnd || alone ? 4 : 2.5), graph.Nodes.At(node).Label, new Type(11.5, Tone.Ink, "middle"));
        if (!hasPorts) return;
        foreach (var site in NodeSpace.Sites(NodeKind.Head))
        {
            var below = ((int)site - 2) * layout.PortStep + 2.5;
            svg.Text(x - width / 2 + 4, y + below, $"{site}".ToLowerInvariant(), new Type(8.5, Tone.Muted));
        }
    }

    private static bool HasPorts(CircuitGraph graph, GraphLayout layout, int node) =>
        layout.IsSplit && graph.Nodes.At(node).Kind == NodeKind.Head;

    private static void DrawLegend(SvgDrawing svg, CircuitGraph graph, double y)
    {
        var x = 20.0;
        (Tone Tone, string Text)[] entries = graph.Circuits.Count > 1
            ? [.. graph.Circuits.Select((circuit, i) => (Palette.OfSeries(i), circuit.Label))]
            : graph.Circuits[0].Edges is null ? [(Tone.Accent, "kept node; stronger fill, larger loss without it")]
            : [(Tone.Accent, "edge that carries the answer"), (Tone.Contra, "edge that counters it")];
        foreach (var (tone, text) in entries)
        {
            svg.Rect(x, y - 3, 18, 4, new Look(tone), 2);
            svg.Text(x + 24, y + 3, text, Type.Small);
            x += 44 + SvgDrawing.TextWidth(text, 11);
        }
    }
}
