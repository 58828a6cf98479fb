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
    Tone Fill, double Opacity = 1, Tone Stroke = Tone.None, double Width = 1, string? Dash = null, double StrokeOpacity = 1);

/// <summary>How a text looks.</summary>
/// <param name="Size">In pixels.</param>
/// <param name="Tone">Its colour.</param>
/// <param name="Anchor">start, middle or end.</param>
/// <param name="Bold">Whether it stands out.</param>
/// <param name="Mono">Whether all its letters are as wide.</param>
/// <param name="Turn">Degrees clockwise about its point.</param>
internal readonly record struct Type(
    double Size, Tone Tone = Tone.Ink, string Anchor = "start", bool Bold = false, bool Mono = false, double Turn = 0);

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
        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {N(width)} {N(height)}\" width=\"{N(width)}\" height=\""
                + $"{N(height)}\"");
        if (inPage)
            _svg.Append(
                CultureInfo.InvariantCulture,
                $" class=\"picture {cls}{(width > WideFrom ? " wide" : "")}\" role=\"group\" aria-label=\"{Markup.Escape(title)}\">");
        else _svg.Append(CultureInfo.InvariantCulture, $" font-family=\"{Fonts}\"><title>{Markup.Escape(title)}</title>");
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
        _svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\"");
        if (radius > 0) _svg.Append(CultureInfo.InvariantCulture, $" rx=\"{N(radius)}\"");
        Finish("rect", look, mark);
    }

    /// <summary>A disc.</summary>
    public void Circle(double x, double y, double radius, Look look, Mark? mark = null)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\"");
        Finish("circle", look, mark);
    }

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, Tone tone, double width = 1, string? dash = null)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\"");
        Finish("line", new Look(Tone.None, 1, tone, width, dash), null);
    }

    /// <summary>A path.</summary>
    /// <param name="path">SVG path data.</param>
    /// <param name="look">How it looks.</param>
    /// <param name="mark">What a reader can point at.</param>
    public void Path(string path, Look look, Mark? mark = null)
    {
        _svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{path}\"");
        Finish("path", look, mark);
    }

    /// <summary>A line through points.</summary>
    public void Polyline(IEnumerable<(double X, double Y)> points, Tone tone, double width, string? dash = null) =>
        Path("M" + string.Join("L", points.Select(point => $"{N(point.X)} {N(point.Y)}")), new Look(Tone.None, 1, tone, width, dash));

    /// <summary>A text on its baseline.</summary>
    public void Text(double x, double y, string text, Type type)
    {
        _svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(type.Size)}\" fill=\"{Palette.Of(type.Tone, _inPage)}\"");
        if (type.Anchor != "start") _svg.Append(CultureInfo.InvariantCulture, $" text-anchor=\"{type.Anchor}\"");
        if (type.Bold) _svg.Append(" font-weight=\"600\"");
        if (type.Mono) _svg.Append(_inPage ? " class=\"mono\"" : $" font-family=\"{MonoFonts}\"");
        if (type.Turn != 0) _svg.Append(CultureInfo.InvariantCulture, $" transform=\"rotate({N(type.Turn)} {N(x)} {N(y)})\"");
        _svg.Append(CultureInfo.InvariantCulture, $">{Markup.Escape(text)}</text>");
    }

    /// <summary>Opens a group; <see cref="Close"/> ends it.</summary>
    /// <param name="attributes">Names and values; values are escaped.</param>
    public void Open(params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _svg.Append("<g");
        foreach (var (name, value) in attributes) _svg.Append(CultureInfo.InvariantCulture, $" {name}=\"{Markup.Escape(value)}\"");
        _svg.Append('>');
    }

    /// <summary>Ends a group.</summary>
    public void Close() => _svg.Append("</g>");

    /// <summary>The picture.</summary>
    public string Finish() => _svg + "</svg>";

    /// <summary>A number in at most two decimals.</summary>
    public static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private void Finish(string element, Look look, Mark? mark)
    {
        _svg.Append(CultureInfo.InvariantCulture, $" fill=\"{Palette.Of(look.Fill, _inPage)}\"");
        if (look.Opacity < 1) _svg.Append(CultureInfo.InvariantCulture, $" fill-opacity=\"{N(look.Opacity)}\"");
        if (look.Stroke != Tone.None)
        {
            _svg.Append(CultureInfo.InvariantCulture, $" stroke=\"{Palette.Of(look.Stroke, _inPage)}\" stroke-width=\"{N(look.Width)}\"");
            if (look.Dash is not null) _svg.Append(CultureInfo.InvariantCulture, $" stroke-dasharray=\"{look.Dash}\"");
            if (look.StrokeOpacity < 1) _svg.Append(CultureInfo.InvariantCulture, $" stroke-opacity=\"{N(look.StrokeOpacity)}\"");
        }

        if (mark is not { } tip) _svg.Append("/>");
        else if (_inPage)
            _svg.Append(
                CultureInfo.InvariantCulture,
                $" class=\"mark\" data-row=\"{tip.Row}\" data-column=\"{tip.Column}\" data-tip=\"{Markup.Escape(tip.Text)}\"/>");
        else _svg.Append(CultureInfo.InvariantCulture, $"><title>{Markup.Escape(tip.Text)}</title></{element}>");
    }
}

/// <summary>A shape that a reader can point at or step to.</summary>
/// <param name="Text">What is told; lines end with a line feed.</param>
/// <param name="Row">Its row, for stepping up and down; larger is lower.</param>
/// <param name="Column">Its column, for stepping left and right.</param>
internal readonly record struct Mark(string Text, int Row, int Column);
