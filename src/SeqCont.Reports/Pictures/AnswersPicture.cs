
namespace SeqCont.Reports;

/// <summary>Every prompt's logit difference in the circuit against the full model's.</summary>
internal static class AnswersPicture
{
    /// <summary>The most prompts in one picture; more are thinned out evenly.</summary>
    public const int MostPoints = 2000;

    private const double Width = 384, Height = 340, Left = 46, Right = 12, Top = 26, Bottom = 44;

    /// <summary>Draws the picture.</summary>
    public static string Draw(PromptAnswers answers, string label, bool inPage)
    {
        var svg = new SvgDrawing(Width, Height, $"Prompts of {label}: logit difference of circuit and full model", inPage, "steps");
        var every = Math.Max(1, (answers.Full.Length + MostPoints - 1) / MostPoints);
        var prompts = Enumerable.Range(0, answers.Full.Length)
            .Where(i => i % every == 0 && double.IsFinite(answers.Full[i]) && double.IsFinite(answers.Circuit[i])).ToArray();
        var values = prompts.SelectMany(i => new[] { answers.Full[i], answers.Circuit[i] }).Append(0).ToArray();
        var x = Scale.Round(values.Min(), values.Max(), Left, Width - Right);
        var y = x with { Start = Height - Bottom, End = Top };
        foreach (var tick in x.Ticks())
        {
            svg.Line(x.At(tick), Top, x.At(tick), Height - Bottom, Tone.Hair);
            svg.Line(Left, y.At(tick), Width - Right, y.At(tick), Tone.Hair);
            svg.Text(x.At(tick), Height - Bottom + 17, Markup.Signed(tick, "0.##"), Type.Middle);
            svg.Text(Left - 8, y.At(tick) + 4, Markup.Signed(tick, "0.##"), Type.End);
        }

        svg.Line(x.At(x.From), y.At(y.From), x.At(x.To), y.At(y.To), Tone.Faint, 1, "3 3");
        svg.Text((Left + Width - Right) / 2, Height - 8, "full model", Type.Middle);
        svg.Text(Left, 14, "circuit", Type.End);
        foreach (var (column, i) in prompts.OrderBy(i => answers.Full[i]).Index()) DrawPrompt(svg, answers, i, column, x, y);
        return svg.Finish();
    }

    private static void DrawPrompt(SvgDrawing svg, PromptAnswers answers, int i, int column, Scale x, Scale y)
    {
        var isSame = answers.FullTop[i] == answers.CircuitTop[i];
        var tip = Markup.Lines($"prompt {i + 1}", $"full model {answers.Full[i]:0.00}, says {Markup.Token(answers.FullTop[i])}",
            $"circuit {answers.Circuit[i]:0.00}, says {Markup.Token(answers.CircuitTop[i])}");
        var (cx, cy, mark) = (x.At(answers.Full[i]), y.At(answers.Circuit[i]), new Mark(tip, 0, column));
        if (isSame) svg.Circle(cx, cy, 2.8, new Look(Tone.Accent, 0.5), mark);
        else svg.Diamond(cx, cy, 4.5, new Look(Tone.Contra, 0.85), mark);
    }
}
