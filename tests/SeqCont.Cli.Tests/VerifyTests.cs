using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SeqCont.Model;
using SeqCont.Testing;
using static SeqCont.Cli.Tests.Invocation;

namespace SeqCont.Cli.Tests;

/// <summary>seqcont verify against figures that our other commands made: it passes, and it can fail.</summary>
[TestClass]
public sealed class VerifyTests
{
    private static VerifyFigures _figures = null!;

    [ClassInitialize]
    public static void Make(TestContext _) => _figures = new VerifyFigures();

    [ClassCleanup]
    public static void Remove() => _figures.Dispose();

    [TestMethod]
    public void Verify_All_OurOwnFigures_AgreeInEveryTable()
    {
        using var folder = new TemporaryFolder();
        var run = Verify(_figures.Write("own.json"), ["all", "--explainer", _figures.Explainer, "--out", folder.File("run"), "--json",
            "--quiet"]);
        Assert.AreEqual(0, run.Code, run.Error + run.Out);
        Assert.AreEqual("", run.Error);
        var root = JsonNode.Parse(run.Out)!;
        Assert.AreEqual("agrees", (string)root["verdict"]!);
        Assert.IsTrue((bool)root["complete"]!);
        var tables = root["tables"]!.AsArray().ToDictionary(table => (string)table!["name"]!, table => table!);
        string[] names =
        [
            "numerals OV scores", "months OV scores", "lens tokens", "lens counts", "attention values", "explainer",
            "numerals MLP to MLP edges",
            "numerals circuits", "numerals circuit less a head", "numerals search", "numerals single nodes",
        ];
        CollectionAssert.AreEqual(names, tables.Keys.ToArray());
        foreach (var (name, table) in tables)
        {
            Assert.AreEqual(name.StartsWith("lens", StringComparison.Ordinal)
                ? "informational" : "agrees", (string)table["verdict"]!, name);
            Assert.IsGreaterThan(0, (int)table["compared"]!, name);
            Assert.AreEqual(0, (int)table["differing"]!, name);
            if (table["maxDifference"] is { } most) Assert.IsLessThan(1e-4, (double)most, name);
        }

        Assert.AreEqual(File.ReadLines(_figures.File("numerals/trace.jsonl")).Count(), Rows(tables["numerals search"]).Length);
        Assert.HasCount(36, Rows(tables["numerals single nodes"]));
        Assert.HasCount(5, Rows(tables["lens tokens"]).Where(row => (string)row["note"]! == "same").ToArray());
        Assert.AreEqual("notCovered", (string)Rows(tables["numerals circuits"])
            .Single(row => (string)row["name"]! == "ioi circuit")["verdict"]!);
        var written = JsonNode.Parse(File.ReadAllText(folder.File("run/verify.json")))!;
        Assert.IsTrue(JsonNode.DeepEquals(written["tables"], root["tables"]));
        Assert.AreEqual(1, (int)written["schema"]!);
        Assert.AreEqual("numerals", (string)written["prompts"]![0]!["task"]!);
    }

    [TestMethod]
    [DataRow("numerals", "numerals single nodes", "a1.h4")]
    [DataRow("numerals", "numerals circuit less a head", "a1.h4")]
    [DataRow("numerals", "numerals circuits", "numwords circuit")]
    [DataRow("numerals", "numerals search", "backward 1 m1")]
    [DataRow("edges", "numerals MLP to MLP edges", "m0->m2")]
    [DataRow("attention", "attention values", "numerals a0.h2 ' 3' to ' 2'")]
    [DataRow("ov", "months OV scores", "copy a0.h0")]
    public void Verify_OneScoreMoved_FailsBeyondTheToleranceAndNamesIt(string part, string table, string row)
    {
        void Move(JsonObject root, double points)
        {
            var nodes = root["nodes"]!["numerals"]!;
            void Add(JsonNode parent, string name, double by) => parent[name] = (parent[name] is { } value ? (double)value : 0) + by;
            switch (table)
            {
                case "numerals single nodes": Add(nodes["single"]!, row, points); break;
                case "numerals circuit less a head": Add(nodes["lessOneHead"]!, row, points); break;
                case "numerals circuits": Add(nodes["circuits"]!, "numwords", points); break;
                case "numerals search": Decision(root, 0, "m1")[1] = (double)Decision(root, 0, "m1")[1]! + points; break;
                case "numerals MLP to MLP edges": Add(root["edges"]!["ratios"]!, row, points / 100); break;
                case "attention values": Add(root["attention"]![0]!, "value", points / 100); break;
                default: Add(root["ov"]![1]!["scores"]!, "a0.h0", points); break;
            }
        }

        Assert.AreEqual(0, Verify(_figures.Write("near.json", root => Move(root, 0.015)), [part]).Code);
        var run = Verify(_figures.Write("far.json", root => Move(root, -0.03)), [part, "--json"]);
        Assert.AreEqual(1, run.Code);
        var differing = JsonNode.Parse(run.Out)!["tables"]!.AsArray()
            .SelectMany(of => Rows(of!).Where(entry => (string)entry["verdict"]! == "differs")
                .Select(entry => ((string)of!["name"]!, (string)entry["name"]!))).ToArray();
        CollectionAssert.AreEqual(new[] { (table, row) }, differing);
        Assert.Contains(row, run.Error);
        Assert.Contains("differs: 1 of ", run.Error);
    }

    [TestMethod]
    public void Verify_DecisionOnTheOtherSide_FailsFarFromTheThresholdAndIsNotedNearIt()
    {
        var last = _figures.Root["nodes"]!["numerals"]!["trace"]!.AsArray()[^1]!["decisions"]!.AsArray()[^1]!;
        Assert.IsFalse((bool)last[2]!, "The last pass removes nothing.");
        Assert.IsGreaterThan(0.02, Math.Abs((double)last[1]! - 80));
        var far = Verify(_figures.Write("flipped.json", root =>
            root["nodes"]!["numerals"]!["trace"]!.AsArray()[^1]!["decisions"]!.AsArray()[^1]![2] = true), ["numerals"]);
        Assert.AreEqual(1, far.Code);
        Assert.Contains("removed as published, kept by our score", far.Error);

        // A threshold just below the best score of all that stayed: only that node falls on the other side, and barely.
        var kept = _figures.Root["nodes"]!["numerals"]!["trace"]!.AsArray().SelectMany(pass => pass!["decisions"]!.AsArray())
            .Where(decision => !(bool)decision![2]!).Max(decision => (double)decision![1]!);
        var near = Verify(_figures.Write("threshold.json", root => root["minFaithfulness"] = (kept - 0.01) / 100), ["numerals"]);
        Assert.AreEqual(0, near.Code, near.Error);
        Assert.Contains("near, kept as published, removed by our score", near.Error);
        var beyond = Verify(_figures.Write("threshold.json", root => root["minFaithfulness"] = (kept - 0.03) / 100), ["numerals"]);
        Assert.AreEqual(1, beyond.Code);
    }

    [TestMethod]
    public void Verify_LensFiguresMoved_AreShownAndNotJudged()
    {
        var run = Verify(_figures.Write("lens.json", root =>
        {
            root["lens"]!["counts"]!["numerals"] = 11;
            root["lens"]!["prompts"]![0]!["top"]![4]![0] = " elsewhere";
        }), ["lens"]);
        Assert.AreEqual(0, run.Code, run.Error);
        Assert.Contains("another first token", run.Error);
        Assert.Contains("numerals, of 12", run.Error);
        Assert.Contains("          11", run.Error);
    }

    [TestMethod]
    public void Verify_ExplainerOfAnotherModel_Differs()
    {
        using var folder = new TemporaryFolder();
        var other = (JsonArray)JsonNode.Parse(File.ReadAllText(_figures.Explainer))!;
        foreach (var entry in other[0]!["top20"]!.AsArray()) entry![0] = (int)entry[0]! ^ 1;
        var run = Verify(_figures.Write("own.json"), ["attention", "--explainer", folder.Write("other.json", other.ToJsonString())]);
        Assert.AreEqual(1, run.Code);
        Assert.Contains("first token", run.Error);
        foreach (var bad in new[] { "[]", """[{"prompt": "a"}]""",
            """[{"prompt": "a", "tokenIds": [1], "top20": [[1, 0]], "pattern": {}}]""",
            """[{"prompt": "a", "tokenIds": [1], "top20": [[1, 0]], "pattern": {"9.0": [1]}}]""" })
        {
            var refused = Verify(_figures.Write("own.json"), ["attention", "--explainer", folder.Write("bad.json", bad)]);
            Assert.AreEqual(1, refused.Code);
            Assert.HasCount(1, refused.ErrorLines, refused.Error);
        }
    }

    /// <summary>
    /// Weights that the figures are not of: nothing is made to agree, and a model that does not prefer the correct answers is said to be
    /// one.
    /// </summary>
    [TestMethod]
    public void Verify_RandomWeights_DiffersAndSaysWhereScoresAreUndefined()
    {
        var undefined = 0;
        for (var seed = 1; seed <= 4; seed++)
        {
            using var folder = new TemporaryFolder();
            using var demo = DemoModel.LoadWeights();
            using (var weights = RandomWeights.Create(demo.Config, seed)) weights.Save(folder.Path);
            foreach (var name in new[] { "vocab.json", "merges.txt" })
                File.Copy(Path.Combine(TestFiles.Root, "src", "SeqCont.Model", "Demo", name), folder.File(name));
            var run = Verify(_figures.Write("own.json"), ["ov", "attention", "edges", "numerals", "--json", "--quiet"], folder.Path);
            Assert.AreEqual(1, run.Code, run.Error);
            var root = JsonNode.Parse(run.Out)!;
            Assert.AreEqual("differs", (string)root["verdict"]!);
            foreach (var table in root["tables"]!.AsArray().Where(table => (string)table!["part"]! is "edges" or "numerals"))
            {
                Assert.AreEqual("differs", (string)table!["verdict"]!, (string)table["name"]!);
                var isUndefined = !((double)table["fullLogitDiff"]! > 0);
                if (isUndefined) undefined++;
                Assert.AreEqual(isUndefined, Rows(table).All(row => (string)row["verdict"]! == "undefined"));
                if (isUndefined) Assert.Contains("faithfulness is undefined", (string)table["note"]!);
            }
        }

        Assert.IsTrue(undefined is > 0 and < 20, $"Of 20 tables {undefined} are undefined: both kinds were to be seen.");
    }

    [TestMethod]
    public void Verify_FolderLaidOutAsTheStudysRepository_NamesTheFilesItRead()
    {
        using var folder = new TemporaryFolder();
        var inside = Directory.CreateDirectory(folder.File("data/numerals")).FullName;
        foreach (var file in Directory.GetFiles(_figures.Data, "*numerals*.jsonl"))
            File.Copy(file, Path.Combine(inside, Path.GetFileName(file)));
        var run = Invocation.Run("verify", "edges", "--model", "demo", "--data", folder.File("data"), "--figures",
            _figures.Write("own.json"), "--out", folder.File("run"), "--json", "--quiet");
        Assert.AreEqual(0, run.Code, run.Error);
        var prompts = JsonNode.Parse(File.ReadAllText(folder.File("run/verify.json")))!["prompts"]![0]!;
        string[] files = [.. prompts["clean"]!["files"]!.AsArray()
            .Concat(prompts["corrupted"]!["files"]!.AsArray()).Select(file => (string)file!["path"]!)];
        CollectionAssert.AreEqual(
            new[] { "numerals_prompts_done", "numerals_prompts_lost", "numerals_prompts_names",
                "randDS_numerals" }.Select(name => Path.Combine(inside, name + ".jsonl")).ToArray(), files);
    }

    [TestMethod]
    public void Verify_WrongUsage_Returns2()
    {
        Fails(2, "expected parts out of", "verify", "bogus");
        Fails(2, "--data", "verify", "numerals");
        Fails(2, "--data", "verify");
        Fails(2, "--explainer", "verify", "ov", "--explainer", "x.json");
    }

    [TestMethod]
    public void Verify_OtherModelsOrPrompts_AreRefusedInOneLine()
    {
        void Refused(string says, params string[] args) => Fails(1, says, ["verify", .. args, "--model", "demo"]);
        using var folder = new TemporaryFolder();
        var own = _figures.Write("own.json");
        Refused("12 layers of 12 heads", "ov");
        Refused("not found", "lens", "--figures", own, "--data", folder.File("missing"));
        Refused("not found", "ov", "--figures", folder.File("missing.json"));
        Refused("bad.json", "ov", "--figures", folder.Write("bad.json", """{"schema": 1, "layers": 4}"""));
        Refused("schema 1", "ov", "--figures", folder.Write("bad.json", """{"schema": 2}"""));
        Refused("no figures of numwords", "numwords", "--figures", own, "--data", _figures.Data);
        Refused("memory", "ov", "--figures", own, "--memory", "1MB");
        using (var demo = DemoModel.LoadWeights()) demo.Save(folder.Path);
        Fails(1, "tokenizer", "verify", "ov", "--figures", own, "--model", folder.Path);

        Assert.AreEqual(0, Invocation.Run("data", "generate", "--task", "numerals", "--count", "4", "--seed", "7", "--out",
            folder.File("other")).Code);
        Refused("got others", "edges", "--figures", own, "--data", folder.File("other"));
        Refused("expected 22 tokens", "lens", "--data", _figures.Data, "--figures",
            _figures.Write("short.json", root => root["promptTokens"] = 22));
        Refused("decision 2 is about", "numerals", "--data", _figures.Data, "--figures",
            _figures.Write("order.json", root => root["nodes"]!["numerals"]!["trace"]![0]!["decisions"]!.AsArray().RemoveAt(1)));
    }

    [TestMethod]
    public void Verify_CancelledAfterATable_LeavesWhatIsFinished()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        using var error = new StopAt("numerals OV scores (", cancellation);
        string[] args = ["verify", "--model", "demo", "--figures", _figures.Write("own.json"), "--data", _figures.Data, "--out",
            folder.File("run")];
        Assert.AreEqual(130, CommandLine.Run(args, new Terminal(TextWriter.Null, error, false, false), cancellation.Token));
        Assert.Contains("after 1 of 10 tables; verify.json in", error.ToString());
        using var left = JsonDocument.Parse(File.ReadAllText(folder.File("run/verify.json")));
        Assert.IsFalse(left.RootElement.GetProperty("complete").GetBoolean());
        Assert.IsTrue(left.RootElement.GetProperty("tables")[0].GetProperty("complete").GetBoolean());
        Fails(1, "--force", args);

        Assert.AreEqual(130, Invocation.Run(["verify", "ov", "--model", "demo", "--figures", args[4], "--out", folder.File("none")],
            new CancellationToken(true)).Code);
        Assert.IsFalse(Directory.Exists(folder.File("none")));
    }

    private static JsonArray Decision(JsonObject root, int pass, string node) =>
        root["nodes"]!["numerals"]!["trace"]![pass]!["decisions"]!.AsArray()
            .Select(decision => decision!.AsArray()).First(decision => (string)decision[0]! == node);

    private static JsonNode[] Rows(JsonNode table) => [.. table["rows"]!.AsArray().Select(row => row!)];

    private static Invocation Verify(string figures, string[] args, string model = "demo") =>
        Invocation.Run(["verify", .. args, "--model", model, "--data", _figures.Data, "--figures", figures]);

    /// <summary>Cancels when a text is written.</summary>
    private sealed class StopAt(string text, CancellationTokenSource cancellation) : StringWriter
    {
        public override void Write(char value)
        {
            base.Write(value);
            if (!cancellation.IsCancellationRequested && value == text[^1] && ToString().EndsWith(text, StringComparison.Ordinal))
                cancellation.Cancel();
        }

        public override void Write(string? value)
        {
            foreach (var c in value ?? "") Write(c);
        }

        public override Encoding Encoding => Encoding.UTF8;
    }
}
