using SeqCont.Circuits.Tests.Scoring;
using SeqCont.Engine;
using SeqCont.Engine.Cpu;
using SeqCont.Engine.Reference;

namespace SeqCont.Circuits.Tests.Metrics;

/// <summary>The logit difference of answer sets, against one answer at a time.</summary>
[TestClass]
public sealed class LogitDifferenceTests
{
    [TestMethod]
    [DataRow(true, 1e-12)]
    [DataRow(false, 1e-4)]
    public void Measure_SeveralAnswers_IsTheMeanOverPairs(bool reference, double tolerance)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new RandomCase(seed);
            using IOps ops = reference ? new ReferenceOps() : new CpuOps();
            using var model = random.On(ops);
            int[] Some(int first, int count) => [.. Enumerable.Range(first, count).Select(token => token % random.Config.DVocab)];
            var (correct, incorrect) = (Some(seed, 1 + seed % 3), Some(seed + 3, 1 + seed % 2));
            double[] Of(int[] right, int[] wrong)
            {
                var prompts = random.Clean.WithAnswers(
                    [.. Enumerable.Range(0, random.Clean.Count).Select(_ => new AnswerSets([.. right], [.. wrong]))]);
                return Faithfulness.Unablated(model, prompts).Values;
            }

            var pairs = correct.SelectMany(right => incorrect.Select(wrong => Of([right], [wrong]))).ToArray();
            var sets = Of(correct, incorrect);
            for (var prompt = 0; prompt < sets.Length; prompt++)
                Assert.AreEqual(pairs.Average(pair => pair[prompt]), sets[prompt], tolerance, $"seed {seed}, prompt {prompt}");
        }
    }

    [TestMethod]
    public void Score_SeveralAnswers_AsTheNaiveEngineHasIt()
    {
        var random = new RandomCase(3);
        using var ops = new ReferenceOps();
        using var model = random.On(ops);
        var prompts = random.Clean.WithAnswers(
            [.. Enumerable.Range(0, random.Clean.Count).Select(prompt => new AnswerSets([0, 1 + prompt % 2], [3]))]);
        var circuit = random.RandomCircuit(0.5, 0.5);
        using var naive = new NaiveEngine(model, prompts, random.Corrupted);
        using var scorer = new NodeScorer(model, prompts, random.Corrupted, new AblationConfig(), circuit);
        var (expected, actual) = (naive.Score(circuit), scorer.ScoreCurrent());
        for (var prompt = 0; prompt < expected.Length; prompt++) Assert.AreEqual(expected[prompt], actual[prompt], 1e-11);
    }

    [TestMethod]
    public void WithAnswers_BadSets_Refused()
    {
        var prompts = new RandomCase(1).Clean;
        Assert.ThrowsExactly<ArgumentException>(() => prompts.WithAnswers([]));
        Assert.ThrowsExactly<ArgumentException>(() => new AnswerSets([], [1]));
        Assert.ThrowsExactly<ArgumentException>(() => new AnswerSets([1, 2], [2]));
        var answers = prompts.Answers.ToArray();
        Assert.AreEqual(prompts.Sha256, prompts.WithAnswers(answers).Sha256);
        var others = Enumerable.Range(0, 9).Except(answers[0].Incorrect).Except(answers[0].Correct);
        answers[0] = new AnswerSets([.. answers[0].Correct, .. others], answers[0].Incorrect);
        Assert.AreNotEqual(prompts.Sha256, prompts.WithAnswers(answers).Sha256);
    }
}
