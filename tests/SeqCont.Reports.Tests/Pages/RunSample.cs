using System.Globalization;
using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports.Tests;

/// <summary>Writes folders as runs leave them, with made-up numbers and, where asked for, hostile texts.</summary>
internal sealed class RunSample : IDisposable
{
    /// <summary>Ends elements, attributes and comments; runs where it is let; turns the reading direction; is no XML.</summary>
    public const string Hostile = "</script><script>window.hacked=1</script>\"'--><img src=x "
        + "onerror=\"window.hacked=1\">\u202E\u05D0\u05D1\u0000\u0007\uD800 &amp; 'x'<!-- ]]> </title></style></text></svg>"
        + "<svg onload=window.hacked=1><a href=\"javascript:window.hacked=1\">${window.hacked=1}`{{x}}\u2028\u2029\u200F\u061C\u2066";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("seqcont-report-");

    public string Root => _root.FullName;

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public void Dispose() => _root.Delete(recursive: true);

    /// <summary>A search's folder: facts, circuit, trace and answers.</summary>
    public string Search(string name, string? task, int nLayers = 3, int nHeads = 4, string text = " 5")
    {
        var folder = Folder(name);
        Write(folder, "run.json", new
        {
            schema = 1,
            tool = new { name = "seqcont", version = "0.1.0", commit = (string?)null },
            command = $"seqcont prune nodes --clean '{text}'",
            model = new { name = text == " 5" ? "small" : text, sha256 = text, nLayers, nHeads, dModel = 8 },
            prompts = new { task, clean = new { source = text, files = Array.Empty<string>(), count = 7 } },
            threshold = 20,
            full = new { logitDiff = 4.5, standardError = 0.1 },
            score = 81.25,
            candidates = 12,
            seconds = new { search = 1.5, total = 2.5 },
        });
        Write(folder, "circuit.json", new
        {
            schema = 1,
            heads = new[] { new[] { 0, 1 }, [1, 3], [2, 0] },
            mlps = new[] { 0, 2 },
            nLayers,
            nHeads
        });
        var trace = Enumerable.Range(1, 12).Select(i => new
        {
            index = i,
            iteration = 1,
            pass = i < 9 ? "backward" : "forward",
            node = i % 4 == 0 ? $"m{i % nLayers}" : $"a{i % nLayers}.h{i % nHeads}",
            logitDiff = 4.5 - i / 10.0,
            standardError = 0.05,
            score = 100 - 6.5 * (i % 5),
            removed = i % 5 < 3,
            prompts = 7,
        });
        WriteRows(folder, "trace.jsonl", trace);
        WriteRows(folder, "per-prompt.jsonl", Enumerable.Range(1, 7).Select(i => new
        {
            prompt = i,
            fullLogitDiff = 4 + i / 7.0,
            circuitLogitDiff = 3 - i / 5.0,
            fullTop = 3,
            circuitTop = i % 3,
            fullTopText = text,
            circuitTopText = i % 3 == 0 ? "other" : text,
        }));
        return folder;
    }

    /// <summary>The folder of every single node's effect.</summary>
    public string Each(string name, string? task, int nLayers = 3, int nHeads = 4)
    {
        var folder = Search(name, task, nLayers, nHeads);
        File.Delete(Path.Combine(folder, "trace.jsonl"));
        var nodes = Enumerable.Range(0, nLayers)
            .SelectMany(layer => Enumerable.Range(0, nHeads).Select(head => $"a{layer}.h{head}").Append($"m{layer}")).ToArray();
        Write(folder, "circuit.json", new
        {
            schema = 1,
            heads = Enumerable.Range(0, nLayers * nHeads).Select(i => new[] { i / nHeads, i % nHeads }),
            mlps = Enumerable.Range(0, nLayers),
        });
        WriteRows(folder, "each.jsonl", nodes.Select((node, i) =>
            new { node, logitDiff = 4.0, standardError = 0.1, score = i == 0 ? 103.5 : 100 - i * 3.5 }));
        return folder;
    }

    /// <summary>A folder of edges: every edge of the model whose sender and receiver the predicate lets through.</summary>
    public string Edges(string name, string? task, int nLayers, int nHeads, Func<string, string, bool> isEdge, double threshold = 0.8)
    {
        var folder = Search(name, task, nLayers, nHeads);
        var edges = new List<object>();
        var nodes = new NodeSpace(nLayers, nHeads);
        for (var to = 1; to < nodes.Count; to++)
        {
            var isHead = to != nodes.Logits && !nodes.At(to).IsMlp;
            foreach (var port in isHead ? new[] { "<q>", "<k>", "<v>" } : [""])
            {
                for (var from = 0; from < to; from++)
                {
                    if (!NodeSpace.CanReach(nodes.At(from), nodes.At(to)) || !isEdge($"{nodes.At(from)}", $"{nodes.At(to)}")) continue;
                    var ratio = 0.81 - 0.3 * Math.Pow((edges.Count * 37 % 101 - 20) / 81.0, 3);
                    edges.Add(new
                    {
                        edge = $"{nodes.At(from)}->{nodes.At(to)}{port}",
                        metric = 4.5 * ratio,
                        ratio,
                        kept = ratio < threshold
                    });
                }
            }
        }

        Write(folder, "edges.json", new { schema = 1, nLayers, nHeads, circuitRatio = 0.81, edges });
        return folder;
    }

    /// <summary>A folder of attention, lens and OV results.</summary>
    public string Analyses(string name, string? task, string text = " 5")
    {
        var folder = Search(name, task);
        foreach (var file in new[] { "circuit.json", "trace.jsonl", "per-prompt.jsonl" }) File.Delete(Path.Combine(folder, file));
        string[] tokens = ["<|endoftext|>", text, " done", " in"];
        var pattern = tokens.Select((_, query) => Enumerable.Range(0, query + 1).Select(_ => 1.0 / (query + 1)));
        Write(folder, "attention.json", new
        {
            schema = 1,
            tokens,
            heads = new[]
            {
                new { head = "a1.h2", role = (string?)null, highlights = Array.Empty<object>(), pattern },
                new { head = "a2.h1", role = (string?)(text == " 5" ? "late" : text),
                    highlights = new object[] { new { query = 3, key = 1, value = 0.25 } }, pattern },
            },
        });
        Write(folder, "lens.json", Lens(text));
        string[] members = ["1", text, "3"];
        Write(folder, "ov.json", new
        {
            schema = 1,
            topK = 5,
            prompts = 2,
            members,
            heads = Enumerable.Range(0, 12).Select(i => new
            {
                head = $"a{i / 4}.h{i % 4}",
                copy = 8.0 * i,
                next = 100 - 8.0 * i,
                negativeCopy = 0,
                negativeNext = i == 3 ? 12.5 : 0,
                copyByMember = new double?[] { 100, null, 0 },
                nextByMember = new double?[] { 0, 50, 100 },
            }),
        });
        return folder;
    }

    /// <summary>A folder of a comparison: two circuits with edges and one without, on two tasks.</summary>
    public string Compare(string name, string text = "first")
    {
        var folder = Folder(name);
        string[] names = [text, "second", "third"], tasks = ["numerals", text + " task"];
        var random = new { mean = -1.5, deviation = 2.25, scores = new double?[] { -3, null, 0 } };
        var sets = new { mean = 41.5, deviation = 3.25, scores = new double?[] { 38, 41.5, 45 } };
        Write(folder, "compare.json", new
        {
            schema = 1,
            command = $"seqcont compare '{text}'",
            model = new { name = "small", sha256 = "abc", nLayers = 3, nHeads = 4 },
            tasks = tasks.Select(task => new { task, full = new { logitDiff = 4.5, standardError = 0.1 } }),
            circuits = names.Select(
                (circuit, i) => new
                {
                    name = circuit,
                    file = text,
                    heads = new[] { new[] { 0, 1 }, [1, 3] },
                    mlps = new[] { i },
                    edges = i < 2 ? new[] { "a0.h1->m0", "m0->logits" } : null
                }),
            // The second task's as files from before random edge sets have them.
            scores = names.SelectMany((circuit, i) => tasks.Select((task, j) => j == 0
                ? (object)new
                {
                    circuit,
                    task,
                    score = 81.25 - 50 * i,
                    nodeScore = 90.5,
                    random = i == 0
                    ? random : null,
                    randomEdges = i == 0 ? sets : null
                }
                : new { circuit, task, score = 81.25 - 50 * i - j, nodeScore = 90.5, random = i == 0 ? random : null })),
            overlap = new
            {
                pairs = new[] { (0, 1), (0, 2), (1, 2) }.Select(
                    pair => new
                    {
                        first = names[pair.Item1],
                        second = names[pair.Item2],
                        sharedNodes = new[] { "a0.h1", "a1.h3" },
                        nodeJaccard = 0.5,
                        sharedEdges = pair == (0, 1)
                            ? new[] { "m0->logits" } : null,
                        edgeJaccard = pair == (0, 1) ? 0.25 : (double?)null
                    }),
                inAll = new[] { "a0.h1", "a1.h3" },
                edgesInAll = (string[]?)null,
            },
            seconds = new { total = 2.5 },
        });
        return folder;
    }

    public static void Write(string folder, string name, object content) =>
        File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(content));

    private static void WriteRows<T>(string folder, string name, IEnumerable<T> rows) =>
        File.WriteAllText(Path.Combine(folder, name), string.Concat(rows.Select(row => JsonSerializer.Serialize(row) + "\n")));

    private static object Lens(string text)
    {
        var answer = new { probability = 0.5, standardError = 0.01, medianRank = 2.0, topShare = 0.25 };
        var top = new[] { new { token = 5, text, logit = 1.0, probability = 0.75 },
            new { token = 6, text = "\n", logit = 0.5, probability = 0.2 } };
        return new
        {
            schema = 1,
            asPublished = false,
            prompts = 7,
            rows = Enumerable.Range(0, 4)
                .Select(row => new
                {
                    row,
                    name = row == 0
                    ? "embeddings" : string.Create(CultureInfo.InvariantCulture,
                        $"after block {row - 1}"),
                    correct = answer,
                    incorrect = answer
                }),
            first = new
            {
                prompt = 1,
                text,
                correct = new { token = 5, text },
                incorrect = new { token = 6, text = "\n" },
                rows = Enumerable.Range(0, 4).Select(row => new { row, top })
            },
            steps = new
            {
                study = new { earlierRow = 1, laterRow = 2, count = 3, percent = 42.9 },
                pairs = Enumerable.Range(0, 3).Select(row => new { earlierRow = row, laterRow = row + 1, count = 3, percent = 42.9 })
            },
            lengths = Enumerable.Range(2, 4).Select(members => new { members, correct = answer, previous = answer }),
        };
    }
}
