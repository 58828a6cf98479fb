using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports.Tests;

[TestClass]
public sealed class EdgesFileTests
{
    private static readonly ModelConfig Config = new() { NLayers = 3, NHeads = 5, DModel = 10, DMlp = 7, NCtx = 11, DVocab = 13 };

    private DirectoryInfo _folder = null!;

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("seqcont-edges-");

    [TestCleanup]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Edges_WrittenAndRead_AreTheSame()
    {
        var record = new EdgesRecord(
            Model: "m",
            Search: new EdgePruningConfig
            {
                Circuit = Circuit.Of(Config, [new NodeId(0, 4), NodeId.Mlp(1)]),
                InputSends = true,
                Paths = EdgePaths.ThroughMlps,
                Ablation = new AblationConfig { Kind = AblationKind.Zero },
                Patch = AblationKind.Mean,
                MinDrop = 0.01,
            },
            FullMetric: 4,
            CircuitMetric: 3,
            FinalMetric: 1,
            Edges: [new(Edge.Parse("a0.h4->m1"), 1.0 / 3, 1.0 / 12, true), new(Edge.Parse("input->m1"), 2, 0.5, false),
                new(Edge.Parse("m1->logits"), -1, -0.25, true)]);
        JsonFile.Write(At("edges.json"), EdgesFile.Of(record));
        var read = EdgesFile.Read(At("edges.json"), Config);
        CollectionAssert.AreEqual(record.Edges.ToArray(), read.Edges.ToArray());
        Assert.AreEqual(record with { Edges = [] }, read with { Edges = [] });
        using var json = JsonDocument.Parse(File.ReadAllText(At("edges.json")));
        Assert.AreEqual(1, json.RootElement.GetProperty("schema").GetInt32());
        Assert.AreEqual(0.75, json.RootElement.GetProperty("circuitRatio").GetDouble());
        Assert.AreEqual("""{"m1":["a0.h4"],"logits":["m1"]}""", JsonSerializer.Serialize(json.RootElement.GetProperty("adjacency")));
        Assert.IsTrue(EdgesFile.IsEdges(At("edges.json")));
        JsonFile.Write(At("circuit.json"), CircuitFile.Of(record.Search.Circuit, 81, "m"));
        Assert.IsFalse(EdgesFile.IsEdges(At("circuit.json")));
    }

    [TestMethod]
    [DataRow("""{"schema": 2, "heads": [], "mlps": [], "edges": []}""", "schema 1")]
    [DataRow("""{"heads": [], "mlps": []}""", "edges: missing; expected a list")]
    [DataRow("""{"heads": [], "edges": []}""", "mlps")]
    [DataRow("""{"heads": [], "mlps": [], "edges": [1]}""", "edges[0]")]
    [DataRow("""{"heads": [], "mlps": [0], "edges": [{"edge": "m0->m0", "kept": true}]}""", "edges[0]")]
    [DataRow("""{"heads": [], "mlps": [0], "edges": [{"edge": "m0->m3", "kept": false}]}""", "m0->m3 is not an edge of the model")]
    [DataRow("""{"heads": [], "mlps": [0], "edges": [{"edge": "m0->logits"}]}""", "kept")]
    [DataRow("""{"heads": [], "mlps": [0], "edges": [{"edge": "m0->logits", "kept": "yes"}]}""", "kept")]
    [DataRow("""{"heads": [], "mlps": [0], "edges": [{"edge": "m0->logits", "kept": true}, {"edge": "m0->logits", "kept": false}]}""",
        "edges[1]")]
    [DataRow("""{"heads": [], "mlps": [0], "edges": [{"edge": "m1->logits", "kept": true}]}""", "m1 is not among")]
    [DataRow("""{"heads": [], "mlps": [0], "settings": {"patch": "swap"}, "edges": []}""", "patch")]
    [DataRow("[]", "JSON object")]
    [DataRow("{", "JSON")]
    public void Edges_Bad_AreRefusedByName(string content, string says)
    {
        File.WriteAllText(At("edges.json"), content);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => EdgesFile.Read(At("edges.json"), Config));
        Assert.StartsWith(At("edges.json"), error.Message);
        Assert.Contains(says, error.Message);
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
