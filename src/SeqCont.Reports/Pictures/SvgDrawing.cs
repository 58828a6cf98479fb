using System.Globalization;
using System.Text;
using static System.FormattableString;

namespace SeqCont.Reports;

/// <summary>How a shape looks.</summary>
/// <param name="Fill">Its inside.</param>
/// <param name="Opacity">Of the inside, 0 to 1.</param>
/// <param name="Stroke">Its line.</param>
/// <param name="Width">Of the line, in pixels.</param>
/// <param name="Dash">Of the line: "3 2"; null for a whole one.</param>
/// <param name="StrokeOpacity">Of the line, 0 to 1.</param>
internal readonly record struct Look(
    Tone Fill, double Opacity = 1, Tone Stroke = Tone.None, double Width = 1, string? Dash = null, double StrokeOpacity = 1);

/// <summary>How a text looks.</summary>
/// <param name="Size">In pixels.</param>
/// <param name="Tone">Its colour.</param>
/// <param name="Anchor">start, middle or end.</param>
/// <param name="Bold">Whether it stands out.</param>
/// <param name="Turn">Degrees clockwise about its point.</param>
internal readonly record struct Type(
    double Size, Tone Tone = Tone.Ink, string Anchor = "start", bool Bold = false, double Turn = 0)
{
    /// <summary>A label from its place on.</summary>
    public static Type Start { get; } = new(11, Tone.Muted);

    /// <summary>A label about its place.</summary>
    public static Type Middle { get; } = Start with { Anchor = "middle" };

    /// <summary>A label up to its place.</summary>
    public static Type End { get; } = Start with { Anchor = "end" };

    /// <summary>What stands over a picture.</summary>
    public static Type Heading { get; } = new(13, Bold: true);
}

/// <summary>
/// Writes one SVG picture: for a page, whose variables colour it and whose script shows tips, or to stand alone,
/// with plain colours and tips as titles. All text is escaped here and nowhere else.
/// </summary>
internal sealed class SvgDrawing
{
    // A wider picture shrinks on a narrow page, but not to less than this: its labels must stay legible.
    private const double WideFrom = 900;

    private readonly StringBuilder _svg = new();
    private readonly bool _inPage;

    /// <summary>Starts a picture.</summary>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="title">What it shows, for people who do not see it.</param>
    /// <param name="inPage">Whether it becomes part of a page.</param>
    /// <param name="cls">The page's class for it.</param>
    public SvgDrawing(double width, double height, string title, bool inPage, string cls = "")
    {
        _inPage = inPage;
        Write($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\"");
        if (inPage)
        {
            Write($" class=\"picture {cls}{(width > WideFrom ? " wide" : "")}\" role=\"group\" aria-label=\"{title}\">");
            return;
        }

        Write($" font-family=\"Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif\"><title>{title}</title>");
        Rect(0, 0, width, height, new Look(Tone.Paper));
    }

    /// <summary>Width of a text, estimated without the font: letters of a sans serif are some 0.58 of its size on average.</summary>
    public static double TextWidth(string text, double size) => text.Length * size * 0.58;

    /// <summary>A rectangle.</summary>
    /// <param name="x">Left.</param>
    /// <param name="y">Top.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="look">How it looks.</param>
    /// <param name="radius">Of its corners.</param>
    /// <param name="mark">What a reader can point at.</param>
    public void Rect(double x, double y, double width, double height, Look look, double radius = 0, Mark? mark = null)
    {
        Write($"<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
        if (radius > 0) Write($" rx=\"{radius}\"");
        Finish("rect", look, mark);
    }

    /// <summary>A cell of a heat map, on a tile.</summary>
    public void Cell(double x, double y, double width, double height, Look look, Mark mark, double side = 1, double radius = 2)
    {
        foreach (var isTile in (bool[])[true, false])
            Rect(x + side, y + 1, width - 2 * side, height - 2, isTile ? new Look(Tone.Panel) : look, radius, isTile ? null : mark);
    }

    /// <summary>A disc.</summary>
    public void Circle(double x, double y, double radius, Look look, Mark? mark = null)
    {
        Write($"<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"");
        Finish("circle", look, mark);
    }

    /// <summary>A square on its tip.</summary>
    public void Diamond(double x, double y, double half, Look look, Mark? mark = null, string format = "0.#")
    {
        string At(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        Path(Invariant($"M{At(x)} {At(y - half)}l{half} {half}l-{half} {half}l-{half}-{half}z"), look, mark);
    }

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, Tone tone, double width = 1, string? dash = null)
    {
        Write($"<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"");
        Finish("line", new Look(Tone.None, 1, tone, width, dash), null);
    }

    /// <summary>Lines across at a scale's ticks, with their numbers on the left.</summary>
    public void Rows(Scale across, Scale up, string format)
    {
        foreach (var tick in up.Ticks())
        {
            Line(across.Start, up.At(tick), across.End, up.At(tick), Tone.Hair);
            Text(across.Start - 8, up.At(tick) + 4, Markup.Number(tick, format), Type.End);
        }
    }

    /// <summary>A path.</summary>
    /// <param name="path">SVG path data.</param>
    /// <param name="look">How it looks.</param>
    /// <param name="mark">What a reader can point at.</param>
    public void Path(string path, Look look, Mark? mark = null)
    {
        Write($"<path d=\"{path}\"");
        Finish("path", look, mark);
    }

    /// <summary>A line through points.</summary>
    public void Polyline(IEnumerable<(double X, double Y)> points, Tone tone, double width, string? dash = null) =>
        Path($"M{string.Join('L', points.Select<(double X, double Y), Html>(point => $"{point.X} {point.Y}"))}",
            new Look(Tone.None, 1, tone, width, dash));

    /// <summary>A text on its baseline.</summary>
    public void Text(double x, double y, string text, Type type)
    {
        Write($"<text x=\"{x}\" y=\"{y}\" font-size=\"{type.Size}\" fill=\"{Palette.Of(type.Tone, _inPage)}\"");
        if (type.Anchor != "start") Write($" text-anchor=\"{type.Anchor}\"");
        if (type.Bold) Write($" font-weight=\"600\"");
        if (type.Turn != 0) Write($" transform=\"rotate({type.Turn} {x} {y})\"");
        Write($">{text}</text>");
    }

    /// <summary>The picture.</summary>
    public string Finish() => _svg + "</svg>";

    private void Finish(string element, Look look, Mark? mark)
    {
        Write($" fill=\"{Palette.Of(look.Fill, _inPage)}\"");
        if (look.Opacity < 1) Write($" fill-opacity=\"{look.Opacity}\"");
        if (look.Stroke != Tone.None)
        {
            Write($" stroke=\"{Palette.Of(look.Stroke, _inPage)}\" stroke-width=\"{look.Width}\"");
            if (look.Dash is not null) Write($" stroke-dasharray=\"{look.Dash}\"");
            if (look.StrokeOpacity < 1) Write($" stroke-opacity=\"{look.StrokeOpacity}\"");
        }

        if (mark is not { } tip) Write($"/>");
        else if (_inPage)
            Write($" class=\"mark\" data-row=\"{tip.Row}\" data-column=\"{tip.Column}\" data-tip=\"{tip.Text}\"/>");
        else Write($"><title>{tip.Text}</title></{element}>");
    }

    /// <summary>Markup of its own, such as a group.</summary>
    public void Write(Html markup) => _svg.Append(markup);
}

/// <summary>A shape that a reader can point at or step to.</summary>
/// <param name="Text">What is told; lines end with a line feed.</param>
/// <param name="Row">Its row, for stepping up and down; larger is lower.</param>
/// <param name="Column">Its column, for stepping left and right.</param>
internal readonly record struct Mark(string Text, int Row, int Column);
