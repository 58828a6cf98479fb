using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// A node search as a chart: every candidate's score in the order in which they were tried, the threshold, and the
/// score of the circuit as it shrinks.
/// </summary>
internal static class TracePicture
{
    private const double Width = 1160, Height = 330, Left = 60, Right = 116, Top = 40, Bottom = 40;

    /// <summary>Draws the chart.</summary>
    /// <param name="trace">The search's decisions; at least one.</param>
    /// <param name="threshold">Percent that might be lost; null where it is not known.</param>
    /// <param name="label">Names the run.</param>
    /// <param name="inPage">Whether it becomes part of a page.</param>
    public static string Draw(IReadOnlyList<NodeDecision> trace, double? threshold, string label, bool inPage)
    {
        var svg = new SvgDrawing(Width, Height, $"Node search of {label}: score of each candidate", inPage, "steps");
        var x = new Scale(0.5, trace.Count + 0.5, Left, Width - Right);
        var scores = trace.Select(decision => decision.Score).Where(double.IsFinite).Append(100).ToArray();
        var y = Scale.Round(Math.Min(0, scores.Min()), Math.Max(100, scores.Max() - 1), Height - Bottom, Top);
        DrawPasses(svg, trace, x);
        svg.Grid(y, Left, Width - Right, "0");
        svg.Text(Left - 8, Top - 18, "score %", Type.End);
        foreach (var tick in x.Ticks(8).Where(tick => tick >= 1 && tick <= trace.Count && tick == Math.Floor(tick)))
            svg.Text(x.At(tick), Height - Bottom + 18, Invariant($"{tick:0}"), Type.Middle);
        svg.Text((Left + Width - Right) / 2, Height - 6, "candidate", Type.Middle);
        DrawThreshold(svg, threshold, y);
        DrawCircuit(svg, trace, x, y);
        DrawPoints(svg, trace, x, y);
        DrawLegend(svg);
        return svg.Finish();
    }

    private static void DrawPasses(SvgDrawing svg, IReadOnlyList<NodeDecision> trace, Scale x)
    {
        for (var first = 0; first < trace.Count;)
        {
            var last = first;
            while (last + 1 < trace.Count && Pass(trace[last + 1]) == Pass(trace[first])) last++;
            var (left, right) = (x.At(first + 0.5), x.At(last + 1.5));
            if (first > 0) svg.Line(left, Top - 10, left, Height - Bottom, Tone.Faint, 1, "2 3");
            var name = $"{Pass(trace[first])}";
            if (SvgDrawing.TextWidth(name, 11) < right - left - 6) svg.Text(left + 6, Top - 18, name, new Type(11, Tone.Ink, Bold: true));
            first = last + 1;
        }
    }

    private static string Pass(NodeDecision decision) =>
        Invariant($"{(decision.Direction == SweepDirection.Backward ? "backward" : "forward")} {decision.Iteration}");

    private static void DrawThreshold(SvgDrawing svg, double? threshold, Scale y)
    {
        if (threshold is not { } lost) return;
        var at = y.At(100 - lost);
        svg.Line(Left, at, Width - Right, at, Tone.Ink, 1.2, "6 4");
        svg.Text(Width - Right + 8, at + 4, Invariant($"{100 - lost:0.##} % must stay"), new Type(11));
    }

    private static void DrawCircuit(SvgDrawing svg, IReadOnlyList<NodeDecision> trace, Scale x, Scale y)
    {
        var points = new List<(double, double)> { (x.At(0.5), y.At(100)) };
        foreach (var decision in trace.Where(decision => decision.Removed && double.IsFinite(decision.Score)))
        {
            points.Add((x.At(decision.Index), points[^1].Item2));
            points.Add((x.At(decision.Index), y.At(decision.Score)));
        }

        points.Add((x.At(trace.Count + 0.5), points[^1].Item2));
        svg.Polyline(points, Tone.Accent, 1.4);
    }

    private static void DrawPoints(SvgDrawing svg, IReadOnlyList<NodeDecision> trace, Scale x, Scale y)
    {
        var drawn = trace.Where(decision => double.IsFinite(decision.Score)).ToArray();
        var taken = drawn.Select(decision => (X: x.At(decision.Index), Y: y.At(decision.Score), Half: 4.0)).ToList();
        foreach (var decision in drawn)
        {
            var (cx, cy) = (x.At(decision.Index), y.At(decision.Score));
            var tip = Invariant(
                $"{decision.Node} {(decision.Removed ? "removed" : "kept")}\nscore without it {decision.Score:0.00} %\nlogit difference "
                    + $"{decision.LogitDiff.Mean:0.000} ± {decision.LogitDiff.StandardError:0.000}\ncandidate {decision.Index}, "
                    + $"{Pass(decision)}, {decision.Prompts} prompts");
            var mark = new Mark(tip, 0, decision.Index);
            if (decision.Removed) svg.Circle(cx, cy, 2.6, new Look(Tone.Accent), mark);
            else
            {
                svg.Diamond(cx, cy, 5, new Look(Tone.Contra, 1, Tone.Paper, 0.8), mark);
                LabelPoint(svg, decision.Node, cx, cy, taken);
            }
        }
    }

    // Below the point or above it, where no other point or label is in the way; else not at all.
    private static void LabelPoint(SvgDrawing svg, NodeId node, double x, double y, List<(double X, double Y, double Half)> taken)
    {
        var name = node.Label;
        var half = SvgDrawing.TextWidth(name, 10) / 2 + 1;
        foreach (var middle in new[] { y + 13, y - 13 })
        {
            if (middle > Height - Bottom - 6 || x + half > Width - Right
                || taken.Exists(other => Math.Abs(other.X - x) < half + other.Half && Math.Abs(other.Y - middle) < 11)) continue;
            svg.Text(x, middle + 4, name, new Type(10, Tone.Muted, "middle"));
            taken.Add((x, middle, half));
            return;
        }
    }

    private static void DrawLegend(SvgDrawing svg)
    {
        var x = Width - Right + 8;
        svg.Circle(x + 5, Top + 4, 2.6, new Look(Tone.Accent));
        svg.Text(x + 16, Top + 8, "removed", Type.Small);
        svg.Diamond(x + 5, Top + 22, 5, new Look(Tone.Contra));
        svg.Text(x + 16, Top + 26, "kept", Type.Small);
    }
}
