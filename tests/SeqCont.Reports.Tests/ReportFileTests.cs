using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports.Tests;

[TestClass]
public sealed class ReportFileTests
{
    private static readonly ModelConfig Config = new() { NLayers = 3, NHeads = 5, DModel = 10, DMlp = 7, NCtx = 11, DVocab = 13 };

    private DirectoryInfo _folder = null!;

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("seqcont-reports-");

    [TestCleanup]
    public void RemoveFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Circuit_WrittenAndRead_IsTheSame()
    {
        var circuit = Circuit.Of(Config, [new NodeId(0, 4), new NodeId(2, 1), NodeId.Mlp(1)]);
        JsonFile.Write(At("circuit.json"), CircuitFile.Of(circuit, 81.25, "m"));
        Assert.AreEqual(circuit, CircuitFile.Read(At("circuit.json"), Config));
        Assert.HasCount(1, _folder.GetFiles(), "A partial file is left.");
    }

    [TestMethod]
    public void Circuit_StudysFileWithoutSchema_IsRead()
    {
        File.WriteAllText(At("circuit.json"), """{"heads": [[0, 1]], "mlps": [2]}""");
        Assert.AreEqual(Circuit.Of(Config, [new NodeId(0, 1), NodeId.Mlp(2)]), CircuitFile.Read(At("circuit.json"), Config));
    }

    [TestMethod]
    public void Circuit_EmptyLists_IsEmpty()
    {
        File.WriteAllText(At("circuit.json"), """{"heads": [], "mlps": []}""");
        Assert.AreEqual(0, CircuitFile.Read(At("circuit.json"), Config).Count);
    }

    [TestMethod]
    [DataRow("""{"schema": 3, "heads": [], "mlps": []}""", "schema 1, got 3")]
    [DataRow("""{"schema": "1", "heads": [], "mlps": []}""", "schema 1")]
    [DataRow("""{"heads": [[3, 0]], "mlps": []}""", "heads")]
    [DataRow("""{"heads": [[0, 5]], "mlps": []}""", "heads")]
    [DataRow("""{"heads": [[0, 1, 2]], "mlps": []}""", "pairs")]
    [DataRow("""{"heads": [], "mlps": [1.5]}""", "mlps")]
    [DataRow("""{"heads": [], "mlps": [-1]}""", "mlps")]
    [DataRow("""{"heads": []}""", "mlps")]
    [DataRow("""{"heads": [], "heads": [], "mlps": []}""", ":1: heads: is there twice.")]
    [DataRow("", "JSON")]
    public void Circuit_Bad_IsRefusedByName(string content, string says)
    {
        File.WriteAllText(At("circuit.json"), content);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CircuitFile.Read(At("circuit.json"), Config));
        Assert.StartsWith(At("circuit.json"), error.Message);
        Assert.Contains(says, error.Message);
    }

    [TestMethod]
    public void Trace_EveryDecision_IsOnDiskAtOnceAndRoundTrips()
    {
        using var trace = new Journal<NodeDecision>(RunFolder.Claim(At("run"), force: false), DecisionRows.Nodes, []);
        var decisions = new List<NodeDecision>();
        for (var i = 1; i <= 3; i++)
        {
            decisions.Add(new NodeDecision(
                i, 1, SweepDirection.Forward, new NodeId(2, i), new PromptMean(1.0 / 3, 0.1 + 0.2), 0.5 + i / 8.0, i == 2, 96));
            trace.Append(decisions[^1]);
            using var reader = new StreamReader(new FileStream(trace.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            var rows = reader.ReadToEnd().Split('\n');
            Assert.HasCount(i + 1, rows);
            using var row = JsonDocument.Parse(rows[i - 1]);
            string[] names = ["index", "iteration", "pass", "node", "logitDiff", "standardError", "score", "removed", "prompts"];
            CollectionAssert.AreEqual(names, row.RootElement.EnumerateObject().Select(field => field.Name).ToArray());
            Assert.AreEqual(1.0 / 3, row.RootElement.GetProperty("logitDiff").GetDouble());
            Assert.AreEqual(0.1 + 0.2, row.RootElement.GetProperty("standardError").GetDouble());
            Assert.AreEqual($"a2.h{i}", row.RootElement.GetProperty("node").GetString());
            Assert.AreEqual("forward", row.RootElement.GetProperty("pass").GetString());
            Assert.AreEqual(i == 2, row.RootElement.GetProperty("removed").GetBoolean());
            Assert.AreEqual(96, row.RootElement.GetProperty("prompts").GetInt32());
        }

        CollectionAssert.AreEqual(decisions, Journal<NodeDecision>.Read(trace.Path, DecisionRows.Nodes).ToArray());
    }

    [TestMethod]
    public void PerPrompt_NotFinite_IsNull()
    {
        JsonFile.WriteRows(At("p.jsonl"), AnswerFiles.PerPrompt(
            new CircuitAnswers([1.5, 2], [3, 4]), new CircuitAnswers([double.NaN, 0.25], [5, 6]), id => $"<{id}>"));
        var rows = File.ReadAllLines(At("p.jsonl"));
        Assert.AreEqual(
            """{"prompt":1,"fullLogitDiff":1.5,"circuitLogitDiff":null,"fullTop":"""
                + """3,"circuitTop":5,"fullTopText":"<3>","circuitTopText":"<5>"}""",
            rows[0]);
        Assert.HasCount(2, rows);
    }

    [TestMethod]
    public void WriteBeside_FailingHalfWay_KeepsTheOldFile()
    {
        File.WriteAllText(At("file"), "old");
        Assert.ThrowsExactly<IOException>(() => WholeFile.Write(At("file"), stream =>
        {
            stream.WriteByte(1);
            throw new IOException("disk full");
        }));
        Assert.AreEqual("old", File.ReadAllText(At("file")));
        Assert.HasCount(1, _folder.GetFiles());
    }

    [TestMethod]
    public void RunFolder_HoldingFiles_NeedsForceAndKeepsThemUntilTheFirstFile()
    {
        File.WriteAllText(At("run.json"), "old");
        File.WriteAllText(At("notes.txt"), "mine");
        Assert.ThrowsExactly<IOException>(() => RunFolder.Claim(_folder.FullName, force: false));
        var folder = RunFolder.Claim(_folder.FullName, force: true);
        folder.Abandon();
        Assert.IsTrue(File.Exists(At("run.json")));
        folder.Place(RunFolder.TraceName);
        Assert.IsFalse(File.Exists(At("run.json")));
        Assert.IsTrue(File.Exists(At("notes.txt")), "A file that is no run's was removed.");
    }

    [TestMethod]
    public void RunFolder_Abandoned_GoesOnlyWhenItWasMade()
    {
        RunFolder.Claim(At("new"), force: false).Abandon();
        Assert.IsFalse(Directory.Exists(At("new")));
        Directory.CreateDirectory(At("there"));
        RunFolder.Claim(At("there"), force: false).Abandon();
        Assert.IsTrue(Directory.Exists(At("there")));
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);
}
