using System.Text.Json;
using SeqCont.Circuits.Tests.Searches;
using SeqCont.Engine;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Scoring;

/// <summary>Executed work of edge pruning inside the published numerals circuit on the GPT-2 small shape, counted by a dry run.</summary>
[TestClass]
public sealed class EdgeWorkTests
{
    /// <summary>
    /// The published procedure: two whole passes an edge over the padded grid (one records the receiver, one is patched),
    /// logits at all positions in both.
    /// </summary>
    [TestMethod]
    [DataRow(512)]
    [DataRow(32)]
    public void Run_PublishedNumeralsCircuit_FarBelowThePublishedProcedure(int perTemplate)
    {
        if (PublishedSearch.Prompts("numerals", perTemplate) is not { } prompts
            || TestFiles.SharedOrNull("golden", "gpt2", "circuit-numerals.json") is not { } path)
        {
            Assert.Inconclusive("../shared/datasets or ../shared/golden is absent");
            return;
        }

        var meter = new WorkMeter();
        using var ops = new MeteredOps(new DryOps(), meter);
        using var weights = RandomWeights.Create(ModelConfig.Small, seed: 1);
        using var model = new Gpt2Model(ops, weights);
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var circuit = Circuit.Of(model.Config, json.RootElement.GetProperty("heads")
            .EnumerateArray().Select(head => new NodeId(head[0].GetInt32(), head[1].GetInt32()))
            .Concat(json.RootElement.GetProperty("mlps").EnumerateArray().Select(mlp => NodeId.Mlp(mlp.GetInt32()))));
        Assert.AreEqual(25, circuit.Count);
        foreach (var paths in Enum.GetValues<EdgePaths>())
        {
            var before = meter.Flops;
            var result = EdgePruning.Run(model, prompts.Clean, prompts.Corrupted,
                new EdgePruningConfig { Circuit = circuit, Paths = paths, Memory = 1L << 40 });
            var own = meter.Flops - before;
            using var naive = new NaiveEngine(model, prompts.Clean, prompts.Corrupted);
            before = meter.Flops;
            naive.ScoreFullModel();
            var published = 2.0 * result.Trace.Count * (meter.Flops - before);
            Console.WriteLine(
                $"{3 * perTemplate} prompts, {result.Rows} rows, {paths}: {result.Trace.Count} edges, {own / 1e12:0.00} TFLOP, published "
                    + $"{published / 1e12:0.0} TFLOP, ratio {published / own:0.0}, predicted {result.PredictedBytes / 1e9:0.00} GB");
            Assert.IsGreaterThan(10, published / own);
        }
    }
}
