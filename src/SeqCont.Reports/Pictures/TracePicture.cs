using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// A node search as a chart: every candidate's score in the order in which they were tried, the threshold, and the
/// score of the circuit as it shrinks.
/// </summary>
/// <param name="trace">The search's decisions; at least one.</param>
/// <param name="threshold">Percent that might be lost; null where it is not known.</param>
/// <param name="label">Names the run.</param>
/// <param name="inPage">Whether it becomes part of a page.</param>
internal sealed class TracePicture(IReadOnlyList<NodeDecision> trace, double? threshold, string label, bool inPage)
{
    private const double Width = 1160, Height = 330, Left = 60, Right = 116, Top = 40, Bottom = 40;

    private readonly SvgDrawing _svg = new(Width, Height, $"Node search of {label}: score of each candidate", inPage, "steps");
    private readonly NodeDecision[] _scored = [.. trace.Where(decision => double.IsFinite(decision.Score))];
    private readonly Scale _x = new(0.5, trace.Count + 0.5, Left, Width - Right);
    private Scale _y;

    /// <summary>Draws the chart.</summary>
    public string Draw()
    {
        var scores = _scored.Select(decision => decision.Score).Append(100).ToArray();
        _y = Scale.Round(Math.Min(0, scores.Min()), Math.Max(100, scores.Max() - 1), Height - Bottom, Top);
        DrawPasses();
        _svg.Rows(_x, _y, "0");
        _svg.Text(Left - 8, Top - 18, "score %", Type.End);
        foreach (var tick in _x.Ticks(8).Where(tick => tick >= 1 && tick <= trace.Count && tick == Math.Floor(tick)))
            _svg.Text(_x.At(tick), Height - Bottom + 18, Markup.Number(tick, "0"), Type.Middle);
        _svg.Text((Left + Width - Right) / 2, Height - 6, "candidate", Type.Middle);
        DrawThreshold();
        DrawCircuit();
        DrawPoints();
        DrawLegend();
        return _svg.Finish();
    }

    private void DrawPasses()
    {
        for (var first = 0; first < trace.Count;)
        {
            var last = first;
            while (last + 1 < trace.Count && Pass(trace[last + 1]) == Pass(trace[first])) last++;
            var (left, right) = (_x.At(first + 0.5), _x.At(last + 1.5));
            if (first > 0) _svg.Line(left, Top - 10, left, Height - Bottom, Tone.Faint, 1, "2 3");
            var name = Pass(trace[first]);
            if (SvgDrawing.TextWidth(name, 11) < right - left - 6) _svg.Text(left + 6, Top - 18, name, Type.Heading with { Size = 11 });
            first = last + 1;
        }
    }

    private static string Pass(NodeDecision decision) => $"{decision.Direction.NameInFiles()} {decision.Iteration}";

    private void DrawThreshold()
    {
        if (threshold is not { } lost) return;
        var at = _y.At(100 - lost);
        _svg.Line(Left, at, Width - Right, at, Tone.Ink, 1.2, "6 4");
        _svg.Text(Width - Right + 8, at + 4, Markup.Number(100 - lost, "0.##") + " % must stay", new Type(11));
    }

    private void DrawCircuit()
    {
        var points = new List<(double, double)> { (_x.At(0.5), _y.At(100)) };
        foreach (var decision in _scored.Where(decision => decision.Removed))
        {
            points.Add((_x.At(decision.Index), points[^1].Item2));
            points.Add((_x.At(decision.Index), _y.At(decision.Score)));
        }

        points.Add((_x.At(trace.Count + 0.5), points[^1].Item2));
        _svg.Polyline(points, Tone.Accent, 1.4);
    }

    private void DrawPoints()
    {
        var taken = _scored.Select(decision => (X: _x.At(decision.Index), Y: _y.At(decision.Score), Half: 4.0)).ToList();
        foreach (var decision in _scored)
        {
            var (cx, cy) = (_x.At(decision.Index), _y.At(decision.Score));
            var tip = Markup.Lines(
                $"{decision.Node} {(decision.Removed ? "removed" : "kept")}", $"score without it {decision.Score:0.00} %",
                $"logit difference {decision.Metric.Mean:0.000} ± {decision.Metric.StandardError:0.000}",
                $"candidate {decision.Index}, {Pass(decision)}, {decision.Prompts} prompts");
            var mark = new Mark(tip, 0, decision.Index);
            if (decision.Removed) _svg.Circle(cx, cy, 2.6, new Look(Tone.Accent), mark);
            else
            {
                _svg.Diamond(cx, cy, 5, new Look(Tone.Contra, 1, Tone.Paper, 0.8), mark);
                LabelPoint(decision.Node, cx, cy, taken);
            }
        }
    }

    // Below the point or above it, where no other point or label is in the way; else not at all.
    private void LabelPoint(NodeId node, double x, double y, List<(double X, double Y, double Half)> taken)
    {
        var name = node.Label;
        var half = SvgDrawing.TextWidth(name, 10) / 2 + 1;
        foreach (var middle in new[] { y + 13, y - 13 })
        {
            if (middle > Height - Bottom - 6 || x + half > Width - Right
                || taken.Exists(other => Math.Abs(other.X - x) < half + other.Half && Math.Abs(other.Y - middle) < 11)) continue;
            _svg.Text(x, middle + 4, name, Type.Middle with { Size = 10 });
            taken.Add((x, middle, half));
            return;
        }
    }

    private void DrawLegend()
    {
        var x = Width - Right + 8;
        _svg.Circle(x + 5, Top + 4, 2.6, new Look(Tone.Accent));
        _svg.Text(x + 16, Top + 8, "removed", Type.Start);
        _svg.Diamond(x + 5, Top + 22, 5, new Look(Tone.Contra));
        _svg.Text(x + 16, Top + 26, "kept", Type.Start);
    }
}
