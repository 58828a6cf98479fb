using System.Text.Json;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>Edge scores against the study's own code, a double-precision model of it, and EAP-IG's exact scores.</summary>
[TestClass]
public sealed class EdgeFixtureTests
{
    private const double DoubleTolerance = 1e-6;

    [TestMethod]
    [DataRow("mean", true)]
    [DataRow("zero", true)]
    [DataRow("resample", true)]
    [DataRow("mean", false)]
    [DataRow("zero", false)]
    [DataRow("resample", false)]
    public void Run_EveryEdgeOfATinyModel_SameAsExactScores(string mode, bool reference)
    {
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));
        using IOps ops = reference ? new ReferenceOps() : new CpuOps();
        using var model = new Gpt2Model(ops, weights);
        var (clean, corrupted) = Prompts("e_edge_patching", weights.Config);
        using var json = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("tiny", "e_edge_patching", mode + ".json")));
        var result = EdgePruning.Run(model, clean, corrupted, new EdgePruningConfig
        {
            Circuit = Circuit.Full(weights.Config),
            InputSends = true,
            Patch = mode switch { "mean" => AblationKind.Mean, "zero" => AblationKind.Zero, _ => AblationKind.Resample },
        });
        var expected = json.RootElement.GetProperty("edges")
            .EnumerateArray().ToDictionary(edge => edge.GetProperty("edge").GetString()!, edge => edge.GetProperty("metric").GetDouble());
        Assert.HasCount(75, expected);
        Assert.HasCount(75, result.Trace);
        var worst = 0.0;
        foreach (var decision in result.Trace)
            worst = Math.Max(worst, Near(expected[decision.Edge.ToString()], decision.Metric.Mean, reference, decision.Edge));
        Near(json.RootElement.GetProperty("clean_metric").GetDouble(), result.Full.Mean.Mean, reference, "");
        Near(json.RootElement.GetProperty("clean_metric").GetDouble(), result.Unpatched.Mean.Mean, reference, "");
        Console.WriteLine($"largest difference {worst:g3}");
    }

    /// <summary>No kept edge: every receiver reads patched values only, as in the corrupted run.</summary>
    [TestMethod]
    public void ScoreSet_NoEdgesResample_IsTheCorruptedRun()
    {
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-2x3"));
        using var ops = new ReferenceOps();
        using var model = new Gpt2Model(ops, weights);
        var (clean, corrupted) = Prompts("e_edge_patching", weights.Config);
        using var json = JsonDocument.Parse(File.ReadAllText(TestFiles.Data("tiny", "e_edge_patching", "resample.json")));
        var config = new EdgePruningConfig { Circuit = Circuit.Full(weights.Config), InputSends = true };
        double Score(IReadOnlyList<Edge> kept) => EdgePruning.ScoreSet(model, clean, corrupted, config, kept).Score.Answers.Mean.Mean;
        Assert.AreEqual(json.RootElement.GetProperty("corrupted_metric").GetDouble(), Score([]), DoubleTolerance);
        Assert.AreEqual(json.RootElement.GetProperty("clean_metric").GetDouble(), Score(config.Edges), DoubleTolerance);
        // All but one edge: the same as patching that edge alone.
        foreach (var edge in json.RootElement.GetProperty("edges").EnumerateArray())
        {
            var name = edge.GetProperty("edge").GetString();
            Assert.AreEqual(edge.GetProperty("metric").GetDouble(), Score([.. config.Edges.Where(other => other.ToString() != name)]),
                DoubleTolerance, name);
        }
    }

    [TestMethod]
    [DataRow("correct_strict", EdgePaths.Strict, true)]
    [DataRow("correct_frozen_heads_live_mlps", EdgePaths.ThroughMlps, true)]
    [DataRow("correct_strict", EdgePaths.Strict, false)]
    [DataRow("correct_frozen_heads_live_mlps", EdgePaths.ThroughMlps, false)]
    public void Run_CircuitOfTheStudysSearch_SameAsDoublePrecision(string table, EdgePaths paths, bool reference)
    {
        using var json = Published();
        var expected = json.RootElement.GetProperty(table).EnumerateObject()
            .SelectMany(receiver => receiver.Value.EnumerateObject()
                .Select(sender => ($"{sender.Name}->{receiver.Name}", sender.Value.GetDouble())));
        Assert.AreEqual(516, Check(json.RootElement, paths, reference, [.. expected]));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Run_AsPublished_MeetsTheStudysOwnTables(bool reference)
    {
        using var json = Published();
        var expected = new List<(string, double)>();
        foreach (var row in json.RootElement.GetProperty("published").EnumerateObject().SelectMany(table => table.Value.EnumerateObject()))
        {
            if (row.Value.ValueKind == JsonValueKind.Number) expected.Add(($"{row.Name}->logits", row.Value.GetDouble()));
            else expected.AddRange(row.Value.EnumerateObject().Select(sender => ($"{sender.Name}->{row.Name}", sender.Value.GetDouble())));
        }

        Assert.AreEqual(479, Check(json.RootElement, EdgePaths.AsPublished, reference, expected));
    }

    internal static (PromptSet Clean, PromptSet Corrupted) Prompts(string fixture, ModelConfig config)
    {
        using var file = SafetensorsFile.FromFile(TestFiles.Data("tiny", fixture, "prompts.safetensors"));
        PromptSet Set(string name)
        {
            var (tokens, correct, incorrect) =
                (file.ReadIntegers(name), file.ReadIntegers("correct_ids"), file.ReadIntegers("incorrect_ids"));
            var length = tokens.Length / correct.Length;
            var rows = correct.Select((id, i) => new PromptRow
            {
                Tokens = [.. tokens.Skip(i * length).Take(length).Select(token => (int)token)],
                Corr = new PromptAnswer((int)id),
                Incorr = new PromptAnswer((int)incorrect[i]),
            });
            return PromptSet.Create([.. rows], null, config, null, name);
        }

        return (Set("clean_tokens"), Set("corrupted_tokens"));
    }

    private static JsonDocument Published() =>
        JsonDocument.Parse(File.ReadAllText(TestFiles.Data("tiny", "d_path_patching", "published_and_correct.json")));

    /// <summary>Scores the edges that are expected, which are some of the search's, and compares their ratios.</summary>
    private static int Check(JsonElement fixture, EdgePaths paths, bool reference, IReadOnlyList<(string Edge, double Ratio)> expected)
    {
        using var weights = Gpt2Weights.Load(TestFiles.Data("tiny", "models", "tiny-12x12"));
        using IOps ops = reference ? new ReferenceOps() : new CpuOps();
        using var model = new Gpt2Model(ops, weights);
        var (clean, corrupted) = Prompts("c_node_pruning", weights.Config);
        var circuit = Circuit.Of(weights.Config, fixture.GetProperty("heads")
            .EnumerateArray().Select(head => new NodeId(head[0].GetInt32(), head[1].GetInt32()))
            .Concat(fixture.GetProperty("mlps").EnumerateArray().Select(mlp => NodeId.Mlp(mlp.GetInt32()))));
        var search = new EdgePruningConfig { Circuit = circuit, Paths = paths };
        var full = Faithfulness.Measure(model, clean, search.Metric).FullMean;
        using var scorer = new EdgeScorer(model, clean, corrupted, search);
        Near(fixture.GetProperty("orig_logit_diff").GetDouble(), full, reference, "full model");
        Near(fixture.GetProperty("circuit_ratio_own").GetDouble(), scorer.Answers().Mean.Mean / full, reference, "circuit");
        var (ratios, worst) = (expected.ToDictionary(edge => edge.Edge, edge => edge.Ratio), 0.0);
        var count = 0;
        foreach (var edge in search.Edges.Where(edge => ratios.ContainsKey(edge.ToString())))
        {
            worst = Math.Max(worst, Near(ratios[edge.ToString()], scorer.ScoreWithout(edge).Average() / full, reference, edge));
            count++;
        }

        Console.WriteLine($"{count} edges, largest difference {worst:g3}");
        return count;
    }

    private static double Near(double expected, double actual, bool reference, object edge)
    {
        Assert.AreEqual(expected, actual, reference ? DoubleTolerance : 1e-3 * Math.Abs(expected) + 1e-4, edge.ToString());
        return Math.Abs(expected - actual);
    }
}
