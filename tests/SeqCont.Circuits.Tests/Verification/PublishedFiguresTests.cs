using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SeqCont.Model;
using SeqCont.Model.Tests;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Verification;

/// <summary>The figures inside the program against the published files, all of them, and the prompts that they rest on.</summary>
[TestClass]
public sealed partial class PublishedFiguresTests
{
    private static readonly PublishedFigures Figures = PublishedFigures.Gpt2Small();

    [TestMethod]
    [DataRow("numerals", 239)]
    [DataRow("numwords", 223)]
    public void Gpt2Small_NodePruning_IsThePublishedFiles(string task, int candidates)
    {
        using var golden = Golden($"node-pruning-{task}.json");
        var (root, nodes) = (golden.RootElement, Figures.Nodes[task]);
        Assert.AreEqual(root.GetProperty("prompts").GetInt32(), Figures.Samples * StudyData.Templates.Count);
        var trace = root.GetProperty("trace").EnumerateArray().Select(step => new PublishedDecision(
            step.GetProperty("iteration").GetInt32(), Enum.Parse<SweepDirection>(step.GetProperty("pass").GetString()!, ignoreCase: true),
            Node(step),
            step.GetProperty("score").GetDouble(), step.GetProperty("removed").GetBoolean())).ToArray();
        Assert.HasCount(candidates, trace);
        CollectionAssert.AreEqual(trace, nodes.Trace.ToArray());
        var single = root.GetProperty("keep_all_but_one_head")
            .EnumerateArray().Concat(root.GetProperty("keep_all_but_one_mlp").EnumerateArray()).ToArray();
        Assert.HasCount(156, single);
        AssertSame(single.ToDictionary(Node, Score), nodes.Single);
        AssertSame(root.GetProperty("circuit_minus_one_head").EnumerateArray().ToDictionary(Node, Score), nodes.LessOneHead);
        AssertSame(root.GetProperty("other_circuits").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetDouble()),
            nodes.Circuits);
        Assert.AreEqual(root.GetProperty("circuit_score").GetDouble(), nodes.Final);
    }

    [TestMethod]
    public void Gpt2Small_SearchesAreSearches()
    {
        foreach (var (task, nodes) in Figures.Nodes)
        {
            var current = Circuit.Full(ModelConfig.Small);
            foreach (var decision in nodes.Trace)
            {
                Assert.AreEqual(decision.Score > 100 * Figures.MinFaithfulness, decision.Removed, $"{task}: {decision}");
                if (decision.Removed) current = current.Without(decision.Node);
            }

            Assert.AreEqual(Figures.Circuits[task], current);
        }

        CollectionAssert.AreEqual(PublishedDecisions.Numerals(ModelConfig.Small).ToArray(),
            Figures.Nodes["numerals"].Trace.Select(decision => new ReplayedDecision(decision.Node, decision.Removed)).ToArray());
    }

    [TestMethod]
    public void Gpt2Small_CircuitsAndEdges_AreThePublishedFiles()
    {
        foreach (var task in TaskFixtures.Tasks)
        {
            using var circuit = Golden($"circuit-{task}.json");
            var nodes = circuit.RootElement.GetProperty("heads").EnumerateArray()
                .Select(Head).Concat(circuit.RootElement.GetProperty("mlps").EnumerateArray().Select(mlp => NodeId.Mlp(mlp.GetInt32())));
            CollectionAssert.AreEqual(nodes.ToArray(), Figures.Circuits[task].Nodes.ToArray());
        }

        using var golden = Golden("edges-mlp-to-mlp-numerals.json");
        Assert.AreEqual("circuit-numerals.json", golden.RootElement.GetProperty("circuit").GetString());
        var ratios = golden.RootElement.GetProperty("mlp_to_mlp").EnumerateObject()
            .SelectMany(receiver => receiver.Value.EnumerateObject()
                .Select(sender => ($"{sender.Name}->{receiver.Name}", sender.Value.GetDouble())))
            .ToDictionary(entry => entry.Item1, entry => entry.Item2);
        Assert.HasCount(55, ratios);
        Assert.AreEqual(("numerals", "numerals"), (Figures.Edges!.Task, Figures.Edges.Circuit));
        AssertSame(ratios, Figures.Edges.Ratios.ToDictionary(entry => entry.Key.ToString(), entry => entry.Value));
    }

    [TestMethod]
    public void Gpt2Small_OvScores_AreThePublishedFile()
    {
        using var golden = Golden("ov-scores.json");
        var scores = golden.RootElement.GetProperty("scores").EnumerateObject().ToArray();
        Assert.HasCount(Figures.Ov.Count, scores);
        foreach (var published in scores)
        {
            var ov = Figures.Ov.Single(ov => published.Name == $"{ov.Task}/{(ov.Kind == OvScoreKind.Copy ? "copy" : "next")}");
            AssertSame(published.Value.EnumerateObject()
                .ToDictionary(entry => NodeId.TryParse(entry.Name, out var head)
                    ? head : throw new FormatException(entry.Name), entry => entry.Value.GetDouble()), ov.Scores);
            Assert.AreEqual(golden.RootElement.GetProperty("top_k").GetInt32(), ov.TopK);
            Assert.AreEqual(published.Name == "months/next", ov.OrdinalNext);
            var prompts = OvPrompts.Create(TaskFixtures.DemoWords.Task(ov.Task).Members, Gpt2Files.Tokenizer, ov.Task);
            Assert.HasCount(ov.Prompts, prompts.Tokens, "The sequences that we make for GPT-2 are as many as the published ones.");
        }
    }

    [TestMethod]
    public void Gpt2Small_LensAndAttention_AreThePublishedFiles()
    {
        using var lens = Golden("logit-lens.json");
        var prompts = lens.RootElement.GetProperty("prompts").EnumerateArray().ToArray();
        Assert.HasCount(Figures.Lens!.Prompts.Count, prompts);
        foreach (var (published, own) in prompts.Zip(Figures.Lens.Prompts))
        {
            Assert.AreEqual(published.GetProperty("text").GetString(), own.Text);
            string[][] top = [.. published.GetProperty("top5")
                .EnumerateArray().Select(row => row.EnumerateArray().Select(token => token.GetString()!).ToArray())];
            Assert.HasCount(13, top);
            for (var row = 0; row < top.Length; row++) CollectionAssert.AreEqual(top[row], own.Top[row]);
        }

        AssertSame(lens.RootElement.GetProperty("one_before_then_correct").EnumerateObject().Where(entry => entry.Name != "comment")
            .ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32()), Figures.Lens.Counts);
        using var attention = Golden("attention-values.json");
        var values = attention.RootElement.GetProperty("values")
            .EnumerateObject().SelectMany(task => task.Value.EnumerateArray().Select(value =>
        {
            var quoted = Quoted().Matches(value.GetProperty("where").GetString()!).Select(match => match.Groups[1].Value).ToArray();
            Assert.IsTrue(NodeId.TryParse(value.GetProperty("head").GetString(), out var head));
            return new PublishedAttention(task.Name, head, quoted.Length == 2
                ? quoted[0] : null, quoted[^1], value.GetProperty("value").GetDouble());
        })).ToArray();
        CollectionAssert.AreEqual(values, Figures.Attention.ToArray());
        Assert.AreEqual(128, Figures.AttentionSamples);
    }

    [TestMethod]
    public void Prompts_AllOfTheStudys_AreTwentyThreeTokensAndTheHashedOnes()
    {
        var folder = TaskFixtures.StudyFolder();
        Assert.AreEqual(23, Figures.PromptTokens);
        var rows = 0;
        foreach (var task in TaskFixtures.Tasks)
        {
            foreach (var name in StudyData.Templates.Select(template => $"{task}_prompts_{template}").Append($"randDS_{task}"))
                foreach (var row in PromptFile.Read(StudyData.FindFile(folder, name)))
                {
                    Assert.HasCount(23, Gpt2Files.Tokenizer.Encode(row.Text!), row.Text!);
                    rows++;
                }

            var prompts = new VerificationPrompts(folder, Figures, Gpt2Files.Tokenizer, ModelConfig.Small);
            Assert.AreEqual((1536, 1536), (prompts.Of(task).Clean.Count, prompts.Of(task).Corrupted.Count));
            Assert.AreEqual(384, prompts.OfAttention(task, 50256).Count);
            Assert.HasCount(24, prompts.OfAttention(task, 50256).Tokens[^1]);
        }

        Assert.AreEqual(3 * (3 * 1024 + 1536), rows);
    }

    [TestMethod]
    public void Read_Malformed_NamesThePlace()
    {
        void Fails(string says, string json)
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
            var message = Assert.ThrowsExactly<InvalidDataException>(() => PublishedFiguresReader.Read(stream, "f.json")).Message;
            Assert.StartsWith("f.json", message);
            Assert.Contains(says, message);
        }

        const string Start =
            """{"schema": 1, "source": "s", "layers": 2, "heads": 3, "samples": 4, "attentionSamples": 1, "minFaithfulness": 0.8""";
        Fails("not valid JSON", "{");
        Fails("schema 1", "{}");
        Fails("published figures", "[]");
        Fails("layers", """{"schema": 1, "layers": 0}""");
        Fails("2 layers of 3 heads", Start + """, "circuits": {"a": "0.3"}}""");
        Fails("m0->m9->", Start + """, "edges": {"task": "a", "circuit": "a", "ratios": {"m0->m9->m1": 1}}}""");
        Fails("lens", Start + """, "lens": {"prompts": [{"text": "a", "top": [["b"]]}], "counts": {}}}""");
        Fails("copy or next", Start
            + """, "ov": [{"task": "a", "kind": "other", "ordinalNext": false, "topK": 5, "prompts": 1, "scores": {}}]}""");
        Fails("backward or forward", Start
            + """, "nodes": {"a": {"final": 1, "trace": [{"iteration": 1, "pass": "up", "decisions": []}]}}}""");
        Fails("a node, its score", Start
            + """, "nodes": {"a": {"final": 1, "trace": [{"iteration": 1, "pass": "forward", "decisions": [["m0", 3]]}]}}}""");
        Fails("an MLP", Start + """, "attention": [{"task": "a", "head": "m1", "query": null, "key": " b", "value": 0.1}]}""");
        using var empty = new MemoryStream(Encoding.UTF8.GetBytes(Start + "}"));
        Assert.IsEmpty(PublishedFiguresReader.Read(empty, "f.json").Parts);
    }

    private static JsonDocument Golden(string name)
    {
        if (TestFiles.SharedOrNull("golden", "gpt2", name) is { } path) return JsonDocument.Parse(File.ReadAllBytes(path));
        Assert.Inconclusive($"../shared/golden/gpt2/{name} is not there.");
        throw new InvalidOperationException();
    }

    private static NodeId Node(JsonElement entry) =>
        entry.TryGetProperty("mlp", out var mlp) ? NodeId.Mlp(mlp.GetInt32()) : Head(entry.GetProperty("head"));

    private static NodeId Head(JsonElement pair) => new(pair[0].GetInt32(), pair[1].GetInt32());

    private static double Score(JsonElement entry) => entry.GetProperty("score").GetDouble();

    private static void AssertSame<TKey, TValue>(IReadOnlyDictionary<TKey, TValue> published, IReadOnlyDictionary<TKey, TValue> own)
    {
        Assert.HasCount(published.Count, own);
        foreach (var (key, value) in published) Assert.AreEqual(value, own[key], $"{key}");
    }

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();
}
