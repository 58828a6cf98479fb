using System.Globalization;

namespace SeqCont.Reports;

/// <summary>Writes the parts of a page as HTML.</summary>
internal static class SectionWriter
{
    /// <summary>Writes one part.</summary>
    public static void Write(Html html, Section section)
    {
        html.Open("section", ("id", section.Id), ("aria-labelledby", $"{section.Id}-title"));
        html.Element("h2", section.Title, ("id", $"{section.Id}-title")).Element("p", section.Lead, ("class", "lead"));
        var isRow = false;
        foreach (var block in section.Blocks)
        {
            // Pictures in a row stand side by side where the page is wide enough.
            if (block is Figure != isRow)
            {
                if (isRow) html.Close();
                else html.Open("div", ("class", "figures"));
                isRow = !isRow;
            }

            Write(html, block);
        }

        if (isRow) html.Close();
        html.Close().Raw("\n");
    }

    private static void Write(Html html, Block block)
    {
        switch (block)
        {
            case Figure figure:
                html.Open("figure", ("class", figure.IsAlone ? "alone" : "beside"));
                if (figure.Caption.Length > 0) html.Open("figcaption").Element("bdi", figure.Caption).Close();
                html.Open("div", ("class", "scroller")).Raw(figure.Draw(true)).Close().Close();
                break;
            case Heading heading:
                html.Open("h3").Element("bdi", heading.Text).Close();
                break;
            case Table table:
                WriteTable(html, table);
                break;
            case GraphBlock graph:
                WriteGraph(html, graph);
                break;
        }
    }

    private static void WriteTable(Html html, Table table)
    {
        if (table.Fold)
            html.Open("details", ("class", table.Columns.All(column => column.Length == 0) ? "facts" : "list"))
                .Open("summary").Element("bdi", table.Caption).Close();
        html.Open("div", ("class", "scroller")).Open("table");
        if (!table.Fold && table.Caption.Length > 0) html.Open("caption").Element("bdi", table.Caption).Close();
        if (table.Columns.Any(column => column.Length > 0))
        {
            html.Open("thead").Open("tr");
            for (var i = 0; i < table.Columns.Length; i++)
                html.Element("th", table.Columns[i], ("scope", "col"), ("class", i < table.TextColumns ? "text" : "number"));
            html.Close().Close();
        }

        html.Open("tbody");
        foreach (var row in table.Rows)
        {
            html.Open("tr");
            for (var i = 0; i < row.Length; i++)
                html.Open(i == 0 ? "th" : "td", i == 0 ? ("scope", "row") : ("class", i < table.TextColumns ? "text" : "number"))
                    .Element("bdi", row[i]).Close();
            html.Close();
        }

        html.Close().Close().Close();
        if (table.Fold) html.Close();
    }

    private static void WriteGraph(Html html, GraphBlock block)
    {
        var graph = block.Graph;
        var edges = graph.Circuits.Sum(circuit => circuit.Edges?.Length ?? 0);
        html.Open("div", ("class", "graph"), ("data-graph", ""));
        Controls(html, graph, edges);
        foreach (var split in edges > 0 ? new[] { false, true } : [false])
        {
            html.Open("div", ("class", split ? "scroller split" : "scroller merged"), (split ? "hidden" : "data-shown", ""));
            html.Open("div", ("class", "stage"))
                .Element("canvas", "", ("aria-hidden", "true")).Raw(GraphPicture.Draw(graph, split, inPage: true)).Close().Close();
        }

        Key(html, graph, edges);
        html.Open("div", ("class", "paths"), ("hidden", "")).Close();
        html.Raw("<script type=\"application/json\" class=\"graph-data\">").Raw(GraphData.Of(graph)).Raw("</script>").Close();
    }

    private static void Controls(Html html, CircuitGraph graph, int edges)
    {
        html.Open("div", ("class", "controls"), ("role", "group"), ("aria-label", "What the graph shows"));
        if (graph.Circuits.Count > 1)
        {
            html.Open("div", ("class", "chips"));
            for (var i = 0; i < graph.Circuits.Count; i++)
            {
                html.Open("label", ("class", $"chip series-{i % Palette.SeriesCount}"));
                html.Empty("input", ("type", "checkbox"), ("checked", ""), ("data-circuit", i.ToString(CultureInfo.InvariantCulture)));
                html.Open("span", ("class", "swatch")).Close().Element("bdi", graph.Circuits[i].Label).Close();
            }

            html.Close();
        }

        if (edges > 0)
        {
            html.Open("label", ("class", "slider")).Element("span", "Edges");
            html.Empty("input", ("type", "range"), ("min", "0"), ("max", "1000"), ("step", "1"), ("class", "threshold"),
                ("aria-label", "How many of the strongest edges are shown"));
            html.Open("output").Close().Close();
            Switch(html, "kept-only", "kept only", isOn: true);
            Switch(html, "split-qkv", "q k v apart", isOn: false);
        }

        html.Element("button", "Show all", ("type", "button"), ("class", "clear"), ("hidden", "")).Close();
    }

    private static void Switch(Html html, string cls, string text, bool isOn)
    {
        html.Open("label", ("class", "switch"));
        if (isOn) html.Empty("input", ("type", "checkbox"), ("class", cls), ("checked", ""));
        else html.Empty("input", ("type", "checkbox"), ("class", cls));
        html.Element("span", text).Close();
    }

    private static void Key(Html html, CircuitGraph graph, int edges)
    {
        html.Open("p", ("class", "key"));
        if (edges > 0)
        {
            // Several circuits are told apart by colour: the script shows this when one is left.
            html.Open("span", ("class", "effects"), (graph.Circuits.Count > 1 ? "hidden" : "data-shown", ""));
            html.Open("span", ("class", "line accent")).Close().Text("patching it costs score");
            html.Open("span", ("class", "line contra")).Close().Text("patching it gains score").Close();
        }

        if (graph.Circuits.Count == 1 && graph.Circuits[0].Scores.Any(double.IsFinite))
            html.Open("span", ("class", "box")).Close().Text("fill: score lost without the node");
        if (edges > 0) html.Open("span", ("class", "line dashed")).Close().Text("not kept");
        html.Element("span", edges > 0
            ? "Point at a node or an edge for scores; click a node, or press Enter on it, for the paths through it; arrow keys step from "
                + "node to node."
            : "Point at a node for scores; arrow keys step from node to node. Edges come with a folder of prune edges.", ("class", "hint"));
        html.Close();
    }
}
