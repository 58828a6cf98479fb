using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// Reads published figures:
/// <code>
/// {
///   "schema": 1, "source", "layers": 12, "heads": 12, "samples": 512, "attentionSamples": 128, "promptTokens": 23,
///   "minFaithfulness": 0.8,
///   "prompts": {"numerals": {"clean": "SHA-256 of tokens", "corrupted": "..."}},
///   "circuits": {"numerals": "0.1 1.5 m0"},
///   "nodes": {"numerals": {"single": {"0.0": 100.53, "m0": 37.42},
///     "trace": [{"iteration": 1, "pass": "backward", "decisions": [["m11", 78.8354, false], ...]}, ...],
///     "final": 81.0075, "lessOneHead": {"0.1": 36.72}, "circuits": {"numerals": 81.0075}}},
///   "edges": {"task": "numerals", "circuit": "numerals", "ratios": {"m0->m11": 0.566}},
///   "ov": [{"task": "numerals", "kind": "copy|next", "ordinalNext": false, "topK": 5, "prompts": 97, "scores": {"1.7": 2.06}}],
///   "lens": {"prompts": [{"text": "1 2 3 4", "top": [[" 4", " 3"], ...]}], "counts": {"numerals": 1531}},
///   "attention": [{"task": "numerals", "head": "4.4", "query": " 3" or null, "key": " 2", "value": 0.3399}]
/// }
/// </code>
/// promptTokens, prompts, nodes, edges, ov, lens and attention may be missing.
/// </summary>
internal static class PublishedFiguresReader
{
    private const int Schema = 1;
    private const string Expected = "published figures";

    /// <summary>Reads figures.</summary>
    /// <exception cref="InvalidDataException">They are malformed; the message names the source and the field.</exception>
    public static PublishedFigures Read(JsonField root)
    {
        root.RequireSchema(Schema, Expected, isRequired: true);
        return new Reader(new NodeSpace(root["layers"].Whole(1, GraphFields.MostNodes), root["heads"].Whole(1, GraphFields.MostNodes)))
            .Figures(root);
    }

    /// <summary>Reads figures from a stream.</summary>
    public static PublishedFigures Read(Stream stream, string source) => Read(JsonText.Read(stream, source, Expected));

    /// <summary>Reads figures from a file.</summary>
    public static PublishedFigures Read(string path) => Read(JsonText.ReadFile(path, Expected));

    private sealed class Reader(NodeSpace space)
    {
        public PublishedFigures Figures(JsonField root) => new()
        {
            Source = root["source"].Text(),
            Space = space,
            Samples = root["samples"].Whole(1),
            AttentionSamples = root["attentionSamples"].Whole(1),
            PromptTokens = root.Optional("promptTokens")?.Whole(1),
            MinFaithfulness = root["minFaithfulness"].Number(),
            Circuits = ByName(root, "circuits", circuit =>
                Circuit.Of(space, circuit.Text().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => Node(circuit, name)))),
            Prompts = ByName(root, "prompts", hashes => new PublishedPromptHashes(hashes["clean"].Text(), hashes["corrupted"].Text())),
            Nodes = ByName(root, "nodes", Nodes),
            Edges = root.Optional("edges") is { } edges ? Edges(edges) : null,
            Ov = [.. Items(root, "ov").Select(Ov)],
            Lens = root.Optional("lens") is { } lens ? Lens(lens) : null,
            Attention = [.. Items(root, "attention").Select(Attention)],
        };

        private PublishedNodes Nodes(JsonField task) => new(
            Scores(task, "single"), [.. Items(task, "trace").SelectMany(Pass)], task["final"].Number(), Scores(task, "lessOneHead"),
            ByName(task, "circuits", score => score.Number()));

        private IEnumerable<PublishedDecision> Pass(JsonField pass)
        {
            var direction = pass["pass"].Text() switch
            {
                "backward" => SweepDirection.Backward,
                "forward" => SweepDirection.Forward,
                _ => throw pass["pass"].Expected("backward or forward"),
            };
            foreach (var decision in Items(pass, "decisions"))
            {
                if (decision.Items().ToArray() is not [var node, var score, var removed])
                    throw decision.Bad("expected a node, its score and whether it was removed");
                yield return new PublishedDecision(pass["iteration"].Whole(1), direction, Node(node, node.Text()), score.Number(),
                    removed.Flag());
            }
        }

        private static PublishedEdges Edges(JsonField edges)
        {
            var ratios = new Dictionary<Edge, double>();
            foreach (var (name, ratio) in edges["ratios"].Fields())
                ratios[Edge.TryParse(name, out var edge) ? edge : throw ratio.Bad(
                    $"expected names such as m0->m11, got {BadFile.Quote(name)}")] = ratio.Number();
            return new PublishedEdges(edges["task"].Text(), edges["circuit"].Text(), ratios);
        }

        private PublishedOv Ov(JsonField ov) => new(
            ov["task"].Text(), ov["kind"].Text() switch
            {
                "copy" => OvScoreKind.Copy,
                "next" => OvScoreKind.Next,
                _ => throw ov["kind"].Expected("copy or next"),
            },
            ov["ordinalNext"].Flag(), ov["topK"].Whole(1), ov["prompts"].Whole(1), Scores(ov, "scores"));

        private PublishedLens Lens(JsonField lens) =>
            new([.. Items(lens, "prompts").Select(LensPrompt)], ByName(lens, "counts", count => count.Whole()));

        private PublishedLensPrompt LensPrompt(JsonField prompt)
        {
            var rows = prompt["top"];
            var top = rows.List(row => row.List(token => token.Text()));
            return top.Length == space.NLayers + 1 && top.All(row => row.Length > 0) ? new PublishedLensPrompt(prompt["text"].Text(), top)
                : throw rows.Bad($"expected tokens of {space.NLayers + 1} rows, got {top.Length}, or one without tokens");
        }

        private PublishedAttention Attention(JsonField value) => new(
            value["task"].Text(), Node(value["head"], value["head"].Text()) is { IsMlp: false } head
                ? head : throw value["head"].Bad("expected a head, got an MLP"),
            value.Optional("query")?.Text(), value["key"].Text(), value["value"].Number());

        private Dictionary<NodeId, double> Scores(JsonField parent, string name)
        {
            var scores = new Dictionary<NodeId, double>();
            foreach (var (node, score) in ByName(parent, name, score => (Of: score, Value: score.Number())))
                scores[Node(score.Of, node)] = score.Value;
            return scores;
        }

        private NodeId Node(JsonField field, string name) => NodeId.TryParse(name, out var node) && space.Has(node) ? node
            : throw field.Bad($"expected nodes of {space}, got {BadFile.Quote(name)}");

        private static Dictionary<string, T> ByName<T>(JsonField parent, string name, Func<JsonField, T> read) =>
            parent.Optional(name)?.Fields().ToDictionary(item => item.Key, item => read(item.Value)) ?? [];

        private static IEnumerable<JsonField> Items(JsonField parent, string name) => parent.Optional(name)?.Items() ?? [];
    }
}
