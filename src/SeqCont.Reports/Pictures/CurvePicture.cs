using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">Place, value and standard error.</param>
internal sealed record Curve(string Name, IReadOnlyList<(int X, PromptMean Y)> Points);

/// <summary>Probabilities as lines with their standard errors; lines are told apart by colour, mark and dash.</summary>
/// <param name="title">What it shows.</param>
/// <param name="xName">What the places are.</param>
/// <param name="curves">Up to three.</param>
/// <param name="inPage">Whether it becomes part of a page.</param>
internal sealed class CurvePicture(string title, string xName, IReadOnlyList<Curve> curves, bool inPage)
{
    private const double Width = 560, Height = 320, Left = 46, Right = 20, Top = 54, Bottom = 46;

    private static readonly Tone[] Tones = [Tone.Accent, Tone.Contra, Tone.Muted];

    private readonly SvgDrawing _svg = new(Width, Height, title, inPage, "steps");
    private readonly Scale _y = new(0, 1, Height - Bottom, Top);
    private Scale _x;

    /// <summary>Draws the chart.</summary>
    public string Draw()
    {
        _svg.Text(Left, 16, title, Type.Heading);
        var places = curves.SelectMany(curve => curve.Points).Select(point => point.X).Distinct().Order().ToArray();
        _x = new Scale(places[0] - 0.3, places[^1] + 0.3, Left, Width - Right);
        _svg.Rows(_x, _y, "0.0");
        var every = Math.Max(1, (int)Math.Ceiling(places.Length * 34.0 / (Width - Left - Right)));
        foreach (var place in places.Where((_, i) => i % every == 0))
            _svg.Text(_x.At(place), Height - Bottom + 18, $"{place}", Type.Middle);
        _svg.Text((Left + Width - Right) / 2, Height - 8, xName, Type.Middle);
        foreach (var (number, curve) in curves.Index()) DrawCurve(curve, number);
        return _svg.Finish();
    }

    private void DrawCurve(Curve curve, int number)
    {
        var (tone, dash) = (Tones[number], number == 1 ? "6 4" : null);
        void Point(double x, double y, Mark? mark = null)
        {
            if (number == 1) _svg.Diamond(x, y, 4.6, new Look(tone), mark, "0.##");
            else _svg.Circle(x, y, 3.4, new Look(number == 0 ? tone : Tone.Panel, 1, tone, 1.4), mark);
        }

        var points = curve.Points.Where(point => double.IsFinite(point.Y.Mean)).ToArray();
        if (points.Length > 0) _svg.Polyline(points.Select(point => (_x.At(point.X), _y.At(point.Y.Mean))), tone, 1.8, dash);
        foreach (var (place, (mean, error)) in points)
        {
            var x = _x.At(place);
            if (error > 0) _svg.Line(x, _y.At(Math.Max(0, mean - error)), x, _y.At(Math.Min(1, mean + error)), tone, 1.2);
            Point(x, _y.At(mean), new Mark(
                Markup.Lines($"{curve.Name}", $"{mean:0.0000} ± {error:0.0000}", $"{xName} {place}"), number, place));
        }

        // The key above the chart, in the order of the lines.
        var at = Left + number * 220;
        _svg.Line(at, 34, at + 22, 34, tone, 1.8, dash);
        Point(at + 11, 34);
        _svg.Text(at + 30, 38, curve.Name, Type.Start);
    }
}
