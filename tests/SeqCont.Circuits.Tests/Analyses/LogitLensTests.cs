using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Analyses;

/// <summary>The lens against PyTorch's, the published one against the study's own code, and what must not change it.</summary>
[TestClass]
public sealed class LogitLensTests
{
    [TestMethod]
    [DataRow("Reference", false)]
    [DataRow("Reference", true)]
    [DataRow("Cpu", false)]
    [DataRow("Cpu", true)]
    public void Run_TinyModel_EqualsTheFixture(string backend, bool asPublished)
    {
        using var file = SafetensorsFile.FromFile(LensFixture.Folder("logit_lens.safetensors"));
        using var weights = LensFixture.Weights();
        var config = weights.Config;
        int[][] tokens = [.. file.ReadIntegers("tokens").Select(id => (int)id).Chunk(10)];
        var prompts = PromptSet.Create(
            [.. tokens.Select((row, i) => TaskFixtures.TokenRow(row, 7 * i, 7 * i + 3))], null, config, null,
            "fixture");
        var lens = Run(backend, weights, prompts, new LogitLensConfig { TopK = config.DVocab, AsPublished = asPublished });
        var expected = LensFixture.Values(file, asPublished ? "published_lens_logits_last_pos" : "lens_logits");
        Assert.HasCount(3, lens.Rows);
        for (var row = 0; row < 3; row++)
        {
            for (var prompt = 0; prompt < prompts.Count; prompt++)
            {
                var start = (asPublished ? row * 8 + prompt : (row * 8 + prompt) * 10 + 9) * config.DVocab;
                AssertReading(expected.AsSpan(start, config.DVocab).ToArray(), lens.Rows[row][prompt], prompts.Correct[prompt], backend,
                    $"row {row}, prompt {prompt}");
            }
        }
    }

    [TestMethod]
    public void Run_TinyModel_TopFiveAreTheFixtures()
    {
        using var json = LensFixture.Json("logit_lens.json");
        using var file = SafetensorsFile.FromFile(LensFixture.Folder("logit_lens.safetensors"));
        using var weights = LensFixture.Weights();
        var prompts = PromptSet.Create(
            [.. file.ReadIntegers("tokens").Select(id => (int)id).Chunk(10).Select(row => TaskFixtures.TokenRow(row))], null,
            TaskFixtures.Sizes(16, 61), null, "fixture");
        foreach (var backend in new[] { "Reference", "Cpu" })
        {
            var lens = Run(backend, weights, prompts, new LogitLensConfig());
            for (var row = 0; row < 3; row++)
            {
                for (var prompt = 0; prompt < 8; prompt++)
                {
                    CollectionAssert.AreEqual(LensFixture.Numbers(json.RootElement.GetProperty("top5_ids_last_pos")[row][prompt]),
                        lens.Rows[row][prompt].Top.Select(token => token.Token).ToArray());
                    var logits = json.RootElement.GetProperty("top5_logits_last_pos")[row][prompt];
                    for (var i = 0; i < 5; i++)
                        Assert.AreEqual(logits[i].GetDouble(), lens.Rows[row][prompt].Top[i].Logit, backend == "Reference" ? 1e-10 : 1e-4);
                }
            }
        }
    }

    /// <summary>Folded weights have a bias of the unembedding; probabilities do not depend on the form.</summary>
    [TestMethod]
    public void Run_ProcessedWeights_SameProbabilities()
    {
        using var raw = LensFixture.Weights();
        using var processed = raw.Process(WeightProcessing.All);
        Assert.IsNotNull(processed.BU);
        var prompts = LensFixture.Prompts(raw.Config);
        var config = new LogitLensConfig { TopK = 61 };
        var (plain, folded) = (Run("Reference", raw, prompts, config), Run("Reference", processed, prompts, config));
        for (var row = 0; row < 3; row++)
            for (var prompt = 0; prompt < prompts.Count; prompt++)
                for (var i = 0; i < 61; i++)
                {
                    Assert.AreEqual(plain.Rows[row][prompt].Top[i].Token, folded.Rows[row][prompt].Top[i].Token);
                    Assert.AreEqual(plain.Rows[row][prompt].Top[i].Probability, folded.Rows[row][prompt].Top[i].Probability, 1e-11);
                }
    }

    /// <summary>Prompts of several lengths, some equal: the last row is the naive model's prediction.</summary>
    [TestMethod]
    public void Run_PromptsThatShareRows_EachHasItsOwnAnswer()
    {
        using var weights = SmallModels.Random(seed: 3);
        int[][] tokens = [[1, 2, 3], [4, 5], [1, 2, 3], [1, 2, 3, 9, 7]];
        var prompts = PromptSet.Create([.. tokens.Select((row, i) => TaskFixtures.TokenRow(row, i, i + 10))], null,
            TaskFixtures.Sizes(11, 29), null, "test");
        var last = Run("Reference", weights, prompts, new LogitLensConfig { FirstRow = 2 }).Rows.Single();
        for (var prompt = 0; prompt < tokens.Length; prompt++)
        {
            var logits = new NaiveGpt2(weights).Run(tokens[prompt]).Logits[^1];
            Assert.AreEqual(Math.Exp(logits[prompt]) / logits.Sum(Math.Exp), last[prompt].Correct.Probability, 1e-12);
            Assert.AreEqual(Math.Exp(logits[prompt + 10]) / logits.Sum(Math.Exp), last[prompt].Incorrect.Probability, 1e-12);
            Assert.AreEqual(1 + logits.Count(logit => logit > logits[prompt]), last[prompt].Correct.Rank);
        }
    }

    [TestMethod]
    public void Run_LittleMemory_SameBits()
    {
        using var weights = SmallModels.Random(dVocab: 4001, nCtx: 32);
        var random = new SplitMix64(1);
        var prompts = PromptSet.Create(
            [.. Enumerable.Range(0, 300).Select(_ => TaskFixtures.TokenRow([.. Enumerable.Range(0, 6).Select(_ => random.Next(4001))]))],
            null, TaskFixtures.Sizes(32, 4001), null, "test");
        using var ops = new CpuOps();
        var least = AnalysisPlan.For(weights.Config, ops, 1801).PredictedBytes;
        var (much, little) = (Run("Cpu", weights, prompts, new LogitLensConfig()),
            Run("Cpu", weights, prompts, new LogitLensConfig { Memory = least - 3_000_000 }));
        Assert.IsLessThan(much.Memory.ReadoutRows, little.Memory.ReadoutRows);
        for (var row = 0; row < 3; row++)
            for (var prompt = 0; prompt < 300; prompt++)
                CollectionAssert.AreEqual(much.Rows[row][prompt].Top, little.Rows[row][prompt].Top);
        Assert.ThrowsExactly<ArgumentException>(() => Run("Cpu", weights, prompts, new LogitLensConfig { Memory = 1_000_000 }));
    }

    [TestMethod]
    public void Run_Cancelled_Stops()
    {
        using var weights = LensFixture.Weights();
        using var ops = new ReferenceOps();
        using var model = new Gpt2Model(ops, weights);
        Assert.ThrowsExactly<OperationCanceledException>(() =>
            LogitLens.Run(model, LensFixture.Prompts(weights.Config), new LogitLensConfig(), null, new CancellationToken(true)));
    }

    /// <summary>96 prompts of GPT-2 small, dry: every end row is read over the vocabulary once a row, nothing else is.</summary>
    [TestMethod]
    public void Run_Gpt2Small_WorkIsOnePassAndOneProductARow()
    {
        var meter = new WorkMeter();
        using var ops = new MeteredOps(new DryOps(), meter);
        using var weights = RandomWeights.Create(ModelConfig.Small, seed: 1);
        using var model = new Gpt2Model(ops, weights);
        var (prompts, _) = BenchPrompts.Create(ModelConfig.Small, 96);
        var ends = prompts.Tokens.Select(tokens => string.Join(' ', tokens)).Distinct().Count();
        LogitLens.Run(model, prompts, new LogitLensConfig { TopK = 1 });
        var readout = meter.ByStage.Where(work => work.Stage == Stage.Metric).Sum(work => work.Flops);
        Assert.AreEqual(13.0 * ends * 2 * 768 * 50257, readout);
        Console.WriteLine($"{meter.Flops / 1e12:0.00} TFLOP, {readout / 1e12:0.00} of them over the vocabulary");
    }

    [TestMethod]
    [DataRow(12, 9)]
    [DataRow(24, 18)]
    [DataRow(4, 3)]
    [DataRow(2, 1)]
    [DataRow(1, 0)]
    public void StudyRow_AnyDepth_IsThreeQuartersDown(int nLayers, int row) =>
        Assert.AreEqual(row, LogitLens.StudyRow(SmallModels.Config(nLayers: nLayers)));

    [TestMethod]
    public void CountSteps_EarlierMemberThenCorrect_CountsOnlyThat()
    {
        string[] texts = [" 4", "5 ", " 12", " x", " 5", " four", "4.5"];
        static LensReading Top(int token) => new([new LensToken(token, 1, 1)], default, default);
        // The right answer is " 5", token 4. Pairs of top tokens, and whether they count.
        (int Before, int After, bool Counts)[] cases = [(0, 4, true), (0, 1, true), (2, 4, false), (4, 4, false), (1, 4, false),
            (3, 4, false), (5, 4, false), (6, 4, false), (0, 2, false), (0, 3, false)];
        var prompts = PromptSet.Create([.. cases.Select(_ => TaskFixtures.TokenRow([1], 4, 0))], null,
            TaskFixtures.Sizes(8, 7), null, "test");
        var lens = new LogitLensResult(
            new LogitLensConfig(),
            [[.. cases.Select(pair => Top(pair.Before))], [.. cases.Select(pair => Top(pair.After))], [.. cases.Select(_ => Top(3))]],
            new AnalysisPlan(1, 1, 1));
        var steps = LogitLens.CountSteps(lens, prompts, new MemberOrder(["1", "2", "3", "4", "5", "6"], token => texts[token]));
        Assert.HasCount(2, steps);
        Assert.AreEqual(new StepCount(0, cases.Count(pair => pair.Counts)), steps[0]);
        Assert.AreEqual(new StepCount(1, 0), steps[1]);
    }

    [TestMethod]
    public void MemberOrder_Words_AreOnlyTheTasks()
    {
        string[] texts = [" May", "June", " Monday", "may", " 5"];
        var order = new MemberOrder(["April", "May", "June"], token => texts[token]);
        Assert.IsLessThan(order.Of(1)!.Value, order.Of(0)!.Value);
        for (var token = 2; token < 5; token++) Assert.IsNull(order.Of(token), texts[token]);
    }

    private static LogitLensResult Run(string backend, Gpt2Weights weights, PromptSet prompts, LogitLensConfig config)
    {
        using var ops = LensFixture.Ops(backend);
        using var model = new Gpt2Model(ops, weights);
        return LogitLens.Run(model, prompts, config);
    }

    private static void AssertReading(double[] logits, LensReading reading, int correct, string backend, string where)
    {
        var total = Math.Log(logits.Sum(Math.Exp));
        foreach (var token in reading.Top)
        {
            // The fixture is rounded to float32; float32 arithmetic adds 1e-3 relative and 1e-4 absolute at most.
            var tolerance = backend == "Reference" ? 1e-6 : 1e-4 + 1e-3 * Math.Abs(logits[token.Token]);
            Assert.AreEqual(logits[token.Token], token.Logit, tolerance, $"{where}, token {token.Token}");
            Assert.AreEqual(Math.Exp(logits[token.Token] - total), token.Probability, backend == "Reference"
                ? 1e-6 : 1e-4, $"{where}, probability of {token.Token}");
        }

        Assert.AreEqual(logits.Length, reading.Top.Select(token => token.Token).Distinct().Count(), where);
        Assert.AreEqual(Array.FindIndex(reading.Top, token => token.Token == correct) + 1, reading.Correct.Rank, where);
    }
}
