using System.Globalization;

namespace SeqCont.Reports;

/// <summary>One line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Colour">Such as #0072b2.</param>
/// <param name="Dashed">Whether the line is dashed, so that lines differ without colour.</param>
/// <param name="Points">Whole numbers to shares from 0 to 1 with their standard errors, x ascending.</param>
internal sealed record ChartLine(string Name, string Colour, bool Dashed, IReadOnlyList<(int X, double Share, double StandardError)> Points);

/// <summary>Shares in percent against whole numbers, with standard errors.</summary>
internal static class LineChart
{
    private const double Width = 640, Height = 400, Left = 64, Right = 24, Top = 72, Bottom = 56;
    private const string Grid = "#e4e4e4", Axis = "#777777";

    /// <summary>Draws a chart as SVG.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="xTitle">What x is.</param>
    /// <param name="yTitle">What y is.</param>
    /// <param name="lines">At least one line with at least one point.</param>
    /// <param name="xName">What a value of x is called; null: the number.</param>
    public static string Draw(string title, string xTitle, string yTitle, IReadOnlyList<ChartLine> lines, Func<int, string>? xName = null)
    {
        var xs = lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order().ToList();
        var (first, last) = (xs[0], Math.Max(xs[^1], xs[0] + 1));
        double X(double x) => Left + (x - first) / (last - first) * (Width - Left - Right);
        static double Y(double share) => Top + (1 - Math.Clamp(share, 0, 1)) * (Height - Top - Bottom);
        var canvas = new SvgCanvas(Width, Height, title);
        canvas.Text(Left, 26, title, 15, bold: true);
        for (var percent = 0; percent <= 100; percent += 20)
        {
            canvas.Line(Left, Y(percent / 100.0), Width - Right, Y(percent / 100.0), percent == 0 ? Axis : Grid);
            canvas.Text(Left - 8, Y(percent / 100.0) + 4, $"{percent} %", 12, "end");
        }

        foreach (var x in xs) canvas.Text(X(x), Height - Bottom + 20, xName?.Invoke(x) ?? x.ToString(CultureInfo.InvariantCulture), 12, "middle");
        canvas.Text((Left + Width - Right) / 2, Height - 12, xTitle, 12, "middle");
        canvas.Text(16, (Top + Height - Bottom) / 2, yTitle, 12, "middle", turned: true);
        var legend = Left;
        foreach (var line in lines)
        {
            canvas.Path([(legend, 48), (legend + 24, 48)], line.Colour, 2, line.Dashed);
            canvas.Text(legend + 30, 52, line.Name);
            legend += 60 + 7 * line.Name.Length;
            Plot(canvas, line, x => X(x), Y, xTitle);
        }

        return canvas.ToString();
    }

    private static void Plot(SvgCanvas canvas, ChartLine line, Func<double, double> x, Func<double, double> y, string xTitle)
    {
        canvas.Path(line.Points.Select(point => (x(point.X), y(point.Share))), line.Colour, 2, line.Dashed);
        foreach (var (at, share, error) in line.Points)
        {
            canvas.Line(x(at), y(share - error), x(at), y(share + error), line.Colour);
            canvas.Dot(x(at), y(share), 3.5, line.Colour, string.Create(CultureInfo.InvariantCulture, $"{line.Name}, {xTitle} {at}: {100 * share:0.00} ± {100 * error:0.00} %"));
        }
    }
}
