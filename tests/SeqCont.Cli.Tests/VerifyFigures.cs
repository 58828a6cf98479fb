using System.Text.Json.Nodes;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Cli.Tests;

/// <summary>
/// What a study of the demo model would have published, made by running our other commands: prompts, searches, ablations,
/// cross-task scores, edges, OV scores, the lens and attention.
/// </summary>
internal sealed class VerifyFigures : IDisposable
{
    private const string Samples = "4", AttentionSamples = "2";
    private readonly TemporaryFolder _folder = new();

    public VerifyFigures()
    {
        foreach (var task in new[] { "numerals", "numwords" })
        {
            Run("data", "generate", "--task", task, "--count", Samples, "--out", Data);
            Run("prune", "nodes", "--task", task, "--data", Data, "--num-samps", Samples, "--out", _folder.File(task));
        }

        Explainer = _folder.Write("explainer.json", MakeExplainer());
        Root = Figures();
    }

    /// <summary>The folder of prompts.</summary>
    public string Data => _folder.File("data");

    /// <summary>Attention patterns and top logits as another program would give them.</summary>
    public string Explainer { get; }

    /// <summary>The figures; a test changes a copy.</summary>
    public JsonObject Root { get; }

    /// <summary>Figures of OV scores alone, which need no other command.</summary>
    public static JsonObject OvAlone() => new(Sizes()) { ["ov"] = Ov() };

    /// <summary>A figures file, changed.</summary>
    public string Write(string name, Action<JsonObject>? change = null)
    {
        var copy = (JsonObject)Root.DeepClone();
        change?.Invoke(copy);
        return _folder.Write(name, copy.ToJsonString());
    }

    public string File(string name) => _folder.File(name);

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Sizes() =>
    [
        new("schema", 1), new("source", "our own results on the demo model"), new("layers", 4), new("heads", 8), new("samples", 4),
        new("attentionSamples", 2), new("promptTokens", 23), new("minFaithfulness", 0.8),
    ];

    private JsonObject Figures() => new(Sizes())
    {
        ["prompts"] = new JsonObject { ["numerals"] = Hashes("numerals") },
        ["circuits"] = new JsonObject { ["numerals"] = Circuit("numerals").ToString(), ["numwords"] = Circuit("numwords").ToString() },
        ["nodes"] = new JsonObject { ["numerals"] = Nodes("numerals") },
        ["edges"] = Edges(),
        ["ov"] = Ov(),
        ["lens"] = Lens(),
        ["attention"] = Attention(),
    };

    private JsonObject Nodes(string task)
    {
        var trace = System.IO.File.ReadAllLines(_folder.File($"{task}/trace.jsonl")).Select(line => JsonNode.Parse(line)!).ToArray();
        JsonObject Each(params string[] keep) =>
            new(Json(["ablate", "--each", "--task", task, "--data", Data, "--num-samps", Samples, .. keep])["each"]!.AsArray()
            .Select(effect => KeyValuePair.Create<string, JsonNode?>((string)effect!["node"]!, (double)effect["score"]!)));
        var compared = Json("compare", _folder.File("numerals"), _folder.File("numwords"), "--tasks", task, "--data", Data, "--num-samps",
            Samples, "--random", "0")["scores"]!.AsArray();
        var scores = new JsonObject(compared.Select(
            score => KeyValuePair.Create<string, JsonNode?>((string)score!["circuit"]!, (double)score["score"]!)));
        var final = (double)scores[task]!;
        scores["ioi"] = -6.7;
        return new JsonObject
        {
            ["single"] = Each(),
            ["trace"] = new JsonArray(
                [.. trace.GroupBy(step => ((int)step["iteration"]!, (string)step["pass"]!)).Select(pass => new JsonObject
            {
                ["iteration"] = pass.Key.Item1,
                ["pass"] = pass.Key.Item2,
                ["decisions"] = new JsonArray(
                    [.. pass.Select(step => new JsonArray((string)step["node"]!, (double)step["score"]!, (bool)step["removed"]!))]),
            })]),
            ["final"] = final,
            ["lessOneHead"] = new JsonObject(Each("--keep", _folder.File($"{task}/circuit.json"))
                .Where(entry => entry.Key[0] == 'a').Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()))),
            ["circuits"] = scores,
        };
    }

    private JsonObject Edges()
    {
        var edges = Json("prune", "edges", "--as-published", "--circuit", _folder.File("numerals/circuit.json"), "--data", Data,
            "--num-samps", Samples)["edgeSet"]!["edges"]!.AsArray();
        return new JsonObject
        {
            ["task"] = "numerals",
            ["circuit"] = "numerals",
            ["ratios"] = new JsonObject(edges.Where(edge => ((string)edge!["edge"]!).Split("->") is [['m', ..], ['m', ..]])
                .Select(edge => KeyValuePair.Create<string, JsonNode?>((string)edge!["edge"]!, (double)edge["ratio"]!))),
        };
    }

    private static JsonArray Ov() => [.. new[] { ("numerals", "copy"), ("months", "copy"), ("months", "next") }.Select(entry =>
    {
        var ov = Json("ov", "--task", entry.Item1, "--as-published")["ov"]!;
        return new JsonObject
        {
            ["task"] = entry.Item1,
            ["kind"] = entry.Item2,
            ["ordinalNext"] = entry is ("months", "next"),
            ["topK"] = 5,
            ["prompts"] = (int)ov["prompts"]!,
            ["scores"] = new JsonObject(ov["heads"]!.AsArray().Where(head => (double)head![entry.Item2]! > 0)
                .Select(head => KeyValuePair.Create<string, JsonNode?>((string)head!["head"]!, (double)head[entry.Item2]!))),
        };
    })];

    private JsonObject Lens()
    {
        var lens = Json("lens", "--as-published", "--no-lengths", "--data", Data, "--num-samps", Samples)["lens"]!;
        return new JsonObject
        {
            ["prompts"] = new JsonArray(new JsonObject
            {
                ["text"] = (string)lens["first"]!["text"]!,
                ["top"] = new JsonArray(
                    [.. lens["first"]!["rows"]!.AsArray()
                        .Select(row => new JsonArray([.. row!["top"]!.AsArray().Select(token => (JsonNode?)(string)token!["text"]!)]))]),
            }),
            ["counts"] = new JsonObject { ["numerals"] = (int)lens["steps"]!["study"]!["count"]! },
        };
    }

    private JsonArray Attention()
    {
        var attention = Json("attention", "--heads", "0.2", "--bos", "--data", Data, "--num-samps", AttentionSamples);
        string[] tokens = [.. attention["tokens"]!.AsArray().Select(token => (string)token!)];
        var pattern = attention["heads"]![0]!["pattern"]!;
        JsonObject Value(int query, string key, bool last) => new()
        {
            ["task"] = "numerals",
            ["head"] = "0.2",
            ["query"] = last ? null : tokens[query],
            ["key"] = key,
            ["value"] = (double)pattern[query]![Array.IndexOf(tokens, key)]!,
        };
        return [Value(Array.IndexOf(tokens, " 3"), " 2", last: false), Value(tokens.Length - 1, " 3", last: true)];
    }

    private string MakeExplainer()
    {
        var row = System.IO.File.ReadLines(Path.Combine(Data, "numerals_prompts_done.jsonl")).First();
        var one = _folder.Write("one.jsonl", row + "\n");
        var lens = Json("lens", "--clean", one, "--top-k", "20", "--no-lengths")["lens"]!["first"]!;
        var heads = Json("attention", "--clean", one, "--heads", "all", "--no-bos")["heads"]!.AsArray();
        var text = (string)lens["text"]!;
        int[] tokens = Tokenizer().Encode(text);
        JsonArray Flat(
            JsonNode pattern) => [.. Enumerable.Range(0, tokens.Length * tokens.Length)
                .Select(i => (JsonNode?)(i % tokens.Length <= i / tokens.Length
                    ? (double)pattern[i / tokens.Length]![i % tokens.Length]! : 0))];
        return new JsonArray(new JsonObject
        {
            ["prompt"] = text,
            ["tokenIds"] = new JsonArray([.. tokens.Select(token => (JsonNode?)token)]),
            ["top20"] = new JsonArray(
                [.. lens["rows"]!.AsArray()[^1]!["top"]!.AsArray()
                    .Select(token => new JsonArray((int)token!["token"]!, (double)token["logit"]!))]),
            ["pattern"] = new JsonObject(heads.Select(
                head => KeyValuePair.Create<string, JsonNode?>((string)head!["head"]!, Flat(head["pattern"]!)))),
        }).ToJsonString();
    }

    private JsonObject Hashes(string task)
    {
        var prompts = Json("ablate", "--drop", "m0", "--task", task, "--data", Data, "--num-samps", Samples)["prompts"]!;
        return new JsonObject
        {
            ["clean"] = (string)prompts["clean"]!["tokensSha256"]!,
            ["corrupted"] = (string)prompts["corrupted"]!["tokensSha256"]!
        };
    }

    private Circuit Circuit(string task)
    {
        using var weights = DemoModel.LoadWeights();
        return Reports.CircuitFile.Read(_folder.File($"{task}/circuit.json"), weights.Config);
    }

    private static Gpt2Tokenizer Tokenizer() => Gpt2Tokenizer.Load(Path.Combine(Testing.TestFiles.Root, "src", "SeqCont.Model", "Demo"));

    private static JsonNode Json(params string[] args) => JsonNode.Parse(Run([.. args, "--json", "--quiet"]).Out)!;

    private static Invocation Run(params string[] args)
    {
        var run = Invocation.Run(args);
        Assert.AreEqual(0, run.Code, $"{string.Join(' ', args)}: {run.Error}");
        return run;
    }
}
