using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>One cell of a heatmap of nodes.</summary>
/// <param name="Node">A head or an MLP.</param>
/// <param name="Value">What colours it; not a number where it is unknown.</param>
/// <param name="Tip">What it says when pointed at.</param>
internal readonly record struct NodeCell(NodeId Node, double Value, string Tip);

/// <summary>Values of nodes as a heatmap: a row a layer, a column a head, MLPs apart.</summary>
/// <param name="Title">What it shows, for people who do not see it.</param>
/// <param name="Nodes">The model's nodes.</param>
/// <param name="Cells">The cells; nodes without one stay blank.</param>
/// <param name="Unit">What the scale's numbers are.</param>
/// <param name="Heading">What stands over it; empty for nothing.</param>
/// <param name="NegativeUnit">What negative values are; null where there are none.</param>
/// <param name="Most">The value of the strongest colour; null for the largest there is.</param>
/// <param name="Digits">Digits after the point.</param>
/// <param name="IsRoot">Whether the colour follows the root of the value, so that weak cells are seen beside strong ones.</param>
internal sealed record HeadHeatmap(
    string Title, NodeSpace Nodes, IReadOnlyList<NodeCell> Cells, string Unit, string Heading = "", string? NegativeUnit = null,
    double? Most = null, int Digits = 1, bool IsRoot = false)
{
    private const double Left = 66, Cell = 26;

    private bool HasMlps => Cells.Any(cell => cell.Node.IsMlp);

    private double Top => Heading.Length > 0 ? 66 : 40;

    // Two heatmaps without MLPs stand side by side.
    private double CellWidth => Math.Clamp((HasMlps ? 1000.0 : 520) / (Nodes.NHeads + 1.4), HasMlps ? 40 : 36, 64);

    /// <summary>Draws the heatmap.</summary>
    public string Draw(bool inPage)
    {
        var width = Math.Max(Left + (Nodes.NHeads + (HasMlps ? 1 : 0)) * CellWidth + 12, Left + 360) + 8;
        var svg = new SvgDrawing(width, Top + Nodes.NLayers * Cell + 62, Title, inPage, "steps");
        if (Heading.Length > 0) svg.Text(Left, 16, Heading, Type.Heading);
        for (var head = 0; head < Nodes.NHeads; head++)
            svg.Text(X(head) + CellWidth / 2, Top - 8, $"{head}", Type.Middle);
        svg.Text(Left - 10, Top - 8, "head", Type.End);
        if (HasMlps) svg.Text(X(Nodes.NHeads) + CellWidth / 2, Top - 8, "MLP", Type.Middle);
        for (var layer = 0; layer < Nodes.NLayers; layer++)
            svg.Text(Left - 10, Top + layer * Cell + Cell / 2 + 4, $"layer {layer}", Type.End);
        var most = Most ?? Cells.Select(cell => Math.Abs(cell.Value)).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        foreach (var cell in Cells) DrawCell(svg, cell, most);
        DrawKey(svg, most, Top + Nodes.NLayers * Cell + 22);
        return svg.Finish();
    }

    private double X(int place) => Left + (place == Nodes.NHeads ? place * CellWidth + 12 : place * CellWidth);

    private double Strength(double value, double most)
    {
        var share = Scale.Share(value, most);
        return IsRoot ? Math.Sqrt(share) : share;
    }

    private void DrawCell(SvgDrawing svg, NodeCell cell, double most)
    {
        var strength = Strength(cell.Value, most);
        var place = cell.Node.IsMlp ? Nodes.NHeads : cell.Node.Index;
        var (x, y) = (X(place), Top + cell.Node.Layer * Cell);
        svg.Cell(x, y, CellWidth, Cell, Palette.Shade(cell.Value, strength), new Mark(cell.Tip, cell.Node.Layer, place));
        if (double.IsFinite(cell.Value))
            svg.Text(x + CellWidth / 2, y + Cell / 2 + 4, Short(cell.Value),
                Type.Middle with { Tone = Palette.On(strength, strength < 0.12 ? Tone.Muted : Tone.Ink) });
    }

    private string Short(double value)
    {
        var rounded = Math.Round(value, Math.Abs(value) < 99.95 ? Digits : 0) + 0.0;
        return Markup.Signed(rounded == 0 ? 0 : rounded, Math.Abs(value) < 99.95 ? $"F{Digits}" : "0");
    }

    private void DrawKey(SvgDrawing svg, double most, double y)
    {
        const int steps = 24;
        const double stepWidth = 6;
        var scale = new Scale(0, most > 0 ? most : 1, Left, Left + steps * stepWidth);
        for (var i = 0; i < steps; i++)
            svg.Rect(Left + i * stepWidth, y, stepWidth + 0.3, 8, Palette.Shade(i, Strength(i + 0.5, steps)));
        foreach (var tick in scale.Ticks(4))
            svg.Text(scale.At(tick), y + 21, Markup.Number(tick, "0.###"), Type.Middle with { Size = 10.5 });
        svg.Text(scale.End + 16, y + 8, Unit, Type.Start);
        if (NegativeUnit is null) return;
        var after = scale.End + 32 + SvgDrawing.TextWidth(Unit, 11);
        svg.Rect(after, y, 14, 8, new Look(Tone.Contra, 0.7));
        svg.Text(after + 20, y + 8, NegativeUnit, Type.Start);
    }
}
