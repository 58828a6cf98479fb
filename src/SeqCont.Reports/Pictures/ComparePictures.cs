namespace SeqCont.Reports;

/// <summary>A comparison of circuits as pictures, SVG.</summary>
public static class ComparePictures
{
    /// <summary>compare-scores.svg: every circuit on every task, with random circuits of its size below.</summary>
    /// <param name="record">The comparison.</param>
    public static string Scores(CompareRecord record) => Scores(ComparisonReading.Of(CompareFile.Of(record).ToField()), inPage: false);

    /// <summary>compare-overlap.svg: Jaccard indices of nodes and, where two circuits have edges, of edges.</summary>
    /// <param name="record">The comparison.</param>
    public static string Overlap(CompareRecord record) => Overlap(ComparisonReading.Of(CompareFile.Of(record).ToField()), inPage: false);

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
        Matrix Square(string what, int[] circuits)
        {
            string[] names = [.. circuits.Select(i => reading.Circuits[i].Name)];
            return new Matrix($"shared {what}, Jaccard index", names, names, Cells(names.Length, names.Length,
                (row, column) => SharedCell(reading, what, circuits[row], circuits[column])));
        }

        Matrix[] matrices = [Square("nodes", all), .. withEdges.Length > 1 ? [Square("edges", withEdges)] : Array.Empty<Matrix>()];
        return MatrixPicture.Draw("What circuits share", matrices, inPage);
    }

    private static MatrixCell[][] Cells(int rows, int columns, Func<int, int, MatrixCell> cell) =>
        [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => cell(row, column)).ToArray())];

    private static MatrixCell ScoreCell(ComparedSize circuit, string task, ComparedScore score)
    {
        // Below a score stands what compares with it: random edge sets below kept edges, random circuits below nodes.
        var random = (score.RandomEdges ?? score.Random) is { } beside
            ? $"random {Markup.Signed(beside.Mean, "0.0")} ± {Markup.Signed(beside.Deviation, "0.0")}" : "";
        var tip = $"{circuit.Name} on {task}\nscore {Markup.Signed(score.Score, "0.00")} %";
        if (circuit.Edges is { } edges)
            tip += $", {edges} kept edges as a whole\nall edges between its nodes: {Markup.Signed(score.NodeScore, "0.00")} %";
        if (score.RandomEdges is { } sets)
            tip += Control($"{sets.Scores.Length} random sets of {circuit.Edges} edges between its nodes", sets);
        if (score.Random is { } circuits) tip += Control($"{circuits.Scores.Length} random circuits of {circuit.Nodes} nodes", circuits);
        return new MatrixCell(score.Score / 100, Markup.Signed(score.Score, "0.0"), random, tip);
    }

    private static string Control(string what, ComparedControl control) =>
        $"\n{what}: {Markup.Signed(control.Mean, "0.00")} ± {Markup.Signed(control.Deviation, "0.00")} %, at most "
        + $"{Markup.Signed(control.Scores.Max(), "0.00")} %";

    private static MatrixCell SharedCell(ComparisonReading reading, string what, int row, int column)
    {
        var ofNodes = what == "nodes";
        int Size(int circuit) => ofNodes ? reading.Circuits[circuit].Nodes : reading.Circuits[circuit].Edges!.Value;
        var (name, size) = (reading.Circuits[row].Name, Size(row));
        if (row == column) return new MatrixCell(1, "1.00", $"{size} {what}", $"{name}\n{size} {what}");
        var pair = reading.Pairs[(Math.Min(row, column), Math.Max(row, column))];
        var (index, shared) = ofNodes ? (pair.Nodes, pair.SharedNodes.Length) : (pair.Edges, pair.SharedEdges);
        return new MatrixCell(index, Markup.Signed(index, "0.00"), $"{shared} shared",
            $"{name} and {reading.Circuits[column].Name}\n{shared} shared {what}, of {size} and {Size(column)}");
    }
}
