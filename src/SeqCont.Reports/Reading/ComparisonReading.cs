using System.Text.Json;
using SeqCont.Circuits;

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
internal sealed record ComparisonReading
{
    // A picture of more would be no picture.
    private const int MostSide = 1000;
    private const string Expected = "a comparison of circuits";

    /// <summary>The circuits.</summary>
    public required ComparedSize[] Circuits { get; init; }

    /// <summary>The tasks' names.</summary>
    public required string[] Tasks { get; init; }

    /// <summary>Scores, [circuit][task].</summary>
    public required ComparedScore[][] Scores { get; init; }

    /// <summary>What the earlier circuit shares with the later one, by their numbers.</summary>
    public required IReadOnlyDictionary<(int First, int Second), ComparedPair> Pairs { get; init; }

    /// <summary>Nodes of every circuit.</summary>
    public required string[] InAll { get; init; }

    /// <summary>Reads compare.json.</summary>
    /// <exception cref="InvalidDataException">The file holds no comparison; the message names it.</exception>
    public static ComparisonReading Read(string path)
    {
        using var document = JsonFile.ReadObject(path, Expected);
        return JsonRows.Checked(path, Expected, () => Of(document.RootElement));
    }

    /// <summary>The same of a comparison that was just made.</summary>
    public static ComparisonReading Of(CircuitComparisonResult result)
    {
        var pairs = new Dictionary<(int, int), ComparedPair>();
        for (var second = 0; second < result.Circuits.Count; second++)
        {
            for (var first = 0; first < second; first++)
            {
                var shared = CircuitOverlap.Of(result.Circuits[first], result.Circuits[second]);
                pairs[(first, second)] = new ComparedPair(shared.NodeJaccard, [.. shared.Nodes.Select(node => $"{node}")],
                    shared.EdgeJaccard ?? double.NaN, shared.Edges?.Count ?? 0);
            }
        }

        static ComparedControl? Control(RandomControl? random) =>
            random is null ? null : new([.. random.Faithfulness.Select(value => 100 * value)], 100 * random.Mean, 100 * random.Deviation);
        static ComparedScore Score(ComparisonScore score) =>
            new(100 * score.Faithfulness, 100 * score.NodeFaithfulness, Control(score.Random), Control(score.RandomEdges));
        return new ComparisonReading
        {
            Circuits = [.. result.Circuits.Select(circuit =>
                new ComparedSize(circuit.Name, circuit.Circuit.Count, circuit.Edges?.Kept.Count))],
            Tasks = [.. result.Tasks.Select(task => task.Name)],
            Scores = [.. result.Scores.Select(row => row.Select(Score).ToArray())],
            Pairs = pairs,
            InAll = [.. CircuitOverlap.InAll(result.Circuits).Select(node => $"{node}")],
        };
    }

    private static ComparisonReading Of(JsonElement root)
    {
        ComparedSize[] circuits = [.. root.GetProperty("circuits").EnumerateArray().Select(Circuit)];
        string[] tasks = [.. root.GetProperty("tasks").EnumerateArray().Select(task => Text(task, "task"))];
        if (circuits.Length is 0 or > MostSide || tasks.Length is 0 or > MostSide) throw new FormatException();
        var (rows, columns) = (Numbers(circuits.Select(circuit => circuit.Name)), Numbers(tasks));
        var scores = circuits.Select(_ => new ComparedScore?[tasks.Length]).ToArray();
        foreach (var score in root.GetProperty("scores").EnumerateArray())
            scores[rows[Text(score, "circuit")]][columns[Text(score, "task")]] = Score(score);
        var overlap = root.GetProperty("overlap");
        var pairs = new Dictionary<(int, int), ComparedPair>();
        foreach (var pair in overlap.GetProperty("pairs").EnumerateArray())
        {
            var (first, second) = (rows[Text(pair, "first")], rows[Text(pair, "second")]);
            pairs[(Math.Min(first, second), Math.Max(first, second))] = Pair(pair);
        }

        if (Enumerable.Range(0, circuits.Length)
            .Any(second => Enumerable.Range(0, second).Any(first => !pairs.ContainsKey((first, second))))) throw new FormatException();
        return new ComparisonReading
        {
            Circuits = circuits,
            Tasks = tasks,
            Scores = [.. scores.Select(row => row.Select(score => score ?? throw new FormatException()).ToArray())],
            Pairs = pairs,
            InAll = Texts(overlap, "inAll"),
        };
    }

    private static ComparedSize Circuit(JsonElement circuit) => new(
        Text(circuit, "name"), circuit.GetProperty("heads").GetArrayLength() + circuit.GetProperty("mlps").GetArrayLength(),
        circuit.GetProperty("edges") is { ValueKind: JsonValueKind.Array } edges ? edges.GetArrayLength() : null);

    private static ComparedScore Score(JsonElement score) =>
        new(score.Number("score"), score.Number("nodeScore"), Control(score, "random"), Control(score, "randomEdges"));

    /// <summary>Null also where the property is missing: files from before random edge sets have none.</summary>
    private static ComparedControl? Control(JsonElement score, string name)
    {
        if (!score.TryGetProperty(name, out var random) || random.ValueKind != JsonValueKind.Object) return null;
        double[] scores = [.. random.GetProperty("scores")
            .EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble())];
        return scores.Length == 0
            ? throw new FormatException() : new ComparedControl(scores, random.Number("mean"), random.Number("deviation"));
    }

    private static ComparedPair Pair(JsonElement pair) => new(
        pair.Number("nodeJaccard"), Texts(pair, "sharedNodes"), pair.Number("edgeJaccard"),
        pair.GetProperty("sharedEdges") is { ValueKind: JsonValueKind.Array } edges ? edges.GetArrayLength() : 0);

    private static Dictionary<string, int> Numbers(IEnumerable<string> names)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in names)
            if (!numbers.TryAdd(name, numbers.Count)) throw new FormatException();
        return numbers;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new FormatException();

    private static string[] Texts(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(text => text.GetString() ?? throw new FormatException())];
}
