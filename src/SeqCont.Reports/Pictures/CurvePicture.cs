namespace SeqCont.Reports;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">Place, value and standard error.</param>
internal sealed record Curve(string Name, IReadOnlyList<(int X, MeanProbability Y)> Points);

/// <summary>Probabilities as lines with their standard errors; lines are told apart by colour, mark and dash.</summary>
internal static class CurvePicture
{
    private const double Width = 560, Height = 320, Left = 46, Right = 20, Top = 54, Bottom = 46;

    private static readonly Tone[] Tones = [Tone.Accent, Tone.Contra, Tone.Muted];

    /// <summary>Draws the chart.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="xName">What the places are.</param>
    /// <param name="curves">Up to three.</param>
    /// <param name="inPage">Whether it becomes part of a page.</param>
    public static string Draw(string title, string xName, IReadOnlyList<Curve> curves, bool inPage)
    {
        var svg = new SvgDrawing(Width, Height, title, inPage, "steps");
        svg.Text(Left, 16, title, Type.Title);
        var places = curves.SelectMany(curve => curve.Points).Select(point => point.X).Distinct().Order().ToArray();
        var x = new Scale(places[0] - 0.3, places[^1] + 0.3, Left, Width - Right);
        var y = new Scale(0, 1, Height - Bottom, Top);
        svg.Grid(y, Left, Width - Right, "0.0");
        var every = Math.Max(1, (int)Math.Ceiling(places.Length * 34.0 / (Width - Left - Right)));
        foreach (var place in places.Where((_, i) => i % every == 0))
            svg.Text(x.At(place), Height - Bottom + 18, $"{place}", Type.Middle);
        svg.Text((Left + Width - Right) / 2, Height - 8, xName, Type.Middle);
        for (var i = 0; i < curves.Count; i++) DrawCurve(svg, curves[i], i, x, y, xName);
        return svg.Finish();
    }

    private static void DrawCurve(SvgDrawing svg, Curve curve, int number, Scale x, Scale y, string xName)
    {
        var tone = Tones[number];
        var points = curve.Points.Where(point => double.IsFinite(point.Y.Mean)).ToArray();
        if (points.Length > 0)
            svg.Polyline(points.Select(point => (x.At(point.X), y.At(point.Y.Mean))), tone, 1.8, number == 1 ? "6 4" : null);
        foreach (var (place, value) in points)
        {
            var (cx, cy) = (x.At(place), y.At(value.Mean));
            if (value.StandardError > 0)
                svg.Line(cx, y.At(Math.Max(0, value.Mean - value.StandardError)), cx, y.At(Math.Min(1, value.Mean + value.StandardError)),
                    tone, 1.2);
            var mark = new Mark(
                Invariant($"{curve.Name}\n{value.Mean:0.0000} ± {value.StandardError:0.0000}\n{xName} {place}"), number, place);
            Point(svg, cx, cy, number, tone, mark);
        }

        // The key above the chart, in the order of the lines.
        var at = Left + number * 220;
        svg.Line(at, 34, at + 22, 34, tone, 1.8, number == 1 ? "6 4" : null);
        Point(svg, at + 11, 34, number, tone, null);
        svg.Text(at + 30, 38, curve.Name, Type.Small);
    }

    private static void Point(SvgDrawing svg, double x, double y, int number, Tone tone, Mark? mark)
    {
        if (number == 1)
            svg.Diamond(x, y, 4.6, new Look(tone), mark, "0.##");
        else svg.Circle(x, y, 3.4, new Look(number == 0 ? tone : Tone.Panel, 1, tone, 1.4), mark);
    }
}
