using SeqCont.Circuits;
using static System.FormattableString;

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
        svg.Text(Left, 26, title, Type.Heading);
        for (var i = 0; i < grids.Count; i++) Draw(svg, grids[i].Name, grids[i].Percents, Left + i * step, layers, heads, i == 0);
        return svg.Finish();
    }

    private static void Draw(
        SvgDrawing svg, string name, IReadOnlyDictionary<NodeId, double> percents, double left, int layers, int heads, bool named)
    {
        svg.Text(left, 52, name, new Type(12, Bold: true));
        svg.Text(left, Top - 24, "head", Type.Start);
        for (var head = 0; head < heads; head++) svg.Text(left + (head + 0.5) * Cell, Top - 8, $"{head}", Type.Middle);
        if (named) svg.Text(14, Top + layers * Cell / 2, "layer", Type.Middle with { Turn = -90 });
        for (var layer = 0; layer < layers; layer++)
        {
            var y = Top + layer * Cell;
            if (named) svg.Text(left - 10, y + Cell / 2 + 4, $"{layer}", Type.End);
            for (var head = 0; head < heads; head++)
            {
                var node = new NodeId(layer, head);
                if (!percents.TryGetValue(node, out var percent)) continue;
                var (x, share) = (left + head * Cell, Scale.Share(percent, 100));
                svg.Rect(x, y, Cell, Cell, new Look(Tone.Accent, share, Tone.Hair), 0,
                    new Mark(Invariant($"{node} {name}: {percent:0.00} %"), layer, head));
                // A number is written where there is something to say.
                if (percent >= 0.5)
                    svg.Text(x + Cell / 2, y + Cell / 2 + 4, Markup.Number(percent, "0"), Type.Middle with { Tone = Palette.On(share) });
            }
        }
    }
}
