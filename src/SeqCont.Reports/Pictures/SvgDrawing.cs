using System.Globalization;
using System.Text;

namespace SeqCont.Reports;

/// <summary>How a shape looks.</summary>
/// <param name="Fill">Its inside.</param>
/// <param name="Opacity">Of the inside, 0 to 1.</param>
/// <param name="Stroke">Its line.</param>
/// <param name="Width">Of the line, in pixels.</param>
/// <param name="Dash">Of the line: "3 2"; null for a whole one.</param>
/// <param name="StrokeOpacity">Of the line, 0 to 1.</param>
internal readonly record struct Look(
    Tone Fill, double Opacity = 1, Tone Stroke = Tone.None, double Width = 1, string? Dash = null, double StrokeOpacity = 1)
{
    /// <summary>A heatmap's colour: the tone by the value's sign.</summary>
    public static Look Heat(double value, double strength) => new(value < 0 ? Tone.Contra : Tone.Accent, 0.03 + 0.97 * strength);
}

/// <summary>How a text looks.</summary>
/// <param name="Size">In pixels.</param>
/// <param name="Tone">Its colour.</param>
/// <param name="Anchor">start, middle or end.</param>
/// <param name="Bold">Whether it stands out.</param>
/// <param name="Mono">Whether all its letters are as wide.</param>
/// <param name="Turn">Degrees clockwise about its point.</param>
internal readonly record struct Type(
    double Size, Tone Tone = Tone.Ink, string Anchor = "start", bool Bold = false, bool Mono = false, double Turn = 0)
{
    /// <summary>What stands over a picture.</summary>
    public static Type Title => new(13, Bold: true);

    /// <summary>A label.</summary>
    public static Type Small => new(11, Tone.Muted);

    /// <summary>A label with its middle at its place.</summary>
    public static Type Middle => new(11, Tone.Muted, "middle");

    /// <summary>A label with its end at its place.</summary>
    public static Type End => new(11, Tone.Muted, "end");
}

/// <summary>
/// Writes one SVG picture: for a page, whose variables colour it and whose script shows tips, or to stand alone,
/// with plain colours and tips as titles. All text is escaped here and nowhere else.
/// </summary>
internal sealed class SvgDrawing
{
    private const string Fonts = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";

    private const string MonoFonts = "'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

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
        (_inPage, Width, Height) = (inPage, width, height);
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {N(width)} {N(height)}\" width=\"{N(width)}\" height=\""
                + $"{N(height)}\"");
        if (inPage)
            Add($" class=\"picture {cls}{(width > WideFrom ? " wide" : "")}\" role=\"group\" aria-label=\"{Markup.Escape(title)}\">");
        else Add($" font-family=\"{Fonts}\"><title>{Markup.Escape(title)}</title>");
        if (!inPage) Rect(0, 0, width, height, new Look(Tone.Paper));
    }

    /// <summary>Width in pixels.</summary>
    public double Width { get; }

    /// <summary>Height in pixels.</summary>
    public double Height { get; }

    /// <summary>Width of a text, estimated without the font: letters of a sans serif are some 0.58 of its size on average.</summary>
    public static double TextWidth(string text, double size, bool mono = false) => text.Length * size * (mono ? 0.61 : 0.58);

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
        Add($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"");
        if (radius > 0) Add($" rx=\"{N(radius)}\"");
        Finish("rect", look, mark);
    }

    /// <summary>A disc.</summary>
    public void Circle(double x, double y, double radius, Look look, Mark? mark = null)
    {
        Add($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"");
        Finish("circle", look, mark);
    }

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, Tone tone, double width = 1, string? dash = null)
    {
        Add($"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\"");
        Finish("line", new Look(Tone.None, 1, tone, width, dash), null);
    }

    /// <summary>A path.</summary>
    /// <param name="path">SVG path data.</param>
    /// <param name="look">How it looks.</param>
    /// <param name="mark">What a reader can point at.</param>
    public void Path(string path, Look look, Mark? mark = null)
    {
        Add($"<path d=\"{path}\"");
        Finish("path", look, mark);
    }

    /// <summary>A line through points.</summary>
    public void Polyline(IEnumerable<(double X, double Y)> points, Tone tone, double width, string? dash = null) =>
        Path("M" + string.Join("L", points.Select(point => $"{N(point.X)} {N(point.Y)}")), new Look(Tone.None, 1, tone, width, dash));

    /// <summary>A diamond about a point.</summary>
    /// <param name="x">The point.</param>
    /// <param name="y">The point.</param>
    /// <param name="half">From its middle to a corner.</param>
    /// <param name="look">How it looks.</param>
    /// <param name="mark">What a reader can point at.</param>
    /// <param name="format">Of the point's numbers.</param>
    public void Diamond(double x, double y, double half, Look look, Mark? mark = null, string format = "0.#")
    {
        string Number(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        Path(Invariant($"M{Number(x)} {Number(y - half)}l{half} {half}l-{half} {half}l-{half}-{half}z"), look, mark);
    }

    /// <summary>A cell of a heatmap on its ground.</summary>
    /// <param name="x">Left.</param>
    /// <param name="y">Top.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="look">Its colour.</param>
    /// <param name="mark">What a reader can point at.</param>
    /// <param name="radius">Of its corners.</param>
    public void Cell(double x, double y, double width, double height, Look look, Mark mark, double radius = 2)
    {
        Rect(x, y, width, height, new Look(Tone.Panel), radius);
        Rect(x, y, width, height, look, radius, mark);
    }

    /// <summary>Lines across a chart at a scale's ticks, with their values beside them.</summary>
    public void Grid(Scale y, double left, double right, string format)
    {
        foreach (var tick in y.Ticks())
        {
            Line(left, y.At(tick), right, y.At(tick), Tone.Hair);
            Text(left - 8, y.At(tick) + 4, tick.ToString(format, CultureInfo.InvariantCulture), Type.End);
        }
    }

    /// <summary>A text on its baseline.</summary>
    public void Text(double x, double y, string text, Type type)
    {
        Add($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(type.Size)}\" fill=\"{Palette.Of(type.Tone, _inPage)}\"");
        if (type.Anchor != "start") Add($" text-anchor=\"{type.Anchor}\"");
        if (type.Bold) _svg.Append(" font-weight=\"600\"");
        if (type.Mono) _svg.Append(_inPage ? " class=\"mono\"" : $" font-family=\"{MonoFonts}\"");
        if (type.Turn != 0) Add($" transform=\"rotate({N(type.Turn)} {N(x)} {N(y)})\"");
        Add($">{Markup.Escape(text)}</text>");
    }

    /// <summary>Opens a group; <see cref="Close"/> ends it.</summary>
    /// <param name="attributes">Names and values; values are escaped.</param>
    public void Open(params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _svg.Append("<g");
        foreach (var (name, value) in attributes) Add($" {name}=\"{Markup.Escape(value)}\"");
        _svg.Append('>');
    }

    /// <summary>Ends a group.</summary>
    public void Close() => _svg.Append("</g>");

    /// <summary>The picture.</summary>
    public string Finish() => _svg + "</svg>";

    /// <summary>A number in at most two decimals.</summary>
    public static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private void Add(InvariantText text) => _svg.Append(text.ToStringAndClear());

    private void Finish(string element, Look look, Mark? mark)
    {
        Add($" fill=\"{Palette.Of(look.Fill, _inPage)}\"");
        if (look.Opacity < 1) Add($" fill-opacity=\"{N(look.Opacity)}\"");
        if (look.Stroke != Tone.None)
        {
            Add($" stroke=\"{Palette.Of(look.Stroke, _inPage)}\" stroke-width=\"{N(look.Width)}\"");
            if (look.Dash is not null) Add($" stroke-dasharray=\"{look.Dash}\"");
            if (look.StrokeOpacity < 1) Add($" stroke-opacity=\"{N(look.StrokeOpacity)}\"");
        }

        if (mark is not { } tip) _svg.Append("/>");
        else if (_inPage)
            Add($" class=\"mark\" data-row=\"{tip.Row}\" data-column=\"{tip.Column}\" data-tip=\"{Markup.Escape(tip.Text)}\"/>");
        else Add($"><title>{Markup.Escape(tip.Text)}</title></{element}>");
    }
}

/// <summary>A shape that a reader can point at or step to.</summary>
/// <param name="Text">What is told; lines end with a line feed.</param>
/// <param name="Row">Its row, for stepping up and down; larger is lower.</param>
/// <param name="Column">Its column, for stepping left and right.</param>
internal readonly record struct Mark(string Text, int Row, int Column);
