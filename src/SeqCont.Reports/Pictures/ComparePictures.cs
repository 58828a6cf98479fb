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
        List<Matrix> matrices =
            [Square("nodes", reading, all, circuit => circuit.Nodes, pair => (pair.Nodes, pair.SharedNodes.Length))];
        if (withEdges.Length > 1)
            matrices.Add(Square("edges", reading, withEdges, circuit => circuit.Edges!.Value, pair => (pair.Edges, pair.SharedEdges)));
        return MatrixPicture.Draw("What circuits share", matrices, inPage);
    }

    private static Matrix Square(
        string what, ComparisonReading reading, int[] circuits, Func<ComparedSize, int> size,
        Func<ComparedPair, (double Index, int Shared)> shared)
    {
        string[] names = [.. circuits.Select(i => reading.Circuits[i].Name)];
        return new Matrix($"shared {what}, Jaccard index", names, names, Cells(circuits.Length, circuits.Length, (row, column) =>
        {
            var (first, second) = (circuits[row], circuits[column]);
            var (own, other) = (reading.Circuits[first], reading.Circuits[second]);
            if (first == second)
                return new MatrixCell(1, "1.00", Invariant($"{size(own)} {what}"), Invariant($"{own.Name}\n{size(own)} {what}"));
            var (index, common) = shared(reading.Pairs[(Math.Min(first, second), Math.Max(first, second))]);
            return new MatrixCell(index, Scale.Number(index, "0.00"), Invariant($"{common} shared"),
                Invariant($"{own.Name} and {other.Name}\n{common} shared {what}, of {size(own)} and {size(other)}"));
        }));
    }

    private static MatrixCell[][] Cells(int rows, int columns, Func<int, int, MatrixCell> cell) =>
        [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => cell(row, column)).ToArray())];

    private static MatrixCell ScoreCell(ComparedSize circuit, string task, ComparedScore score)
    {
        // Below a score stands what compares with it: random edge sets below kept edges, random circuits below nodes.
        var random = (score.RandomEdges ?? score.Random) is { } beside
            ? Invariant($"random {Scale.Number(beside.Mean, "0.0")} ± {Scale.Number(beside.Deviation, "0.0")}") : "";
        var tip = Invariant($"{circuit.Name} on {task}\nscore {Scale.Number(score.Score, "0.00")} %");
        if (circuit.Edges is { } edges)
            tip += Invariant($", {edges} kept edges as a whole\nall edges between its nodes: {Scale.Number(score.NodeScore, "0.00")} %");
        if (score.RandomEdges is { } sets)
            tip += Control(Invariant($"{sets.Scores.Length} random sets of {circuit.Edges} edges between its nodes"), sets);
        if (score.Random is { } circuits)
            tip += Control(Invariant($"{circuits.Scores.Length} random circuits of {circuit.Nodes} nodes"), circuits);
        return new MatrixCell(score.Score / 100, Scale.Number(score.Score, "0.0"), random, tip);
    }

    private static string Control(string what, ComparedControl control) =>
        $"\n{what}: {Scale.Number(control.Mean, "0.00")} ± {Scale.Number(control.Deviation, "0.00")} %, at most "
        + $"{Scale.Number(control.Scores.Max(), "0.00")} %";
}
