using SeqCont.Circuits;
using SeqCont.Reports;

namespace SeqCont.Cli.Rendering;

/// <summary>A comparison for people: scores by task with their controls, then what the circuits share.</summary>
internal static class CompareTables
{
    private const int LongestName = 28, Listed = 40;

    public static IEnumerable<string> Of(CompareRecord record) =>
    [
        "", .. Scores(record.Result, record.RandomCircuits), .. Overlap(record.Result.Circuits), "",
        $"{record.Result.Circuits.Count} x {record.Result.Tasks.Count} scores{(record.RandomCircuits > 0 ? " and their controls" : "")} in "
            + record.Header.Took("compare"),
    ];

    private static IEnumerable<string> Scores(CircuitComparisonResult result, int random)
    {
        var width = 2 + Math.Max(16, result.Circuits.Max(circuit => Name(circuit).Length));
        int[] columns = [.. result.Tasks.Select(task => Math.Max(16, task.Name.Length + 2))];
        string Cells(Func<int, string> of) => string.Concat(columns.Select((column, i) => of(i).PadLeft(column)));
        string Row(string name, Func<int, string> of) => name.PadRight(width + 19) + Cells(of);
        yield return "score: percent of the full model's mean logit difference that is left";
        yield return $"{"circuit".PadRight(width)}{"heads",6}{"MLPs",6}{"edges",7}{Cells(i => result.Tasks[i].Name)}";
        foreach (var (circuit, scores) in result.Circuits.Zip(result.Scores))
        {
            var (nodes, edges) = (circuit.Circuit, circuit.Edges is { } set ? $"{set.Kept.Count}" : "-");
            yield return $"{Name(circuit).PadRight(width)}{nodes.Heads.Count(),6}{nodes.Mlps.Count(),6}{edges,7}"
                + Cells(i => Lines.Percent(scores[i].Faithfulness));
            string Control(string name, Func<ComparisonScore, RandomControl?> of) => Row($"  {random} random {name}",
                i => of(scores[i]) is { } control ? $"{Lines.Percent(control.Mean)} ± {Lines.Percent(control.Deviation)}" : "");
            if (circuit.Edges is not null && random > 0) yield return Control("edge sets", score => score.RandomEdges);
            if (circuit.Edges is not null) yield return Row("  all its edges", i => Lines.Percent(scores[i].NodeFaithfulness));
            if (random > 0) yield return Control("circuits", score => score.Random);
        }

        yield return Row("full model", i => Lines.Number(result.Full[i].Mean));
    }

    private static IEnumerable<string> Overlap(IReadOnlyList<ComparedCircuit> circuits)
    {
        ComparedCircuit[] withEdges = [.. circuits.Where(circuit => circuit.Edges is not null)];
        return
        [
            .. Shared("nodes", circuits, own => own.Circuit.Count, shared => (shared.NodeJaccard, shared.Nodes.Count),
                CircuitOverlap.InAll),
            .. Shared("edges", withEdges, own => own.Edges!.Kept.Count, shared => (shared.EdgeJaccard, shared.Edges!.Count),
                some => CircuitOverlap.EdgesInAll(some)!),
        ];
    }

    /// <summary>Pairs of circuits, each by itself on the diagonal, and what is in all of them; nothing for a single one.</summary>
    private static IEnumerable<string> Shared<T>(
        string parts, IReadOnlyList<ComparedCircuit> circuits, Func<ComparedCircuit, int> count, Func<SharedParts, (double?, int)> shared,
        Func<IReadOnlyList<ComparedCircuit>, IReadOnlyList<T>> inAll)
    {
        if (circuits.Count < 2) yield break;
        var width = 2 + circuits.Max(circuit => Name(circuit).Length);
        var column = Math.Max(14, width);
        string Cell(ComparedCircuit row, ComparedCircuit other)
        {
            if (ReferenceEquals(row, other)) return $"({count(row)})";
            var (jaccard, number) = shared(CircuitOverlap.Of(row, other));
            return $"{jaccard:0.00} ({number})";
        }

        yield return "";
        yield return $"shared {parts}: Jaccard index (number shared)";
        yield return new string(' ', width) + Lines.Row(circuits, Name, column);
        foreach (var row in circuits) yield return Name(row).PadRight(width) + Lines.Row(circuits, other => Cell(row, other), column);
        var all = inAll(circuits);
        yield return $"in all {circuits.Count}: {all.Count} {parts}{(all.Count == 0 ? "" : ": ")}{string.Join(' ', all.Take(Listed))}"
            + (all.Count > Listed ? $" and {all.Count - Listed} more" : "");
    }

    private static string Name(ComparedCircuit circuit) =>
        circuit.Name.Length > LongestName ? "..." + circuit.Name[^(LongestName - 3)..] : circuit.Name;
}
