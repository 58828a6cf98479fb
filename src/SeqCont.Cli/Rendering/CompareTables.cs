using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>A comparison for people: scores by task with their controls, then what the circuits share.</summary>
internal static class CompareTables
{
    private const int LongestName = 28, Listed = 40;

    public static IEnumerable<Markup> Of(CompareRecord record, string? folder)
    {
        var result = record.Result;
        string[] lines =
        [
            "", .. Scores(result, record.RandomCircuits),
            .. result.Circuits.Count > 1 ? Overlap(result.Circuits) : [], "",
            Text(
                $"{result.Circuits.Count} x {result.Tasks.Count} scores{(record.RandomCircuits > 0 ? " and their controls" : "")} in "
                    + $"{record.Header.SecondsOf("compare"):0.0} s ({record.Header.SecondsOf("total"):0.0} s in all)"),
            .. folder is null ? (string[])[] : [$"files in {folder}"],
        ];
        return lines.Select(line => new Markup(Markup.Escape(line)));
    }

    private static IEnumerable<string> Scores(CircuitComparisonResult result, int random)
    {
        var width = 2 + Math.Max(16, result.Circuits.Max(circuit => Name(circuit).Length));
        int[] columns = [.. result.Tasks.Select(task => Math.Max(16, task.Name.Length + 2))];
        string Cells(Func<int, string> of) => string.Concat(columns.Select((column, i) => of(i).PadLeft(column)));
        yield return "score: percent of the full model's mean logit difference that is left";
        yield return $"{"circuit".PadRight(width)}{"heads",6}{"MLPs",6}{"edges",7}{Cells(i => result.Tasks[i].Name)}";
        for (var row = 0; row < result.Circuits.Count; row++)
        {
            var (circuit, scores) = (result.Circuits[row], result.Scores[row]);
            var edges = circuit.Edges is { } set ? Text($"{set.Kept.Count}") : "-";
            yield return $"{Name(circuit).PadRight(width)}{circuit.Circuit.Heads.Count(),6}{circuit.Circuit.Mlps.Count(),6}{edges,7}"
                + $"{Cells(i => Percent(scores[i].Faithfulness))}";
            string Control(string name, Func<ComparisonScore, RandomControl?> of) =>
                $"{Text($"  {random} random {name}").PadRight(width + 19)}"
                    + $"{Cells(i => $"{Percent(of(scores[i])!.Mean)} ± {Percent(of(scores[i])!.Deviation)}")}";
            if (circuit.Edges is not null && random > 0) yield return Control("edge sets", score => score.RandomEdges);
            if (circuit.Edges is not null)
                yield return $"{"  all its edges".PadRight(width + 19)}{Cells(i => Percent(scores[i].NodeFaithfulness))}";
            if (random > 0) yield return Control("circuits", score => score.Random);
        }

        yield return $"{"full model".PadRight(width + 19)}{Cells(i => Text($"{result.Full[i].Mean:0.0000}"))}";
    }

    private static IEnumerable<string> Overlap(IReadOnlyList<ComparedCircuit> circuits)
    {
        yield return "";
        yield return "shared nodes: Jaccard index (number shared)";
        foreach (var line in Matrix(circuits, (shared, own) => shared is null
            ? Text($"({own.Circuit.Count})") : Text($"{shared.NodeJaccard:0.00} ({shared.Nodes.Count})"))) yield return line;
        var inAll = CircuitOverlap.InAll(circuits);
        yield return Text($"in all {circuits.Count}: {inAll.Count} nodes{(inAll.Count == 0 ? "" : ": ")}{Names(inAll)}");
        if (circuits.Count(circuit => circuit.Edges is not null) < 2) yield break;
        yield return "";
        yield return "shared edges: Jaccard index (number shared)";
        ComparedCircuit[] withEdges = [.. circuits.Where(circuit => circuit.Edges is not null)];
        foreach (var line in Matrix(withEdges, (shared, own) => shared is null
            ? Text($"({own.Edges!.Kept.Count})") : Text($"{shared.EdgeJaccard:0.00} ({shared.Edges!.Count})"))) yield return line;
        var edges = CircuitOverlap.EdgesInAll(withEdges)!;
        yield return Text($"in all {withEdges.Length}: {edges.Count} edges{(edges.Count == 0 ? "" : ": ")}{Names(edges)}");
    }

    /// <summary>Pairs of circuits; the diagonal, told by null, is a circuit by itself.</summary>
    private static IEnumerable<string> Matrix(IReadOnlyList<ComparedCircuit> circuits, Func<SharedParts?, ComparedCircuit, string> cell)
    {
        var width = 2 + circuits.Max(circuit => Name(circuit).Length);
        var column = Math.Max(14, width);
        yield return new string(' ', width) + string.Concat(circuits.Select(circuit => Name(circuit).PadLeft(column)));
        foreach (var row in circuits)
            yield return Name(row).PadRight(width) + string.Concat(circuits.Select(
                other => cell(ReferenceEquals(row, other) ? null : CircuitOverlap.Of(row, other), row).PadLeft(column)));
    }

    private static string Names<T>(IReadOnlyList<T> parts) =>
        string.Join(' ', parts.Take(Listed)) + (parts.Count > Listed ? Text($" and {parts.Count - Listed} more") : "");

    private static string Name(ComparedCircuit circuit) =>
        circuit.Name.Length > LongestName ? "..." + circuit.Name[^(LongestName - 3)..] : circuit.Name;

    private static string Percent(double ratio) => (100 * ratio).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Text(InvariantText text) => text.ToStringAndClear();
}
