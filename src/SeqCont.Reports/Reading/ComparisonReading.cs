using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>One circuit on one task, in percent of the full model's mean logit difference.</summary>
/// <param name="Score">Of the kept edges as a whole, or of the nodes.</param>
/// <param name="NodeScore">Of the nodes with every edge between them.</param>
/// <param name="Random">Random circuits of the same size; null for none.</param>
/// <param name="RandomEdges">Random sets of as many edges between the same nodes; null for none.</param>
internal readonly record struct ComparedScore(double Score, double NodeScore, ComparedControl? Random, ComparedControl? RandomEdges);

/// <summary>Random circuits or edge sets, in percent as scores are.</summary>
/// <param name="Scores">Of each; not empty.</param>
/// <param name="Mean">Over them.</param>
/// <param name="Deviation">Over them.</param>
internal sealed record ComparedControl(double[] Scores, double Mean, double Deviation);

/// <summary>What two circuits share.</summary>
/// <param name="Nodes">Jaccard index of nodes, 0 to 1.</param>
/// <param name="SharedNodes">Names.</param>
/// <param name="Edges">Jaccard index of kept edges; not a number unless both have edges.</param>
/// <param name="SharedEdges">How many; 0 unless both have edges.</param>
internal readonly record struct ComparedPair(double Nodes, string[] SharedNodes, double Edges, int SharedEdges);

/// <summary>A circuit, as far as a page shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Nodes">Heads and MLPs.</param>
/// <param name="Edges">Kept edges; null where it has none of its own.</param>
internal sealed record ComparedSize(string Name, int Nodes, int? Edges);

/// <summary>compare.json, as far as a page shows it.</summary>
/// <param name="Circuits">The circuits.</param>
/// <param name="Tasks">The tasks' names.</param>
/// <param name="Scores">Scores, [circuit][task].</param>
/// <param name="Pairs">What the earlier circuit shares with the later one, by their numbers.</param>
/// <param name="InAll">Nodes of every circuit.</param>
internal sealed record ComparisonReading(
    ComparedSize[] Circuits, string[] Tasks, ComparedScore[][] Scores, IReadOnlyDictionary<(int First, int Second), ComparedPair> Pairs,
    string[] InAll)
{
    // A picture of more would be no picture.
    private const int MostSide = 1000;

    /// <summary>Reads compare.json.</summary>
    /// <exception cref="InvalidDataException">The file holds no comparison; the message names it.</exception>
    public static ComparisonReading Read(string path) => Of(JsonFile.ReadObject(path, "a comparison of circuits"));

    /// <summary>The same of its root.</summary>
    public static ComparisonReading Of(JsonField root)
    {
        var circuits = root["circuits"].List(circuit => new ComparedSize(circuit["name"].Text(),
            circuit["heads"].Items().Count() + circuit["mlps"].Items().Count(), circuit.Optional("edges")?.Items().Count()));
        var tasks = root["tasks"].List(task => task["task"].Text());
        var (rows, columns) = (Numbers(root["circuits"], circuits.Select(circuit => circuit.Name)), Numbers(root["tasks"], tasks));
        var scores = circuits.Select(_ => new ComparedScore?[tasks.Length]).ToArray();
        foreach (var score in root["scores"].Items())
            scores[Number(score["circuit"], rows)][Number(score["task"], columns)] = Score(score);
        var overlap = root["overlap"];
        var pairs = new Dictionary<(int, int), ComparedPair>();
        foreach (var pair in overlap["pairs"].Items())
        {
            var (first, second) = (Number(pair["first"], rows), Number(pair["second"], rows));
            pairs[(Math.Min(first, second), Math.Max(first, second))] = new ComparedPair(
                pair["nodeJaccard"].NumberOrNaN(), pair["sharedNodes"].List(node => node.Text()), pair["edgeJaccard"].NumberOrNaN(),
                pair.Optional("sharedEdges")?.Items().Count() ?? 0);
        }

        if (Enumerable.Range(0, circuits.Length)
            .Any(second => Enumerable.Range(0, second).Any(first => !pairs.ContainsKey((first, second)))))
            throw overlap["pairs"].Bad("expected every two circuits");
        if (scores.Any(row => row.Contains(null))) throw root["scores"].Bad("expected every circuit on every task");
        return new ComparisonReading(
            circuits, tasks, [.. scores.Select(row => row.Select(score => score!.Value).ToArray())], pairs,
            overlap["inAll"].List(node => node.Text()));
    }

    private static ComparedScore Score(JsonField score) => new(
        score["score"].NumberOrNaN(), score["nodeScore"].NumberOrNaN(), Control(score.Optional("random")),
        Control(score.Optional("randomEdges")));

    /// <summary>Null also where the property is missing: files from before random edge sets have none.</summary>
    private static ComparedControl? Control(JsonField? random) => random is null ? null
        : random["scores"].List(score => score.NumberOrNaN()) is { Length: > 0 } scores
            ? new ComparedControl(scores, random["mean"].NumberOrNaN(), random["deviation"].NumberOrNaN())
            : throw random["scores"].Expected("scores of random circuits");

    private static int Number(JsonField name, Dictionary<string, int> numbers) =>
        numbers.TryGetValue(name.Text(), out var number) ? number : throw name.Expected("a name that the file lists");

    private static Dictionary<string, int> Numbers(JsonField list, IEnumerable<string> names)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in names)
            if (!numbers.TryAdd(name, numbers.Count)) throw list.Bad($"{BadFile.Quote(name)} is there twice");
        return numbers.Count is > 0 and <= MostSide ? numbers : throw list.Bad($"expected 1 to {MostSide}, got {numbers.Count}");
    }
}
