using System.Globalization;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>A comparison of circuits as pictures, SVG.</summary>
public static class ComparePictures
{
    /// <summary>compare-scores.svg: every circuit on every task, with random circuits of its size below.</summary>
    /// <param name="result">The comparison.</param>
    public static string Scores(CircuitComparisonResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Scores(ComparisonReading.Of(result), inPage: false);
    }

    /// <summary>compare-overlap.svg: Jaccard indices of nodes and, where two circuits have edges, of edges.</summary>
    /// <param name="result">The comparison.</param>
    public static string Overlap(CircuitComparisonResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Overlap(ComparisonReading.Of(result), inPage: false);
    }

    internal static string Scores(ComparisonReading reading, bool inPage)
    {
        MatrixCell Cell(int row, int column) => ScoreCell(reading.Circuits[row], reading.Tasks[column], reading.Scores[row][column]);
        var matrix = new Matrix("score, % of the full model's mean logit difference", [.. reading.Circuits.Select(circuit => circuit.Name)],
            reading.Tasks, Cells(reading.Circuits.Length, reading.Tasks.Length, Cell));
        return MatrixPicture.Draw("Scores of circuits by task", [matrix], inPage);
    }

    internal static string Overlap(ComparisonReading reading, bool inPage)
    {
        int[] all = [.. Enumerable.Range(0, reading.Circuits.Length)],
            withEdges = [.. all.Where(i => reading.Circuits[i].Edges is not null)];
        List<Matrix> matrices = [Square("shared nodes, Jaccard index", reading, all, NodeCell)];
        if (withEdges.Length > 1) matrices.Add(Square("shared edges, Jaccard index", reading, withEdges, EdgeCell));
        return MatrixPicture.Draw("What circuits share", matrices, inPage);
    }

    private static Matrix Square(
        string heading, ComparisonReading reading, int[] circuits, Func<ComparisonReading, int, int, MatrixCell> cell)
    {
        string[] names = [.. circuits.Select(i => reading.Circuits[i].Name)];
        return new Matrix(heading, names, names, Cells(circuits.Length, circuits.Length,
            (row, column) => cell(reading, circuits[row], circuits[column])));
    }

    private static MatrixCell[][] Cells(int rows, int columns, Func<int, int, MatrixCell> cell) =>
        [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => cell(row, column)).ToArray())];

    private static MatrixCell ScoreCell(ComparedSize circuit, string task, ComparedScore score)
    {
        // Below a score stands what compares with it: random edge sets below kept edges, random circuits below nodes.
        var random = (score.RandomEdges ?? score.Random) is { } beside
            ? Text($"random {Number(beside.Mean, "0.0")} ± {Number(beside.Deviation, "0.0")}") : "";
        var tip = Text($"{circuit.Name} on {task}\nscore {Number(score.Score, "0.00")} %");
        if (circuit.Edges is { } edges)
            tip += Text($", {edges} kept edges as a whole\nall edges between its nodes: {Number(score.NodeScore, "0.00")} %");
        if (score.RandomEdges is { } sets)
            tip += Control($"{sets.Scores.Length} random sets of {circuit.Edges} edges between its nodes", sets);
        if (score.Random is { } circuits) tip += Control($"{circuits.Scores.Length} random circuits of {circuit.Nodes} nodes", circuits);
        return new MatrixCell(score.Score / 100, Text($"{Number(score.Score, "0.0")}"), random, tip);
    }

    private static string Control(FormattableString what, ComparedControl control) =>
        $"\n{Text(what)}: {Number(control.Mean, "0.00")} ± {Number(control.Deviation, "0.00")} %, at most "
        + $"{Number(control.Scores.Max(), "0.00")} %";

    private static MatrixCell NodeCell(ComparisonReading reading, int row, int column)
    {
        var (own, other) = (reading.Circuits[row], reading.Circuits[column]);
        if (row == column) return new MatrixCell(1, "1.00", Text($"{own.Nodes} nodes"), Text($"{own.Name}\n{own.Nodes} nodes"));
        var pair = reading.Pairs[(Math.Min(row, column), Math.Max(row, column))];
        return new MatrixCell(pair.Nodes, Text($"{Number(pair.Nodes, "0.00")}"), Text($"{pair.SharedNodes.Length} shared"),
            Text($"{own.Name} and {other.Name}\n{pair.SharedNodes.Length} shared nodes, of {own.Nodes} and {other.Nodes}"));
    }

    private static MatrixCell EdgeCell(ComparisonReading reading, int row, int column)
    {
        var (own, other) = (reading.Circuits[row], reading.Circuits[column]);
        var (edges, others) = (own.Edges!.Value, other.Edges!.Value);
        if (row == column) return new MatrixCell(1, "1.00", Text($"{edges} edges"), Text($"{own.Name}\n{edges} edges"));
        var pair = reading.Pairs[(Math.Min(row, column), Math.Max(row, column))];
        return new MatrixCell(pair.Edges, Text($"{Number(pair.Edges, "0.00")}"), Text($"{pair.SharedEdges} shared"),
            Text($"{own.Name} and {other.Name}\n{pair.SharedEdges} shared edges, of {edges} and {others}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value, string format) =>
        value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '\u2212');
}
