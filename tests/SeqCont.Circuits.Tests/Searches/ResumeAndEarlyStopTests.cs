using SeqCont.Engine.Cpu;
using SeqCont.Model;

namespace SeqCont.Circuits.Tests.Searches;

/// <summary>Interrupted searches end as undisturbed ones; early stopping decides as exact search does.</summary>
[TestClass]
public sealed class ResumeAndEarlyStopTests
{
    private const string Task = "numerals";

    [TestMethod]
    [DataRow(null)]
    [DataRow(0.05)]
    public void Run_ResumedAfterAnyDecision_SameBits(double? earlyStop)
    {
        using var demo = new Demo(32);
        var config = new NodePruningConfig { EarlyStop = earlyStop };
        var whole = NodePruning.Run(demo.Model, demo.Clean, demo.Corrupted, config);
        for (var cut = 0; cut <= whole.Trace.Count; cut += 1 + cut % 4)
        {
            var told = 0;
            var resumed = NodePruning.Run(demo.Model, demo.Clean, demo.Corrupted, config with { Resume = [.. whole.Trace.Take(cut)] },
                new Told(() => told++));
            CollectionAssert.AreEqual(whole.Trace.ToArray(), resumed.Trace.ToArray(), $"resumed after {cut}");
            CollectionAssert.AreEqual(whole.Final.Values, resumed.Final.Values);
            Assert.AreEqual(whole.Circuit, resumed.Circuit);
            Assert.AreEqual(whole.Trace.Count - cut, told, "only new decisions are told of");
        }
    }

    [TestMethod]
    public void Run_ResumedWithAnotherSearchsDecisions_SaysWhich()
    {
        using var demo = new Demo(8);
        var config = new NodePruningConfig();
        var trace = NodePruning.Run(demo.Model, demo.Clean, demo.Corrupted, config).Trace;
        void Fails(string inMessage, params NodeDecision[] decisions)
        {
            var error = Assert.ThrowsExactly<InvalidDataException>(() =>
                NodePruning.Run(demo.Model, demo.Clean, demo.Corrupted, config with { Resume = decisions }));
            Assert.Contains(inMessage, error.Message);
        }

        Fails("decision 1 is about", trace[1]);
        Fails($"decision 2: expected {trace[1].Node} {(trace[1].Removed ? "removed" : "kept")} in pass 1 backward, metric ",
            trace[0], trace[1] with { Faithfulness = 0.5 });
        Fails("were given", [.. trace, trace[^1]]);
    }

    [TestMethod]
    [DataRow(0.05)]
    [DataRow(0.001)]
    public void Run_EarlyStop_SameDecisionsWithLessWork(double alpha)
    {
        using var demo = new Demo(128);
        var exact = NodePruning.Run(demo.Model, demo.Clean, demo.Corrupted, new NodePruningConfig());
        var (wrong, decisions, seen, all) = (0, 0, 0L, 0L);
        for (var seed = 0; seed < 3; seed++)
        {
            var stopped = NodePruning.Run(demo.Model, demo.Clean, demo.Corrupted, new NodePruningConfig { EarlyStop = alpha, Seed = seed });
            for (var i = 0; i < Math.Min(exact.Trace.Count, stopped.Trace.Count) && exact.Trace[i].Node == stopped.Trace[i].Node; i++)
            {
                decisions++;
                if (exact.Trace[i].Removed != stopped.Trace[i].Removed) wrong++;
                if (exact.Trace[i].Removed != stopped.Trace[i].Removed) break;
                if (stopped.Trace[i].Prompts == demo.Clean.Count)
                    Assert.AreEqual(exact.Trace[i].Metric, stopped.Trace[i].Metric, "a whole candidate is scored exactly");
            }

            seen += stopped.Trace.Sum(decision => decision.Prompts);
            all += stopped.Trace.Count * demo.Clean.Count;
        }

        Console.WriteLine($"alpha {alpha}: {wrong} of {decisions} wrong, {100.0 * seen / all:0.0} % of prompts seen");
        Assert.IsLessThanOrEqualTo(alpha * decisions, wrong);
        Assert.IsLessThan(all, seen);
    }

    [TestMethod]
    [DataRow(0.05)]
    [DataRow(0.001)]
    public void Run_EarlyStopOnRandomModels_WrongAtMostAsPromised(double alpha)
    {
        var (wrong, decisions, seen, all) = (0, 0, 0L, 0L);
        for (var seed = 0; seed < 12; seed++)
        {
            using var weights = RandomWeights.Create(
                new ModelConfig { NLayers = 3, NHeads = 4, DModel = 24, DMlp = 48, NCtx = 12, DVocab = 41 }, seed, deviation: 0.3);
            using var ops = new CpuOps();
            using var model = new Gpt2Model(ops, weights);
            var (clean, corrupted) = RandomPrompts(model, seed, 320);
            var exact = NodePruning.Run(model, clean, corrupted, new NodePruningConfig());
            var stopped = NodePruning.Run(model, clean, corrupted, new NodePruningConfig { EarlyStop = alpha, Seed = seed });
            for (var i = 0; i < Math.Min(exact.Trace.Count, stopped.Trace.Count); i++)
            {
                Assert.AreEqual(exact.Trace[i].Node, stopped.Trace[i].Node);
                decisions++;
                seen += stopped.Trace[i].Prompts;
                all += clean.Count;
                if (exact.Trace[i].Removed == stopped.Trace[i].Removed) continue;
                wrong++;
                break;
            }
        }

        Console.WriteLine($"random models, alpha {alpha}: {wrong} of {decisions} wrong, {100.0 * seen / all:0.0} % of prompts seen");
        Assert.IsGreaterThan(150, decisions);
        Assert.IsLessThanOrEqualTo(alpha * decisions, wrong);
    }

    /// <summary>Random prompts; the answers are the model's own two favourites, so that there is something to lose.</summary>
    private static (PromptSet Clean, PromptSet Corrupted) RandomPrompts(Gpt2Model model, int seed, int count)
    {
        var random = new Random(seed);
        PromptSet Make(Func<int, (int Correct, int Incorrect)> answers) => PromptSet.Create(
            [.. Enumerable.Range(0, count).Select(i => new PromptRow
            {
                Tokens = [.. Enumerable.Range(0, 7).Select(_ => random.Next(41))],
                Corr = new PromptAnswer(answers(i).Correct),
                Incorr = new PromptAnswer(answers(i).Incorrect),
            })],
            null, TaskFixtures.Sizes(12, 41), null, "random");
        var clean = Make(_ => (0, 1));
        var top = Faithfulness.Unablated(model, clean).TopPredictions;
        clean = PromptSet.Create(
            [.. Enumerable.Range(0, count)
                .Select(i => new PromptRow { Tokens = clean.Tokens[i], Corr = new PromptAnswer(top[i]),
                    Incorr = new PromptAnswer((top[i] + 1) % 41) })],
            null, TaskFixtures.Sizes(12, 41), null, "random");
        return (clean, Make(_ => (0, 1)));
    }

    private sealed class Told(Action told) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value) => told();
    }

    /// <summary>The demo model and generated prompts.</summary>
    private sealed class Demo : IDisposable
    {
        private readonly Gpt2Weights _weights = DemoModel.LoadWeights();
        private readonly CpuOps _ops = new();

        public Demo(int perTemplate)
        {
            Model = new Gpt2Model(_ops, _weights);
            var tokenizer = NodePruningFixtureTests.DemoTokenizer();
            using var words = DemoModel.Open("words.json");
            var prompts = new TaskGenerator(TaskWords.Read(words, "words.json"), tokenizer).Generate(Task, perTemplate, seed: 1);
            PromptSet Set(IReadOnlyList<PromptRow> rows) =>
                PromptSet.Create(rows, tokenizer, _weights.Config, null, "generated");
            (Clean, Corrupted) = (Set(prompts.Clean), Set(prompts.Corrupt));
        }

        public Gpt2Model Model { get; }

        public PromptSet Clean { get; }

        public PromptSet Corrupted { get; }

        public void Dispose()
        {
            Model.Dispose();
            _ops.Dispose();
            _weights.Dispose();
        }
    }
}
