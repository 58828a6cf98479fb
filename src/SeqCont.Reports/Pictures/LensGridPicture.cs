using System.Globalization;

namespace SeqCont.Reports;

/// <summary>What each row of the residual stream would say for the first prompt: its top tokens, coloured by probability.</summary>
internal static class LensGridPicture
{
    private const double Left = 112, Top = 34, Cell = 24, CellWidth = 96;

    /// <summary>The most ranks shown.</summary>
    public const int MostRanks = 10;

    /// <summary>Draws the grid; the last row is on top, as what is computed last.</summary>
    public static string Draw(LensReadings lens, string label, bool inPage)
    {
        var ranks = Math.Min(MostRanks, lens.FirstTop.Max(row => row.Length));
        var svg = new SvgDrawing(Left + ranks * CellWidth + 8, Top + lens.FirstTop.Length * Cell + 12,
            $"Logit lens of {label}: top tokens of the first prompt, row by row", inPage, "steps");
        for (var rank = 0; rank < ranks; rank++)
            svg.Text(Left + (rank + 0.5) * CellWidth, Top - 9, $"{rank + 1}", new Type(11, Tone.Muted, "middle"));
        svg.Text(Left - 10, Top - 9, "rank", new Type(11, Tone.Muted, "end"));
        for (var row = 0; row < lens.FirstTop.Length; row++)
        {
            var y = Top + (lens.FirstTop.Length - 1 - row) * Cell;
            svg.Text(Left - 10, y + Cell / 2 + 4, row < lens.Rows.Length
                ? lens.Rows[row].Name : $"row {row}", new Type(11, Tone.Muted, "end"));
            for (var rank = 0; rank < Math.Min(ranks, lens.FirstTop[row].Length); rank++) DrawCell(svg, lens, row, rank, y);
        }

        return svg.Finish();
    }

    private static void DrawCell(SvgDrawing svg, LensReadings lens, int row, int rank, double y)
    {
        var token = lens.FirstTop[row][rank];
        var isCorrect = token.Text == lens.FirstCorrect;
        var strength = double.IsFinite(token.Probability) ? Math.Clamp(token.Probability, 0, 1) : 0;
        var x = Left + rank * CellWidth;
        var shown = Markup.Token(token.Text.Length > 1 && token.Text[0] == ' ' ? token.Text[1..] : token.Text);
        if (shown.Length > 13) shown = string.Concat(shown.AsSpan(0, 12), "\u2026");
        var tip = string.Create(
            CultureInfo.InvariantCulture,
            $"{Markup.Token(token.Text)}\nprobability {token.Probability:0.0000}, rank {rank + 1}"
                + $"{(isCorrect ? ", the right answer" : "")}");
        svg.Rect(x + 1, y + 1, CellWidth - 2, Cell - 2, new Look(Tone.Panel), 2);
        svg.Rect(x + 1, y + 1, CellWidth - 2, Cell
            - 2, new Look(Tone.Accent, 0.03 + 0.97 * strength, isCorrect ? Tone.Contra : Tone.None, 1.6), 2,
            new Mark(tip, lens.FirstTop.Length - row, rank));
        svg.Text(x + CellWidth / 2, y + Cell / 2 + 4, shown, new Type(11, strength > 0.6 ? Tone.OnAccent : Tone.Ink, "middle", isCorrect));
    }
}
