
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
            svg.Text(Left + (rank + 0.5) * CellWidth, Top - 9, $"{rank + 1}", Type.Middle);
        svg.Text(Left - 10, Top - 9, "rank", Type.End);
        for (var row = 0; row < lens.FirstTop.Length; row++)
        {
            var y = Top + (lens.FirstTop.Length - 1 - row) * Cell;
            svg.Text(Left - 10, y + Cell / 2 + 4, row < lens.Rows.Length
                ? lens.Rows[row].Name : $"row {row}", Type.End);
            for (var rank = 0; rank < Math.Min(ranks, lens.FirstTop[row].Length); rank++) DrawCell(svg, lens, row, rank, y);
        }

        return svg.Finish();
    }

    private static void DrawCell(SvgDrawing svg, LensReadings lens, int row, int rank, double y)
    {
        var token = lens.FirstTop[row][rank];
        var isCorrect = token.Text == lens.FirstCorrect;
        var strength = Scale.Share(token.Probability);
        var x = Left + rank * CellWidth;
        var tip = Markup.Lines($"{Markup.Token(token.Text)}",
            $"probability {token.Probability:0.0000}, rank {rank + 1}{(isCorrect ? ", the right answer" : "")}");
        svg.Cell(x, y, CellWidth, Cell, Palette.Shade(1, strength) with { Stroke = isCorrect ? Tone.Contra : Tone.None, Width = 1.6 },
            new Mark(tip, lens.FirstTop.Length - row, rank));
        svg.Text(x + CellWidth / 2, y + Cell / 2 + 4, Markup.Word(token.Text, 13),
            Type.Middle with { Tone = Palette.On(strength), Bold = isCorrect });
    }
}
