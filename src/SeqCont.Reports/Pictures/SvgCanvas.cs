using System.Globalization;
using System.Text;

namespace SeqCont.Reports;

/// <summary>
/// Writes one SVG picture, element by element: plain attributes, no script, no style sheet, nothing from the
/// network, so that a picture may stand alone or inside a page. Texts are escaped. Lengths are pixels.
/// </summary>
internal sealed class SvgCanvas
{
    private const string Font = "font-family=\"system-ui, 'DejaVu Sans', sans-serif\"";
    private readonly StringBuilder _elements = new();
    private readonly double _width;
    private readonly double _height;
    private readonly string _title;

    /// <summary>An empty picture on white.</summary>
    /// <param name="width">Width.</param>
    /// <param name="height">Height.</param>
    /// <param name="title">What it shows, for those who do not see it.</param>
    public SvgCanvas(double width, double height, string title)
    {
        (_width, _height, _title) = (width, height, title);
        Rectangle(0, 0, width, height, "#ffffff");
    }

    public void Line(double x1, double y1, double x2, double y2, string colour, double thickness = 1) =>
        Add($"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" stroke=\"{colour}\" stroke-width=\"{N(thickness)}\"/>");

    public void Path(IEnumerable<(double X, double Y)> points, string colour, double thickness, bool dashed) =>
        Add($"<polyline points=\"{string.Join(' ', points.Select(point => $"{N(point.X)},{N(point.Y)}"))}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{N(thickness)}\" stroke-linejoin=\"round\"{(dashed ? " stroke-dasharray=\"6 4\"" : "")}/>");

    /// <summary>A dot with a hint that shows under the pointer.</summary>
    public void Dot(double x, double y, double radius, string colour, string hint) =>
        Add($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" fill=\"{colour}\"><title>{Markup.Escape(hint)}</title></circle>");

    public void Rectangle(double x, double y, double width, double height, string colour, string? hint = null, string? edge = null) =>
        Add($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" fill=\"{colour}\"{(edge is null ? "" : $" stroke=\"{edge}\"")}{(hint is null ? "/>" : $"><title>{Markup.Escape(hint)}</title></rect>")}");

    /// <summary>A line of text.</summary>
    /// <param name="x">Where the anchor is.</param>
    /// <param name="y">The base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="size">Height of the font.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="colour">Colour.</param>
    /// <param name="turned">Whether it runs upwards.</param>
    /// <param name="bold">Whether it is bold.</param>
    public void Text(double x, double y, string text, double size = 12, string anchor = "start", string colour = "#333333", bool turned = false, bool bold = false) =>
        Add($"<text x=\"{N(x)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" text-anchor=\"{anchor}\" fill=\"{colour}\" {Font}{(bold ? " font-weight=\"600\"" : "")}{(turned ? $" transform=\"rotate(-90 {N(x)} {N(y)})\"" : "")}>{Markup.Escape(text)}</text>");

    /// <summary>The whole picture.</summary>
    public override string ToString() =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{N(_width)}\" height=\"{N(_height)}\" viewBox=\"0 0 {N(_width)} {N(_height)}\" role=\"img\" aria-label=\"{Markup.Escape(_title)}\">\n{_elements}</svg>\n";

    private static string N(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    private void Add(string element) => _elements.Append(element).Append('\n');
}
