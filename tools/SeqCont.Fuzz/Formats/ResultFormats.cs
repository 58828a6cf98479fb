using System.Text;
using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Fuzz.Mutation;
using SeqCont.Reports;

namespace SeqCont.Fuzz.Formats;

/// <summary>Files that a run left, or that somebody says a run left.</summary>
internal static class ResultFormats
{
    private static readonly string[] Keys =
    [
        "schema", "heads", "mlps", "nLayers", "nHeads", "edges", "edge", "kept", "metric", "ratio", "settings", "paths", "strict",
        "through-mlps",
        "as-published", "ablation", "mean", "zero", "resample", "patch", "threshold", "minDrop", "inputSends", "circuitRatio", "model",
        "input->m0",
        "a0.h0->a1.h0<q>", "m1->logits", "node", "pass", "backward", "forward", "index", "iteration", "score", "removed", "prompts",
        "logitDiff",
        "standardError",
    ];

    private static readonly NodeSpace Space = new(2, 3);

    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        new("circuit.json", Make.Json, Circuits) { Words = Keys },
        new("edges.json", Make.Json, Edges) { Words = Keys },
        new("settings.json", Make.Json, scratch =>
        {
            using var sound = JsonDocument.Parse(Samples.Of("settings.json", "settings.json"));
            KeyValuePair<string, string>[] settings =
            [
                .. sound.RootElement.EnumerateObject().Where(setting => setting.Name != "schema")
                    .Select(setting => KeyValuePair.Create(setting.Name, setting.Value.GetString()!)),
            ];
            return bytes =>
            {
                SettingsFile.Check(scratch.Put(bytes, "settings.json"), settings);
                return "the same settings";
            };
        }) { Words = ["schema", "ablation", "mean", "minFaithfulness", "0.8"] },
        new("trace.jsonl", Make.JsonLines, scratch => Journal(scratch, DecisionRows.Nodes)) { Words = Keys },
        new("edges-trace.jsonl", Make.JsonLines, scratch => Journal(scratch, DecisionRows.Edges)) { Words = Keys },
        new("explainer.json", Make.Json, scratch => bytes =>
        {
            var prompts = ExplainerFile.Read(scratch.Put(bytes, "explainer.json"));
            return $"{Math.Min(prompts.Count, 3)} prompts";
        }) { Words = ["prompt", "tokenIds", "top20", "pattern", "0.0", "11.11"] },
        new("figures.json", Make.Json, scratch => bytes =>
        {
            var figures = PublishedFigures.Read(scratch.Put(bytes, "figures.json"));
            return $"{Math.Min(figures.Nodes.Count, 3)} tasks, {Math.Min(figures.Attention.Count, 3)} values of attention";
        })
        {
            Words =
            [
                "schema", "source", "layers", "heads", "samples", "attentionSamples", "promptTokens", "minFaithfulness", "circuits",
                "nodes", "single", "trace", "backward", "forward", "decisions", "lessOneHead", "edges", "ratios", "m0->m1", "ov", "copy",
                "next", "topK", "scores", "lens", "top", "counts", "attention", "head", "query", "key", "value", "0.1 m1", "1.1",
            ],
        },
    ];

    private static Func<byte[], string> Circuits(Scratch scratch) => bytes =>
    {
        var circuit = CircuitFile.Read(scratch.Put(bytes, "circuit.json"), Space);
        var again = CircuitFile.Read(scratch.Put(JsonFile.Object(CircuitFile.Of(circuit, 100, "x")), "again.json"), Space);
        AllFormats.Same("a circuit", circuit.ToString(), again.ToString());
        return $"{circuit.Count} nodes";
    };

    private static Func<byte[], string> Edges(Scratch scratch) => bytes =>
    {
        var path = scratch.Put(bytes, "edges.json");
        if (!EdgesFile.IsEdges(path)) return "no edges";
        var edges = EdgesFile.Read(path, Space);
        // Thirds and the like are found again to the bit; what a file leaves out is not.
        string Said(EdgesRecord of) => Encoding.UTF8.GetString(JsonFile.Object(EdgesFile.Of(of)));
        AllFormats.Same("edges", Said(edges), Said(EdgesFile.Read(scratch.Put(JsonFile.Object(EdgesFile.Of(edges)), "again.json"), Space)));
        return $"{Math.Min(edges.Edges.Count, 5)} edges";
    };

    private static Func<byte[], string> Journal<T>(Scratch scratch, JournalRow<T> row) => bytes =>
    {
        IReadOnlyList<T> Read(byte[] content) => SeqCont.Reports.Journal<T>.Read(scratch.Put(content, "trace.jsonl"), row);
        byte[] Written(IReadOnlyList<T> decisions) => [.. decisions.SelectMany(decision => JsonFile.Row(row.Write(decision)))];
        var decisions = Read(bytes);
        AllFormats.Same("decisions", string.Join('\n', decisions), string.Join('\n', Read(Written(decisions))));
        return $"{Math.Min(decisions.Count, 5)} decisions";
    };
}
