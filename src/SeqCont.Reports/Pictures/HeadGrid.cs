using System.Globalization;
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
        var heads = grids.SelectMany(grid => grid.Percents.Keys).Max(head => head.Head) + 1;
        var step = (heads * Cell) + Gap;
        var canvas = new SvgCanvas(Math.Max(420, Left + grids.Count * step), Top + layers * Cell + Bottom, title);
        canvas.Text(Left, 26, title, 15, bold: true);
        for (var i = 0; i < grids.Count; i++) Draw(canvas, grids[i].Name, grids[i].Percents, Left + i * step, layers, heads, i == 0);
        return canvas.ToString();
    }

    private static void Draw(SvgCanvas canvas, string name, IReadOnlyDictionary<NodeId, double> percents, double left, int layers, int heads, bool named)
    {
        canvas.Text(left, 52, name, 13, bold: true);
        for (var head = 0; head < heads; head++)
            canvas.Text(left + (head + 0.5) * Cell, Top - 8, head.ToString(CultureInfo.InvariantCulture), 11, "middle", "#666666");
        canvas.Text(left, Top - 24, "head", 11, colour: "#666666");
        if (named) canvas.Text(14, Top + layers * Cell / 2, "layer", 11, "middle", "#666666", turned: true);
        for (var layer = 0; layer < layers; layer++)
        {
            if (named) canvas.Text(left - 10, Top + (layer + 0.5) * Cell + 4, layer.ToString(CultureInfo.InvariantCulture), 11, "end", "#666666");
            for (var head = 0; head < heads; head++)
                if (percents.TryGetValue(new NodeId(layer, head), out var percent)) Square(canvas, left + head * Cell, Top + layer * Cell, percent, $"{new NodeId(layer, head)} {name}");
        }
    }

    private static void Square(SvgCanvas canvas, double x, double y, double percent, string name)
    {
        canvas.Rectangle(x, y, Cell, Cell, Shade(percent), string.Create(CultureInfo.InvariantCulture, $"{name}: {percent:0.00} %"), "#d8d8d8");
        // A number is written where there is something to say.
        if (percent >= 0.5) canvas.Text(x + Cell / 2, y + Cell / 2 + 4, percent.ToString("0", CultureInfo.InvariantCulture), 11, "middle", percent > 55 ? "#ffffff" : "#222222");
    }

    /// <summary>From white at 0 to a dark blue at 100, evenly in each channel.</summary>
    private static string Shade(double percent)
    {
        var share = Math.Clamp(percent / 100, 0, 1);
        int Channel(int dark) => (int)Math.Round(255 + share * (dark - 255));
        return $"#{Channel(8):x2}{Channel(64):x2}{Channel(129):x2}";
    }
}
