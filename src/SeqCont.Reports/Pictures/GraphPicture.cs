using SeqCont.Circuits;
using static System.FormattableString;

namespace SeqCont.Reports;

/// <summary>
/// Draws a circuit graph. For a page only nodes are drawn here: its script draws edges beneath them on a canvas,
/// as many as a threshold lets through. A picture of its own holds its strongest edges.
/// </summary>
/// <param name="graph">The circuits; several are told apart by colour.</param>
/// <param name="split">Whether heads show their q, k and v apart.</param>
/// <param name="inPage">Whether it becomes part of a page.</param>
internal sealed class GraphPicture(CircuitGraph graph, bool split, bool inPage)
{
    /// <summary>The most edges in a picture of its own.</summary>
    public const int MostEdges = 1500;

    private readonly GraphLayout _layout = new(graph.Nodes, split);
    private SvgDrawing _svg = null!;

    private bool IsAlone => graph.Circuits.Count == 1;

    /// <summary>Draws the graph.</summary>
    public string Draw()
    {
        _svg = new SvgDrawing(_layout.Width, _layout.Height + (inPage ? 0 : 26),
            $"Circuit of {graph.Model}: {string.Join(", ", graph.Circuits.Select(circuit => circuit.Label))}", inPage, "graph-nodes");
        for (var layer = 0; layer < graph.Nodes.NLayers; layer++)
        {
            var (column, _) = _layout.At(graph.Nodes.Number(new NodeId(layer, 0)));
            _svg.Text(column + _layout.Step / 4, 16, $"layer {layer}", Type.Middle);
        }

        if (!inPage) DrawEdges();
        for (var node = 0; node < graph.Nodes.Count; node++) DrawNode(node);
        if (!inPage) DrawLegend(_layout.Height + 8);
        return _svg.Finish();
    }

    /// <summary>How strong a loss is shown, 0 to 1: roots, so that the weaker ones are seen beside an MLP that carries all.</summary>
    public static double Strength(double loss, double most) =>
        Math.Sqrt(Scale.Share(loss, most));

    /// <summary>The edges of a picture of its own with their circuits' numbers: the strongest kept ones, the strongest last.</summary>
    public static IEnumerable<(DrawnEdge Edge, int Circuit)> Strongest(CircuitGraph graph) => graph.Circuits
        .SelectMany((circuit, i) => (circuit.Edges ?? []).Where(edge => edge.Kept).Select(edge => (Edge: edge, Circuit: i)))
        .OrderByDescending(drawn => double.IsFinite(drawn.Edge.Effect) ? Math.Abs(drawn.Edge.Effect) : 0).Take(MostEdges).Reverse();

    private void DrawEdges()
    {
        var count = graph.Circuits.Count;
        var most = graph.Circuits.SelectMany(circuit => circuit.Edges ?? [])
            .Where(edge => edge.Kept).Select(edge => Math.Abs(edge.Effect)).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        foreach (var (edge, i) in Strongest(graph))
        {
            var strength = Strength(edge.Effect, most);
            var tone = count > 1 ? Palette.OfSeries(i) : edge.Effect < 0 ? Tone.Contra : Tone.Accent;
            var p = _layout.Curve(edge.Edge, (i - (count - 1) / 2.0) * 2.4);
            _svg.Path(
                Invariant(
                    $"M{p[0].X:0.#} {p[0].Y:0.#}C{p[1].X:0.#} {p[1].Y:0.#} {p[2].X:0.#} {p[2].Y:0.#} {p[3].X:0.#} {p[3].Y:0.#}"),
                new Look(Tone.None, 1, tone, 0.7 + 2.3 * strength * strength, null, 0.16 + 0.7 * strength));
        }
    }

    private void DrawNode(int node)
    {
        var (x, y) = _layout.At(node);
        int[] keepers = [.. Enumerable.Range(0, graph.Circuits.Count).Where(i => graph.Circuits[i].Kept[node])];
        var (width, height) = (_layout.WidthOf(node), _layout.NodeHeight);
        if (inPage)
        {
            _svg.Write($"<g class=\"node{(keepers.Length > 0 ? "" : " ablated")}\" data-node=\"{node}\">");
            // An ablated node keeps a place to point at.
            _svg.Rect(x - width / 2 - 2, y - height / 2 - 2, width + 4, height + 4, new Look(Tone.Paper, 0), 6);
        }

        if (keepers.Length > 0) DrawKept(node, keepers, x, y, width, height);
        // An input that no edge leaves from is not drawn.
        else if (node != NodeSpace.Input) _svg.Circle(x, y, 2.2, new Look(Tone.Faint));
        if (inPage) _svg.Write($"</g>");
    }

    private void DrawKept(int node, int[] keepers, double x, double y, double width, double height)
    {
        var isEnd = node == NodeSpace.Input || node == graph.Nodes.Logits;
        void Box(Look look) => _svg.Rect(x - width / 2, y - height / 2, width, height, look, isEnd ? height / 2 : 4);
        Box(new Look(Tone.Panel, 1, isEnd ? Tone.Muted : IsAlone ? Tone.Accent : Tone.Faint, 1.1));
        if (!isEnd && IsAlone) Box(new Look(Tone.Accent, 0.04 + 0.3 * Strength(100 - graph.Circuits[0].Scores[node], 100)));
        var hasPorts = split && graph.Nodes.At(node).Kind == NodeKind.Head;
        if (!isEnd && !IsAlone)
        {
            // A circuit's stripe has its own place, so that it is told by more than its colour.
            var left = hasPorts ? 14 : 4;
            var stripe = (width - left - 3) / graph.Circuits.Count;
            foreach (var keeper in keepers)
            {
                _svg.Write($"<g class=\"stripe\" data-circuit=\"{keeper}\">");
                _svg.Rect(x - width / 2 + left + keeper * stripe, y + height / 2 - 5, stripe - 1, 3, new Look(Palette.OfSeries(keeper)));
                _svg.Write($"</g>");
            }
        }

        _svg.Text(x + (hasPorts ? 5 : 0), y + (isEnd || IsAlone ? 4 : 2.5), graph.Nodes.At(node).Label, new Type(11.5, Anchor: "middle"));
        if (!hasPorts) return;
        foreach (var site in NodeSpace.Sites(NodeKind.Head))
            _svg.Text(x - width / 2 + 4, y + ((int)site - 2) * _layout.PortStep + 2.5, site.NameInFiles(), Type.Start with { Size = 8.5 });
    }

    private void DrawLegend(double y)
    {
        var x = 20.0;
        (Tone Tone, string Text)[] entries = graph.Circuits.Count > 1
            ? [.. graph.Circuits.Select((circuit, i) => (Palette.OfSeries(i), circuit.Label))]
            : graph.Circuits[0].Edges is null ? [(Tone.Accent, "kept node; stronger fill, larger loss without it")]
            : [(Tone.Accent, "edge that carries the answer"), (Tone.Contra, "edge that counters it")];
        foreach (var (tone, text) in entries)
        {
            _svg.Rect(x, y - 3, 18, 4, new Look(tone), 2);
            _svg.Text(x + 24, y + 3, text, Type.Start);
            x += 44 + SvgDrawing.TextWidth(text, 11);
        }
    }
}
