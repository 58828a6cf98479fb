namespace SeqCont.Reports;

/// <summary>One cell of a matrix.</summary>
/// <param name="Strength">Of its colour, -1 to 1; not a number for a blank cell.</param>
/// <param name="Text">What stands in it.</param>
/// <param name="Below">What stands below that, smaller; empty for nothing.</param>
/// <param name="Tip">What it says when pointed at.</param>
internal readonly record struct MatrixCell(double Strength, string Text, string Below, string Tip);

/// <summary>A matrix with names for its rows and columns.</summary>
/// <param name="Heading">What stands over it.</param>
/// <param name="Rows">Names.</param>
/// <param name="Columns">Names.</param>
/// <param name="Cells">Cells, [row][column].</param>
internal sealed record Matrix(string Heading, string[] Rows, string[] Columns, MatrixCell[][] Cells);

/// <summary>Matrices of named rows and columns as heatmaps, one below the other.</summary>
internal static class MatrixPicture
{
    /// <summary>The most rows and columns that are drawn; the first ones.</summary>
    public const int Most = 24;

    private const double CellWidth = 112, Cell = 40, Top = 50, Gap = 30;
    private const int LongestName = 26, LongestColumn = 17;

    /// <summary>Draws the matrices.</summary>
    /// <param name="title">What they show, for people who do not see them.</param>
    /// <param name="matrices">One or more.</param>
    /// <param name="inPage">Whether they become part of a page.</param>
    public static string Draw(string title, IReadOnlyList<Matrix> matrices, bool inPage)
    {
        Matrix[] drawn = [.. matrices.Select(First)];
        var left = 24 + drawn.SelectMany(matrix => matrix.Rows).Max(row => SvgDrawing.TextWidth(Markup.Fit(row, LongestName), 12));
        var width = drawn.Max(matrix => Math.Max(left + matrix.Columns.Length * CellWidth, left + SvgDrawing.TextWidth(matrix.Heading, 13)))
            + 12;
        var svg = new SvgDrawing(width, drawn.Sum(matrix => Top + matrix.Rows.Length * Cell) + (drawn.Length - 1) * Gap + 10, title, inPage,
            "steps");
        var (top, firstRow) = (0.0, 0);
        foreach (var matrix in drawn)
        {
            DrawMatrix(svg, matrix, left, top, firstRow);
            top += Top + matrix.Rows.Length * Cell + Gap;
            firstRow += matrix.Rows.Length;
        }

        return svg.Finish();
    }

    private static Matrix First(Matrix matrix)
    {
        var (rows, columns) = (Math.Min(Most, matrix.Rows.Length), Math.Min(Most, matrix.Columns.Length));
        if (rows == matrix.Rows.Length && columns == matrix.Columns.Length) return matrix;
        var heading = $"{matrix.Heading}; the first {rows} of {matrix.Rows.Length} rows, {columns} of {matrix.Columns.Length} columns";
        return new Matrix(heading, matrix.Rows[..rows], matrix.Columns[..columns],
            [.. matrix.Cells.Take(rows).Select(row => row[..columns])]);
    }

    private static void DrawMatrix(SvgDrawing svg, Matrix matrix, double left, double top, int firstRow)
    {
        svg.Text(left, top + 18, matrix.Heading, Type.Heading);
        for (var column = 0; column < matrix.Columns.Length; column++)
            svg.Text(left + (column + 0.5) * CellWidth, top + Top - 9, Markup.Fit(matrix.Columns[column], LongestColumn),
                new Type(12, Tone.Muted, "middle"));
        for (var row = 0; row < matrix.Rows.Length; row++)
        {
            var y = top + Top + row * Cell;
            svg.Text(left - 10, y + Cell / 2 + 4, Markup.Fit(matrix.Rows[row], LongestName), new Type(12, Tone.Ink, "end"));
            for (var column = 0; column < matrix.Columns.Length; column++)
                DrawCell(svg, matrix.Cells[row][column], left + column * CellWidth, y,
                    new(matrix.Cells[row][column].Tip, firstRow + row, column));
        }
    }

    private static void DrawCell(SvgDrawing svg, MatrixCell cell, double x, double y, Mark mark)
    {
        var strength = Scale.Share(cell.Strength);
        svg.Cell(x, y, CellWidth, Cell, Palette.Shade(cell.Strength, strength), mark);
        var middle = y + (cell.Below.Length > 0 ? 18 : Cell / 2 + 4.5);
        svg.Text(x + CellWidth / 2, middle, cell.Text, new Type(13, Palette.On(strength), "middle"));
        if (cell.Below.Length > 0)
            svg.Text(x + CellWidth / 2, y + 32, cell.Below, new Type(10, Palette.On(strength, Tone.Muted), "middle"));
    }
}
