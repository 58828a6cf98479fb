using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// edges.json:
/// <code>
/// {
///   "schema": 1,
///   "model": "demo", "nLayers": 4, "nHeads": 8,
///   "settings": {"paths": "strict|through-mlps|as-published", "ablation": "mean|zero|resample",
///     "patch": "mean|zero|resample", "threshold": 0.8 or null, "minDrop": null or 0.01, "inputSends": false},
///   "fullMetric": 8.68, "circuitMetric": 7.07, "circuitRatio": 0.81, "finalMetric": 6.5, "finalRatio": 0.75,
///   "heads": [[0, 0], ...], "mlps": [0, ...],
///   "adjacency": {"a9.h1&lt;q&gt;": ["a7.h11", "m8"], "m9": [...], "logits": [...]},
///   "edges": [{"edge": "a0.h0->m0", "metric": 2.31, "ratio": 0.76, "kept": true}, ...]
/// }
/// </code>
/// heads and mlps are the result's nodes, as in circuit.json; adjacency lists every receiver's kept senders, in
/// the order of the edges, receivers without one left out. metric is the mean logit difference with that one edge
/// patched, ratio is metric over fullMetric (1 = full model). Only edges, and heads and mlps, are needed to read it.
/// </summary>
public static class EdgesFile
{
    private const string Expected = "an edge file with edges, heads and mlps";

    /// <summary>What edges.json says.</summary>
    public static Json Of(EdgesRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var search = record.Search;
        return
        [
            ("schema", JsonFile.Schema), ("model", record.Model), .. CircuitFile.Sizes(search.Circuit.Space),
            ("settings",
            [
                ("paths", search.Paths.NameInFiles()), ("ablation", search.Ablation.Kind.NameInFiles()),
                ("patch", search.Patch.NameInFiles()), ("threshold", search.MinDrop is null ? search.Threshold : null),
                ("minDrop", search.MinDrop), ("inputSends", search.InputSends),
            ]),
            ("fullMetric", record.FullMetric), ("circuitMetric", record.CircuitMetric), ("circuitRatio", record.CircuitRatio),
            ("finalMetric", record.FinalMetric), ("finalRatio", record.FinalRatio), .. CircuitFile.Of(search.Circuit),
            ("adjacency",
            [
                .. record.Kept.GroupBy(edge => edge.Receiver)
                    .Select(edges => ($"{edges.Key}", (Json?)Json.List(edges, edge => $"{edge.Sender}"))),
            ]),
            ("edges", Json.List(record.Edges, edge =>
                [("edge", $"{edge.Edge}"), ("metric", edge.Metric), ("ratio", edge.Ratio), ("kept", edge.Kept)])),
        ];
    }

    /// <summary>Reads the nodes and edges of a file and checks them against a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="space">The model's nodes.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no edge file of this model; the message names it and the place.</exception>
    public static EdgesRecord Read(string path, NodeSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        using var document = JsonFile.ReadObject(path, Expected);
        var root = document.RootElement;
        var circuit = CircuitFile.Read(root, path, space);
        var settings = root.Part("settings");
        var edges = ReadEdges(root, path, space);
        foreach (var edge in edges.Where(edge => edge.Kept)) RequireNodes(edge.Edge, circuit, path);
        return new EdgesRecord(
            Model: root.TextOrNull("model") ?? "",
            Search: new EdgePruningConfig
            {
                Circuit = circuit,
                InputSends = settings?.Part("inputSends", JsonValueKind.True) is not null
                    || edges.Any(edge => edge.Edge.Sender == NodeId.Input),
                Paths = OneOf(settings, "paths", path, EdgePaths.Strict, EdgePaths.ThroughMlps, EdgePaths.AsPublished),
                Ablation = new() { Kind = OneOf(settings, "ablation", path, AblationKind.Mean, AblationKind.Zero, AblationKind.Resample) },
                Patch = OneOf(settings, "patch", path, AblationKind.Resample, AblationKind.Mean, AblationKind.Zero),
                Threshold = settings?.NumberOrNull("threshold") ?? EdgePruningConfig.PublishedThreshold,
                MinDrop = settings?.NumberOrNull("minDrop"),
            },
            FullMetric: root.NumberOrNull("fullMetric") ?? double.NaN,
            CircuitMetric: root.NumberOrNull("circuitMetric") ?? double.NaN,
            FinalMetric: root.NumberOrNull("finalMetric") ?? double.NaN,
            Edges: edges);
    }

    /// <summary>Whether a JSON file is an edge file rather than a circuit's: it has a list of edges.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no JSON object of a schema that is read.</exception>
    public static bool IsEdges(string path)
    {
        using var document = JsonFile.ReadObject(path, "a circuit or edge file");
        return document.RootElement.TryGetProperty("edges", out _);
    }

    /// <summary>Reads the edges of a JSON object that has more in it.</summary>
    internal static List<ScoredEdge> ReadEdges(JsonElement root, string path, NodeSpace space)
    {
        if (root.Part("edges", JsonValueKind.Array) is not { } items) throw new InvalidDataException($"{path}: edges: expected a list.");
        var (edges, seen) = (new List<ScoredEdge>(), new HashSet<Edge>());
        foreach (var item in items.EnumerateArray())
        {
            var where = $"{path}: edges: entry {edges.Count + 1}";
            if (item.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{where}: expected an object with edge and kept.");
            if (!Edge.TryParse(item.TextOrNull("edge"), out var edge))
                throw new InvalidDataException(
                    $"{where}: expected an edge such as a5.h0->a9.h1<q> or m8->logits, got {item.Short()}.");
            if (!space.Has(edge))
                throw new InvalidDataException($"{where}: {edge} is not an edge of the model, which has {space} (counted from 0).");
            if (!item.TryGetProperty("kept", out var kept) || kept.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                throw new InvalidDataException($"{where}: kept: expected true or false.");
            if (!seen.Add(edge)) throw new InvalidDataException($"{where}: {edge} is there twice.");
            edges.Add(new ScoredEdge(edge, item.NumberOrNull("metric"), item.NumberOrNull("ratio"), kept.GetBoolean()));
        }

        return edges;
    }

    private static void RequireNodes(Edge edge, Circuit circuit, string path)
    {
        foreach (var node in (NodeId[])[edge.Sender, edge.Receiver.Node])
            if (node.Kind is NodeKind.Head or NodeKind.Mlp && !circuit.Contains(node))
                throw new InvalidDataException($"{path}: edges: {edge} is kept, but {node} is not among the file's heads and mlps.");
    }

    /// <summary>One of a setting's values; the first where the file says nothing.</summary>
    private static T OneOf<T>(JsonElement? settings, string name, string path, params T[] values)
        where T : struct, Enum
    {
        var value = settings?.TextOrNull(name) ?? values[0].NameInFiles();
        string[] names = [.. values.Select(known => known.NameInFiles())];
        return Array.IndexOf(names, value) is >= 0 and var i ? values[i] : throw new InvalidDataException(
            $"{path}: settings: {name}: expected one of {string.Join(", ", names)}, got {JsonFile.Short(value)}.");
    }
}
