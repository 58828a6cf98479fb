using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class PromptFilterTests
{
    private static readonly TaskGenerator Generator = new(TaskFixtures.DemoWords, TaskFixtures.DemoTokenizer);

    [TestMethod]
    [DataRow(5, 0.6, 0.29, null)]
    [DataRow(5, 0.6, 0.3, Rejection.TooClose)]
    [DataRow(5, 0.4, 0.39, Rejection.TooClose)]
    [DataRow(4, 0.9, 0.0, Rejection.OtherTop)]
    public void Judge_Odds_FollowTheStudysRule(int top, double correct, double incorrect, Rejection? expected) =>
        Assert.AreEqual(expected, PromptFilter.Judge(new AnswerOdds(top, correct, correct, incorrect), 5));

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Odds_RandomModel_EqualTheNaiveModels(bool reference)
    {
        using var weights = SmallModels.Random(seed: 8);
        var naive = new NaiveGpt2(weights);
        var draws = new SplitMix64(1);
        // The last two are one prompt with different answers.
        var rows = Enumerable.Range(0, 40)
            .Select(_ => TaskFixtures.TokenRow([.. Enumerable.Range(0, 1 + draws.Next(8)).Select(_ => draws.Next(29))], draws.Next(10),
                10 + draws.Next(10))).ToList();
        rows.Add(rows[^1] with { Corr = new PromptAnswer(27) });
        var prompts = PromptSet.Create(rows, null, weights.Config, 28, "p");
        using IOps ops = reference ? new ReferenceOps() : new CpuOps();
        using var model = new Gpt2Model(ops, weights);
        var odds = AnswerOdds.Measure(model, prompts);
        // Below what all prompts need at once: the same bits in smaller batches.
        Assert.ThrowsExactly<ArgumentException>(() => AnswerOdds.Measure(model, prompts, 64L << 20));
        CollectionAssert.AreEqual(odds, AnswerOdds.Measure(model, prompts, (64L << 20) + 60_000 * ops.ElementBytes / 4));
        for (var i = 0; i < prompts.Count; i++)
        {
            var logits = naive.Run(prompts.Tokens[i]).Logits[^1];
            var total = logits.Sum(Math.Exp);
            Assert.AreEqual(Array.IndexOf(logits, logits.Max()), odds[i].Top);
            foreach (var (token, probability) in new[] { (odds[i].Top, odds[i].TopProbability), (prompts.Correct[i], odds[i].Correct),
                (prompts.Incorrect[i], odds[i].Incorrect) })
                Assert.AreEqual(Math.Exp(logits[token]) / total, probability, reference ? 1e-10 : 1e-4);
        }
    }

    [TestMethod]
    public void Run_ModelThatAnswersAll_KeepsTheGeneratorsPrompts()
    {
        var task = TaskFixtures.DemoWords.Task("numerals");
        var result = Run(new PromptFilterConfig
        {
            Task = task,
            Companions = [.. task.Companions.Select(TaskFixtures.DemoWords.Task)],
            Count = 20,
            Seed = 3
        });
        var expected = Generator.Generate("numerals", 20, seed: 3);
        CollectionAssert.AreEqual(expected.Clean.Select(row => row.Text).ToArray(), result.Prompts.Clean.Select(row => row.Text).ToArray());
        CollectionAssert.AreEqual(expected.Corrupt.Select(row => row.Text).ToArray(),
            result.Prompts.Corrupt.Select(row => row.Text).ToArray());
        CollectionAssert.AreEqual(
            new[] { new TemplateTally("done", 20, 20, 20, 0, 0), new TemplateTally("lost", 20, 20, 20, 0, 0),
                new TemplateTally("names", 20, 20, 20, 0, 0) }, result.Tallies.ToArray());
        Assert.IsEmpty(result.Examples);
    }

    [TestMethod]
    public void Run_ModelThatAnswersSome_KeepsTheFirstOfEachStartThatPass()
    {
        var (task, companion) = (Hard("months"), Hard("numwords"));
        foreach (var companions in new TaskDefinition[][] { [], [companion] })
        {
            var result = Run(new PromptFilterConfig { Task = task, Companions = companions, Count = 12, Seed = 1 });
            var (expected, tally) = (Expected([task, .. companions], 12), result.Tallies.Single());
            CollectionAssert.AreEqual(expected, result.Prompts.Clean.Select(row => row.Text).ToArray());
            Assert.AreEqual(tally.Tested, tally.Accepted + tally.OtherTop + tally.TooClose);
            Assert.IsGreaterThan(tally.Accepted, tally.Tested, "The test needs a model that rejects some.");
            Assert.HasCount(Math.Min(8, tally.Tested - tally.Accepted), result.Examples);
            foreach (var example in result.Examples)
                Assert.Contains($"\"{example.Row.Text}\": ", example.Explain(TaskFixtures.DemoTokenizer.TokenText));
        }
    }

    [TestMethod]
    public void Run_ModelThatAnswersNone_StopsAndSaysWhy()
    {
        var progress = new Collected();
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() =>
            Run(new PromptFilterConfig { Task = TaskFixtures.DemoWords.Task("months"), Count = 800, Bos = 1107 }, progress));
        Assert.StartsWith(
            "months, template done: the model answers too few of the prompts: of 64 that begin with \"January\" 0 were kept, 100 are "
                + "wanted;", thrown.Message);
        Assert.Contains("Rejected, for example: \"", thrown.Message);
        Assert.IsLessThanOrEqualTo(800, progress.Tested);
    }

    [TestMethod]
    public void Run_TaskWithFewPrompts_StopsAndSaysSo() =>
        Assert.Contains("of 16, all there are, that begin with \"January\" 0 were kept", Assert.ThrowsExactly<InvalidDataException>(
            () => Run(new PromptFilterConfig { Task = BuiltInTasks.Open("interleaved", TaskFixtures.DemoWords), Count = 64 })).Message);

    // Words that are members themselves lead the demo astray.
    private static TaskDefinition Hard(string task) => BuiltInTasks.Open(task, TaskFixtures.DemoWords) with
    {
        Templates = [new("x", new TaskTemplate("{word} done in {member}.", "w"))],
        Words = new Dictionary<string, IReadOnlyList<string>>
        {
            ["w"] =
            ["Gold", "Moon", "Snake", "Coin", "Nut", "March", "May", "June", "August", "one", "six", "nine"]
        },
    };

    /// <summary>The rule applied candidate by candidate, in double precision.</summary>
    private static string[] Expected(TaskDefinition[] forms, int count)
    {
        using var weights = DemoModel.LoadWeights();
        using var ops = new ReferenceOps();
        using var model = new Gpt2Model(ops, weights);
        var kept = Enumerable.Range(0, forms[0].Starts).Select(_ => new List<string>()).ToArray();
        var streams = forms.Select(form => Generator.Candidates(form, "x", 1000, seed: 1).GetEnumerator()).ToArray();
        while (Enumerable.Range(0, kept.Length).Any(start => kept[start].Count < (count - start + kept.Length - 1) / kept.Length))
        {
            var passes = true;
            foreach (var stream in streams)
            {
                Assert.IsTrue(stream.MoveNext());
                var set = PromptSet.Create([stream.Current.Clean], TaskFixtures.DemoTokenizer, TaskFixtures.Sizes(64, 1108), null, "p");
                var odds = AnswerOdds.Measure(model, set)[0];
                passes &= odds.Top == set.Correct[0] && odds.Correct > 2 * odds.Incorrect;
            }

            if (passes) kept[streams[0].Current.Start].Add(streams[0].Current.Clean.Text!);
        }

        return [.. Enumerable.Range(0, count).Select(i => kept[i % kept.Length][i / kept.Length])];
    }

    private static PromptFilterResult Run(PromptFilterConfig config, IProgress<PromptFilterProgress>? progress = null)
    {
        using var weights = DemoModel.LoadWeights();
        using var ops = new CpuOps();
        using var model = new Gpt2Model(ops, weights);
        return PromptFilter.Run(model, Generator, TaskFixtures.DemoTokenizer, config, progress);
    }

    private sealed class Collected : IProgress<PromptFilterProgress>
    {
        public int Tested { get; private set; }

        public void Report(PromptFilterProgress value) => Tested = value.Tested;
    }
}
