using SeqCont.Circuits;
using SeqCont.Model;

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
        var root = JsonFile.ReadObject(path, Expected);
        var circuit = CircuitFile.Read(root, space);
        var settings = root.Optional("settings");
        var edges = ReadEdges(root, space);
        foreach (var edge in edges.Where(edge => edge.Kept)) RequireNodes(edge.Edge, circuit, root["edges"]);
        return new EdgesRecord(
            Model: root.Optional("model")?.Text() ?? "",
            Search: new EdgePruningConfig
            {
                Circuit = circuit,
                InputSends = settings?.Optional("inputSends")?.Flag() is true
                    || edges.Any(edge => edge.Edge.Sender == NodeId.Input),
                Paths = OneOf(settings, "paths", EdgePaths.Strict, EdgePaths.ThroughMlps, EdgePaths.AsPublished),
                Ablation = new() { Kind = OneOf(settings, "ablation", AblationKind.Mean, AblationKind.Zero, AblationKind.Resample) },
                Patch = OneOf(settings, "patch", AblationKind.Resample, AblationKind.Mean, AblationKind.Zero),
                Threshold = settings?.Optional("threshold")?.Number() ?? EdgePruningConfig.PublishedThreshold,
                MinDrop = settings?.Optional("minDrop")?.Number(),
            },
            FullMetric: root.Optional("fullMetric")?.Number() ?? double.NaN,
            CircuitMetric: root.Optional("circuitMetric")?.Number() ?? double.NaN,
            FinalMetric: root.Optional("finalMetric")?.Number() ?? double.NaN,
            Edges: edges);
    }

    /// <summary>Whether a JSON file is an edge file rather than a circuit's: it has a list of edges.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no JSON object of a schema that is read.</exception>
    public static bool IsEdges(string path) => JsonFile.ReadObject(path, "a circuit or edge file")["edges"].IsThere;

    /// <summary>Reads the edges of a JSON object that has more in it.</summary>
    internal static List<ScoredEdge> ReadEdges(JsonField root, NodeSpace space)
    {
        var (edges, seen) = (new List<ScoredEdge>(), new HashSet<Edge>());
        foreach (var item in root["edges"].Items("a list of edges"))
        {
            var edge = item["edge"].Edge();
            if (!space.Has(edge)) throw item.Bad($"{edge} is not an edge of the model, which has {space} (counted from 0)");
            if (!seen.Add(edge)) throw item.Bad($"{edge} is there twice");
            edges.Add(new ScoredEdge(edge, item.Optional("metric")?.Number(), item.Optional("ratio")?.Number(), item["kept"].Flag()));
        }

        return edges;
    }

    private static void RequireNodes(Edge edge, Circuit circuit, JsonField edges)
    {
        foreach (var node in (NodeId[])[edge.Sender, edge.Receiver.Node])
            if (node.Kind is NodeKind.Head or NodeKind.Mlp && !circuit.Contains(node))
                throw edges.Bad($"{edge} is kept, but {node} is not among the file's heads and mlps");
    }

    /// <summary>One of a setting's values; the first where the file says nothing.</summary>
    private static T OneOf<T>(JsonField? settings, string name, params T[] values)
        where T : struct, Enum
    {
        if (settings?.Optional(name) is not { } setting) return values[0];
        string[] names = [.. values.Select(known => known.NameInFiles())];
        return Array.IndexOf(names, setting.Text()) is >= 0 and var i ? values[i]
            : throw setting.Expected($"one of {string.Join(", ", names)}");
    }
}
