using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>Percentages of heads as squares: layers down, heads across, darker for more.</summary>
internal static class HeadGrid
{
    private const double Cell = 30, Left = 56, Top = 92, Gap = 40, Bottom = 24;

    /// <summary>Draws grids side by side as SVG.</summary>
    /// <param name="title">Over all of them.</param>
    /// <param name="grids">Each grid's name and its heads' percentages, 0 to 100.</param>
    public static string Draw(string title, IReadOnlyList<(string Name, IReadOnlyDictionary<NodeId, double> Percents)> grids)
    {
        var layers = grids.SelectMany(grid => grid.Percents.Keys).Max(head => head.Layer) + 1;
        var heads = grids.SelectMany(grid => grid.Percents.Keys).Max(head => head.Index) + 1;
        var step = (heads * Cell) + Gap;
        var svg = new SvgDrawing(Math.Max(420, Left + grids.Count * step), Top + layers * Cell + Bottom, title, inPage: false);
        svg.Text(Left, 26, title, Type.Title);
        for (var i = 0; i < grids.Count; i++) Draw(svg, grids[i].Name, grids[i].Percents, Left + i * step, layers, heads, i == 0);
        return svg.Finish();
    }

    private static void Draw(
        SvgDrawing svg, string name, IReadOnlyDictionary<NodeId, double> percents, double left, int layers, int heads, bool named)
    {
        svg.Text(left, 52, name, new Type(12, Bold: true));
        svg.Text(left, Top - 24, "head", Type.Small);
        for (var head = 0; head < heads; head++)
            svg.Text(left + (head + 0.5) * Cell, Top - 8, $"{head}", Type.Middle);
        if (named) svg.Text(14, Top + layers * Cell / 2, "layer", new Type(11, Tone.Muted, "middle", Turn: -90));
        for (var layer = 0; layer < layers; layer++)
        {
            if (named) svg.Text(left - 10, Top + (layer + 0.5) * Cell + 4, $"{layer}", Type.End);
            for (var head = 0; head < heads; head++)
            {
                var node = new NodeId(layer, head);
                if (percents.TryGetValue(node, out var percent)) Square(svg, left, node, percent, name);
            }
        }
    }

    private static void Square(SvgDrawing svg, double left, NodeId head, double percent, string name)
    {
        var (x, y, share) = (left + head.Index * Cell, Top + head.Layer * Cell, Math.Clamp(percent / 100, 0, 1));
        var tip = Invariant($"{head} {name}: {percent:0.00} %");
        svg.Rect(x, y, Cell, Cell, new Look(Tone.Accent, share, Tone.Hair), 0, new Mark(tip, head.Layer, head.Index));
        // A number is written where there is something to say.
        if (percent < 0.5) return;
        svg.Text(x + Cell / 2, y + Cell / 2 + 4, Invariant($"{percent:0}"), new Type(11, share > 0.6 ? Tone.OnAccent : Tone.Ink, "middle"));
    }
}
