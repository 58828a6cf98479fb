using System.Buffers.Binary;
using System.Text;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports.Tests;

/// <summary>Every JSON format that is read, each part of a valid file made hostile: it reads, or one line says what is wrong.</summary>
[TestClass]
public sealed class JsonMutationTests
{
    private const string Row = """{"text": "A in 1.", "corr": " 5", "incorr": " 4", "S1": "1", "n": [1, 2], "deep": {"a": [null]}}""";

    private const string Task = """
        {"schema": 1, "name": "days", "members": ["a", "b", "c", "d", "e"], "templates": {"t": {"text": "{other} {word} {member}.",
          "words": "mine"}}, "words": {"mine": ["x", "y"]}, "others": {"members": ["1", "2", "3", "4", "5"], "order": "random"}}
        """;

    private const string Figures = """
        {"schema": 1, "source": "s", "layers": 2, "heads": 3, "samples": 4, "attentionSamples": 1, "promptTokens": 5,
          "minFaithfulness": 0.8,
          "prompts": {"a": {"clean": "x", "corrupted": "y"}}, "circuits": {"a": "0.1 m1"},
          "nodes": {"a": {"single": {"0.0": 1.5, "m0": 2}, "trace": [{"iteration": 1, "pass": "backward",
            "decisions": [["m1", 78.5, false]]}],
            "final": 81, "lessOneHead": {"0.1": 3}, "circuits": {"a": 4}}},
          "edges": {"task": "a", "circuit": "a", "ratios": {"m0->m1": 0.5}},
          "ov": [{"task": "a", "kind": "copy", "ordinalNext": false, "topK": 5, "prompts": 9, "scores": {"1.2": 2}}],
          "lens": {"prompts": [{"text": "1 2", "top": [["a"], ["b"], ["c"]]}], "counts": {"a": 15}},
          "attention": [{"task": "a", "head": "1.1", "query": null, "key": " 2", "value": 0.3}]}
        """;

    private const string Words = """
        {"objects": ["Van"], "names": ["Ann"], "verbs": ["done"], "templates": {"done": {"text": "{word} done in {member}.",
          "words": "objects"}, "lost": {"text": "{word} lost in {member}.", "words": "objects"},
          "names": {"text": "{word} born in {member}.", "words": "names"}}, "sequences": {"numerals": ["1", "2"]},
          "task_members": {"numerals": ["1", "2"]}}
        """;

    private const string Config = """
        {"model_type": "gpt2", "n_layer": 2, "n_head": 3, "n_embd": 12, "vocab_size": 61, "n_positions": 17, "n_inner": null,
          "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new", "bos_token_id": 0, "tie_word_embeddings": true, "use_cache": [1]}
        """;

    private const string Header = """
        {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
          "b": {"dtype": "F16", "shape": [4], "data_offsets": [24, 32]}}
        """;

    private static readonly NodeSpace Nodes = new(3, 4);
    private readonly RunSample _sample = new();

    [TestCleanup]
    public void Clean() => _sample.Dispose();

    [TestMethod]
    public void Configuration_Mutated() => Survives("config.json", Config, path => ModelConfig.FromFile(path));

    [TestMethod]
    public void SafetensorsHeader_Mutated() => Survives("model.safetensors", Header, path => SafetensorsFile.FromFile(path).Dispose(),
        json =>
        {
            var bytes = new byte[8 + json.Length + 32];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
            json.CopyTo(bytes, 8);
            return bytes;
        });

    [TestMethod]
    public void Index_Mutated()
    {
        var folder = Path.GetDirectoryName(File("config.json", Config))!;
        Survives("model.safetensors.index.json",
            """{"metadata": {"total_size": 1}, "weight_map": {"a": "x.safetensors", "b": "y.safetensors"}}""",
            _ => throw Assert.ThrowsExactly<InvalidDataException>(() => Gpt2Weights.Load(folder)));
    }

    [TestMethod]
    public void Task_Mutated() =>
        Survives("t.json", Task, path =>
            TaskFile.Read(path, TaskWords.Read(new MemoryStream(Encoding.UTF8.GetBytes(Words)), "words.json")));

    [TestMethod]
    public void Words_Mutated() => Survives("words.json", Words, path => TaskWords.Read(new MemoryStream(Bytes(path)), path));

    [TestMethod]
    public void Figures_Mutated() => Survives("figures.json", Figures, path => PublishedFigures.Read(path));

    [TestMethod]
    public void Explainer_Mutated() => Survives("explainer.json",
        """[{"prompt": "a", "tokenIds": [1, 2], "top20": [[3, 0.5], [4, 0.4]], "pattern": {"0.0": [1, 0, 0.5, 0.5]}}]""",
        path => ExplainerFile.Read(path));

    [TestMethod]
    public void Explainer_TokensWhosePairsOverflow_AreCounted()
    {
        var path = File("explainer.json", $$"""
            [{"prompt": "a", "tokenIds": [{{string.Join(',', Enumerable.Repeat(1, 1 << 16))}}], "top20": [[3, 0.5]],
              "pattern": {"0.0": []} }]
            """);
        Assert.Contains(
            "expected a list of 4294967296, got 0", Assert.ThrowsExactly<InvalidDataException>(() => ExplainerFile.Read(path)).Message);
    }

    [TestMethod]
    public void Prompts_Mutated()
    {
        Survives("p.jsonl", Row + "\n" + """{"tokens": [5, 17], "corr": 9, "incorr": 3}""" + "\n", ReadAndWrite, isLines: true);
        Survives("tokens.jsonl", """{"tokens": [5, 17], "corr": 9, "incorr": 3}""" + "\n", ReadAndWrite, isLines: true);
        void ReadAndWrite(string path)
        {
            var rows = PromptFile.Read(path);
            PromptFile.Write(path + ".out", rows, overwrite: true);
            Assert.HasCount(rows.Count, PromptFile.Read(path + ".out"));
        }
    }

    [TestMethod]
    public void Settings_Mutated() => Survives("settings.json", """{"schema": 1, "model": "abc", "seed": "0"}""",
        path => SettingsFile.Check(path, [new("model", "abc"), new("seed", "0")]));

    [TestMethod]
    public void Settings_NameOfTheFile_IsEscaped()
    {
        var path = File("settings.json", "{\"schema\": 1,\n\"a\\u001b\\u202e\": \"1\", \"b\": 2}");
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => SettingsFile.Check(path, []));
        Assert.StartsWith(path + @": the run was started with a\u001b\u202e 1, but this one has none;", thrown.Message);
    }

    [TestMethod]
    public void Circuit_Mutated() => Survives("circuit.json",
        """{"schema": 1, "heads": [[0, 1], [2, 3]], "mlps": [0, 2], "nLayers": 3, "nHeads": 4, "score": 80.5, "model": "m"}""",
        path =>
        {
            CircuitFile.Read(path, Nodes);
            EdgesFile.IsEdges(path);
        });

    [TestMethod]
    public void Edges_Mutated() => Survives("edges.json", """
        {"schema": 1, "model": "m", "nLayers": 3, "nHeads": 4, "settings": {"paths": "strict", "ablation": "mean", "patch": "zero",
          "threshold": 0.8, "minDrop": null, "inputSends": false}, "fullMetric": 8.5, "circuitMetric": 7, "circuitRatio": 0.8,
          "finalMetric": 6, "heads": [[0, 0]], "mlps": [1], "edges": [{"edge": "a0.h0->m1", "metric": 2, "ratio": 0.7, "kept": true}]}
        """, path => EdgesFile.Read(path, Nodes));

    [TestMethod]
    public void Journals_Mutated()
    {
        Survives("trace.jsonl", """{"index": 1, "iteration": 1, "pass": "backward", "node": "m2", "logitDiff": 4,"""
            + """ "standardError": 0, "score": 9, "removed": true, "prompts": 7}""" + "\n",
            path => Journal<NodeDecision>.Read(path, DecisionRows.Nodes), isLines: true);
        Survives("edges-trace.jsonl", """
            {"index": 1, "edge": "m0->m2", "logitDiff": 4, "standardError": 0, "ratio": 0.5, "kept": true}

            """, path => Journal<EdgeDecision>.Read(path, DecisionRows.Edges), isLines: true);
    }

    [TestMethod]
    public void RunsFolders_Mutated_MakeAPageOrOneLine()
    {
        var folders = new[] { _sample.Search("search", "t"), _sample.Each("each", "t"), _sample.Analyses("analyses", "t"),
            _sample.Compare("compare"), _sample.Edges("edges", "t", 2, 2, (_, to) => to == "logits") };
        // Reading takes a tenth of a page's time.
        var reads = 0;
        foreach (var original in folders.SelectMany(folder => Directory.GetFiles(folder)).DistinctBy(Path.GetFileName))
        {
            // Beside run.json, which tells the sizes, one file at a time.
            var folder = _sample.Folder($"{Path.GetFileName(Path.GetDirectoryName(original))}-{Path.GetFileName(original)}");
            var facts = Path.Combine(Path.GetDirectoryName(original)!, "run.json");
            if (System.IO.File.Exists(facts)) System.IO.File.Copy(facts, Path.Combine(folder, "run.json"));
            Survives(Path.Combine(folder, Path.GetFileName(original)), System.IO.File.ReadAllText(original),
                path =>
                {
                    var run = ReportRun.Read(Path.GetDirectoryName(path)!);
                    if (++reads % 8 == 0) ReportPage.Build([run]);
                },
                isLines: original.EndsWith(".jsonl", StringComparison.Ordinal));
        }
    }

    private void Survives(
        string name, string content, Action<string> read, Func<byte[], byte[]>? wrap = null, bool isLines = false)
    {
        var path = File(name, content);
        var (read0, refused) = (0, 0);
        foreach (var mutation in JsonMutations.OfFile(content, isLines))
        {
            System.IO.File.WriteAllBytes(path, wrap is null ? mutation : wrap(mutation));
            try
            {
                read(path);
                read0++;
            }
            catch (InvalidDataException error) when (error.GetType() == typeof(InvalidDataException))
            {
                refused++;
                Assert.AreEqual(BadFile.Printable(error.Message, int.MaxValue), error.Message, Shown(mutation));
                Assert.Contains(Path.GetFileName(path), error.Message, Shown(mutation));
                Assert.IsLessThan(1000, error.Message.Length, error.Message);
            }
            catch (Exception error) when (error is not UnitTestAssertException)
            {
                Assert.Fail($"{name}: {error}\n{Shown(mutation)}");
            }
        }

        Assert.IsGreaterThan(20, refused, name);
    }

    private static string Shown(byte[] mutation) => BadFile.Printable(Encoding.UTF8.GetString(mutation), 2000);

    private static byte[] Bytes(string path) => System.IO.File.ReadAllBytes(path);

    private string File(string name, string content)
    {
        var path = Path.Combine(_sample.Root, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }
}
