namespace SeqCont.Reports;

/// <summary>Writes the parts of a page as HTML.</summary>
internal static class SectionWriter
{
    /// <summary>Writes one part.</summary>
    public static Html Write(Section section) =>
        $"<section id=\"{section.Id}\" aria-labelledby=\"{section.Id}-title\"><h2 id=\"{section.Id}-title\">{section.Title}</h2>"
        + $"<p class=\"lead\">{section.Lead}</p>{Blocks(section.Blocks)}</section>\n";

    private static IEnumerable<Html> Blocks(IReadOnlyList<Block> blocks)
    {
        var isRow = false;
        foreach (var block in blocks.Append(null))
        {
            // Pictures in a row stand side by side where the page is wide enough.
            if (block is Figure != isRow)
            {
                yield return Html.Raw(isRow ? "</div>" : "<div class=\"figures\">");
                isRow = !isRow;
            }

            yield return block switch
            {
                Figure figure => $"<figure class=\"{(figure.IsAlone ? "alone" : "beside")}\">"
                    + $"{Html.If(figure.Caption.Length > 0, $"<figcaption><bdi>{figure.Caption}</bdi></figcaption>")}"
                    + $"<div class=\"scroller\">{Html.Raw(figure.Draw(true))}</div></figure>",
                Heading heading => $"<h3><bdi>{heading.Text}</bdi></h3>",
                Table table => Table(table),
                GraphBlock graph => Graph(graph.Graph),
                _ => default,
            };
        }
    }

    private static Html Table(Table table)
    {
        string Class(int column) => column < table.TextColumns ? "text" : "number";
        var hasHead = table.Columns.Any(column => column.Length > 0);
        var columns = table.Columns.Select<string, Html>((name, i) => $"<th scope=\"col\" class=\"{Class(i)}\">{name}</th>");
        Html Cells(string[] row) =>
            $"<th scope=\"row\"><bdi>{row[0]}</bdi></th>"
            + $"{row.Skip(1).Select<string, Html>((text, i) => $"<td class=\"{Class(i + 1)}\"><bdi>{text}</bdi></td>")}";
        Html all = $"<div class=\"scroller\"><table>"
            + $"{Html.If(!table.Fold && table.Caption.Length > 0, $"<caption><bdi>{table.Caption}</bdi></caption>")}"
            + $"{Html.If(hasHead, $"<thead><tr>{columns}</tr></thead>")}"
            + $"<tbody>{table.Rows.Select<string[], Html>(row => $"<tr>{Cells(row)}</tr>")}</tbody></table></div>";
        if (!table.Fold) return all;
        return $"<details class=\"{(hasHead ? "list" : "facts")}\"><summary><bdi>{table.Caption}</bdi></summary>{all}</details>";
    }

    private static Html Graph(CircuitGraph graph)
    {
        var hasEdges = graph.Circuits.Any(circuit => circuit.Edges is { Length: > 0 });
        var stages = (hasEdges ? new[] { false, true } : [false]).Select<bool, Html>(split =>
            $"<div class=\"scroller {(split ? "split" : "merged")}\" {(split ? "hidden" : "data-shown")}><div class=\"stage\">"
            + $"<canvas aria-hidden=\"true\"></canvas>{Html.Raw(new GraphPicture(graph, split, inPage: true).Draw())}</div></div>");
        return $"<div class=\"graph\" data-graph>{Controls(graph, hasEdges)}{stages}{Key(graph, hasEdges)}"
            + $"<div class=\"paths\" hidden></div>"
            + $"<script type=\"application/json\" class=\"graph-data\">{Html.Raw(GraphData.Of(graph))}</script></div>";
    }

    private static Html Controls(CircuitGraph graph, bool hasEdges)
    {
        var chips = graph.Circuits.Select<GraphCircuit, Html>((circuit, i) =>
            $"<label class=\"chip series-{i % Palette.SeriesCount}\"><input type=\"checkbox\" checked data-circuit=\"{i}\">"
            + $"<span class=\"swatch\"></span><bdi>{circuit.Label}</bdi></label>");
        return $"<div class=\"controls\" role=\"group\" aria-label=\"What the graph shows\">"
            + $"{Html.If(graph.Circuits.Count > 1, $"<div class=\"chips\">{chips}</div>")}"
            + $"{Html.If(hasEdges, $"<label class=\"slider\"><span>Edges</span><input type=\"range\" min=\"0\" max=\"1000\" step=\"1\" "
                + $"class=\"threshold\" aria-label=\"How many of the strongest edges are shown\"><output></output></label>"
                + $"<label class=\"switch\"><input type=\"checkbox\" class=\"kept-only\" checked><span>kept only</span></label>"
                + $"<label class=\"switch\"><input type=\"checkbox\" class=\"split-qkv\"><span>q k v apart</span></label>")}"
            + $"<button type=\"button\" class=\"clear\" hidden>Show all</button></div>";
    }

    private static Html Key(CircuitGraph graph, bool hasEdges)
    {
        // Several circuits are told apart by colour: the script shows this when one is left.
        var effects = graph.Circuits.Count > 1 ? "hidden" : "data-shown";
        var hasScores = graph.Circuits.Count == 1 && graph.Circuits[0].Scores.Any(double.IsFinite);
        return $"<p class=\"key\">"
            + $"{Html.If(hasEdges, $"<span class=\"effects\" {effects}><span class=\"line accent\"></span>patching it costs score"
                + $"<span class=\"line contra\"></span>patching it gains score</span>")}"
            + $"{Html.If(hasScores, $"<span class=\"box\"></span>fill: score lost without the node")}"
            + $"{Html.If(hasEdges, $"<span class=\"line dashed\"></span>not kept")}<span class=\"hint\">{(hasEdges
                ? "Point at a node or an edge for scores; click a node, or press Enter on it, for the paths through it; "
                    + "arrow keys step from node to node."
                : "Point at a node for scores; arrow keys step from node to node. Edges come with a folder of prune edges.")}</span></p>";
    }
}
