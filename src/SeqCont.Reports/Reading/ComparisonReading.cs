using System.Text.Json;

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
    public static ComparisonReading Read(string path) => JsonRows.ReadFile(path, "a comparison of circuits", Of);

    /// <summary>The same of its root.</summary>
    public static ComparisonReading Of(JsonElement root)
    {
        var circuits = root.List("circuits", circuit => new ComparedSize(circuit.Text("name"), Length(circuit, "heads")!.Value
            + Length(circuit, "mlps")!.Value, Length(circuit, "edges")));
        var tasks = root.List("tasks", task => task.Text("task"));
        if (circuits.Length is 0 or > MostSide || tasks.Length is 0 or > MostSide) throw new FormatException();
        var (rows, columns) = (Numbers(circuits.Select(circuit => circuit.Name)), Numbers(tasks));
        var scores = circuits.Select(_ => new ComparedScore?[tasks.Length]).ToArray();
        foreach (var score in root.GetProperty("scores").EnumerateArray())
            scores[rows[score.Text("circuit")]][columns[score.Text("task")]] = Score(score);
        var overlap = root.GetProperty("overlap");
        var pairs = new Dictionary<(int, int), ComparedPair>();
        foreach (var pair in overlap.GetProperty("pairs").EnumerateArray())
        {
            var (first, second) = (rows[pair.Text("first")], rows[pair.Text("second")]);
            pairs[(Math.Min(first, second), Math.Max(first, second))] = new ComparedPair(
                pair.Number("nodeJaccard"), pair.Texts("sharedNodes"), pair.Number("edgeJaccard"), Length(pair, "sharedEdges") ?? 0);
        }

        if (Enumerable.Range(0, circuits.Length)
            .Any(second => Enumerable.Range(0, second).Any(first => !pairs.ContainsKey((first, second))))) throw new FormatException();
        return new ComparisonReading(
            circuits, tasks, [.. scores.Select(row => row.Select(score => score ?? throw new FormatException()).ToArray())], pairs,
            overlap.Texts("inAll"));
    }

    private static ComparedScore Score(JsonElement score) =>
        new(score.Number("score"), score.Number("nodeScore"), Control(score, "random"), Control(score, "randomEdges"));

    /// <summary>Null also where the property is missing: files from before random edge sets have none.</summary>
    private static ComparedControl? Control(JsonElement score, string name) => score.Part(name) is not { } random ? null
        : random.Numbers("scores") is { Length: > 0 } scores
            ? new ComparedControl(scores, random.Number("mean"), random.Number("deviation")) : throw new FormatException();

    /// <summary>A list's length; null where there is none in its place.</summary>
    private static int? Length(JsonElement parent, string name) =>
        parent.GetProperty(name) is { ValueKind: JsonValueKind.Array } list ? list.GetArrayLength() : null;

    private static Dictionary<string, int> Numbers(IEnumerable<string> names)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in names)
            if (!numbers.TryAdd(name, numbers.Count)) throw new FormatException();
        return numbers;
    }
}
