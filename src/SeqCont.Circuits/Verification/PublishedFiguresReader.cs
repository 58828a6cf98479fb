using System.Text.Json;

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
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 12 };

    /// <summary>Reads figures.</summary>
    /// <exception cref="InvalidDataException">They are malformed; the message names the source and the place.</exception>
    public static PublishedFigures Read(Stream stream, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(stream, Options);
            return new Reader(source).Figures(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source}:{exception.LineNumber + 1}: not valid JSON; expected published figures.", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException(
                $"{source}: expected published figures, in the form that the program's own have: {exception.Message}", exception);
        }
    }

    private sealed class Reader(string source)
    {
        private NodeSpace _space = new(0, 0);

        public PublishedFigures Figures(JsonElement root)
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("schema", out var schema)
                || !schema.TryGetInt32(out var number) || number != Schema)
                throw Bad($"expected an object of schema {Schema}");
            _space = new NodeSpace(Count(root, "layers"), Count(root, "heads"));
            return new PublishedFigures
            {
                Source = Text(root, "source"),
                Space = _space,
                Samples = Count(root, "samples"),
                AttentionSamples = Count(root, "attentionSamples"),
                PromptTokens = root.TryGetProperty("promptTokens", out _) ? Count(root, "promptTokens") : null,
                MinFaithfulness = Number(root, "minFaithfulness"),
                Circuits = ByName(root, "circuits", circuit =>
                    Circuit.Of(_space, circuit.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Node))),
                Prompts = ByName(root, "prompts", hashes => new PublishedPromptHashes(Text(hashes, "clean"), Text(hashes, "corrupted"))),
                Nodes = ByName(root, "nodes", Nodes),
                Edges = root.TryGetProperty("edges", out var edges) ? Edges(edges) : null,
                Ov = [.. Items(root, "ov").Select(Ov)],
                Lens = root.TryGetProperty("lens", out var lens) ? Lens(lens) : null,
                Attention = [.. Items(root, "attention").Select(Attention)],
            };
        }

        private PublishedNodes Nodes(JsonElement task) => new(
            Scores(task, "single"), [.. Items(task, "trace").SelectMany(Pass)], Number(task, "final"), Scores(task, "lessOneHead"),
            ByName(task, "circuits", score => score.GetDouble()));

        private IEnumerable<PublishedDecision> Pass(JsonElement pass)
        {
            var direction = Text(pass, "pass") switch
            {
                "backward" => SweepDirection.Backward,
                "forward" => SweepDirection.Forward,
                var other => throw Bad($"trace: expected a backward or forward pass, got \"{other}\""),
            };
            foreach (var decision in Items(pass, "decisions"))
            {
                if (decision.GetArrayLength() != 3) throw Bad("decisions: expected a node, its score and whether it was removed");
                yield return new PublishedDecision(Count(pass, "iteration"), direction, Node(decision[0].GetString()),
                    decision[1].GetDouble(), decision[2].GetBoolean());
            }
        }

        private PublishedEdges Edges(JsonElement edges) =>
            new(Text(edges, "task"), Text(edges, "circuit"), ByName(edges, "ratios", ratio => ratio.GetDouble())
            .ToDictionary(entry => Edge.TryParse(entry.Key, out var edge)
                ? edge : throw Bad($"edges: expected names such as m0->m11, got \"{entry.Key}\""), entry => entry.Value));

        private PublishedOv Ov(JsonElement ov) => new(
            Text(ov, "task"), Text(ov, "kind") switch
            {
                "copy" => OvScoreKind.Copy,
                "next" => OvScoreKind.Next,
                var other => throw Bad($"ov: expected copy or next, got \"{other}\"")
            },
            ov.GetProperty("ordinalNext").GetBoolean(), Count(ov, "topK"), Count(ov, "prompts"), Scores(ov, "scores"));

        private PublishedLens Lens(JsonElement lens) =>
            new([.. Items(lens, "prompts").Select(LensPrompt)], ByName(lens, "counts", count => count.GetInt32()));

        private PublishedLensPrompt LensPrompt(JsonElement prompt)
        {
            string[][] top = [.. Items(prompt, "top").Select(row => row.EnumerateArray().Select(token => token.GetString()!).ToArray())];
            if (top.Length != _space.NLayers + 1 || top.Any(row => row.Length == 0))
                throw Bad($"lens: expected tokens of {_space.NLayers + 1} rows for each prompt, got {top.Length}");
            return new PublishedLensPrompt(Text(prompt, "text"), top);
        }

        private PublishedAttention Attention(JsonElement value) => new(
            Text(value, "task"), Node(Text(value, "head")) is { IsMlp: false } head
                ? head : throw Bad("attention: expected a head, got an MLP"),
            value.GetProperty("query").GetString(), Text(value, "key"), Number(value, "value"));

        private Dictionary<NodeId, double> Scores(JsonElement parent, string name) =>
            ByName(parent, name, score => score.GetDouble()).ToDictionary(entry => Node(entry.Key), entry => entry.Value);

        private NodeId Node(string? text) =>
            NodeId.TryParse(text, out var node) && _space.Has(node) ? node : throw Bad($"expected nodes of {_space}, got \"{text}\"");

        private int Count(JsonElement parent, string name) =>
            parent.GetProperty(name).GetInt32() is > 0 and var count ? count : throw Bad($"{name}: expected 1 or more");

        private static Dictionary<string, T> ByName<T>(JsonElement parent, string name, Func<JsonElement, T> read) =>
            parent.TryGetProperty(name, out var items)
                ? items.EnumerateObject().ToDictionary(item => item.Name, item => read(item.Value)) : [];

        private static IEnumerable<JsonElement> Items(JsonElement parent, string name) =>
            parent.TryGetProperty(name, out var items) ? items.EnumerateArray() : [];

        private static string Text(JsonElement parent, string name) =>
            parent.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

        private static double Number(JsonElement parent, string name) => parent.GetProperty(name).GetDouble();

        private InvalidDataException Bad(string problem) => new($"{source}: {problem}.");
    }
}
