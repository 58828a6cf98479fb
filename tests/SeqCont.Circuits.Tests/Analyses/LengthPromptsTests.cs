using SeqCont.Model;

namespace SeqCont.Circuits.Tests.Analyses;

[TestClass]
public sealed class LengthPromptsTests
{
    private static readonly SentencePattern[] Patterns =
        [new("{word} done in {member}.", TaskFixtures.DemoWords.Objects), new("{word} born in {member}.", TaskFixtures.DemoWords.Names)];

    [TestMethod]
    [DataRow("numerals", 2)]
    [DataRow("months", 8)]
    public void Create_AnyLength_ShowsMembersInOrder(string task, int shown)
    {
        var members = TaskFixtures.DemoWords.Members[task];
        var rows = LengthPrompts.Create(members, Patterns, TaskFixtures.DemoTokenizer, shown, 20, 1);
        Assert.HasCount(40, rows);
        for (var i = 0; i < rows.Count; i++)
        {
            var start = i % 20 % (members.Count - shown);
            var parts = rows[i].Text!.Split(". ");
            Assert.HasCount(shown + 1, parts);
            for (var place = 0; place < shown; place++) Assert.EndsWith($" in {members[start + place]}", parts[place]);
            Assert.EndsWith(i < 20 ? " done in" : " born in", parts[^1]);
            Assert.AreEqual(shown + 1, parts.Select(part => part.Split(' ')[0]).Distinct().Count(), "a word is used twice");
            Assert.AreEqual(" " + members[start + shown], rows[i].Corr.Text);
            Assert.AreEqual(" " + members[start + shown - 1], rows[i].Incorr.Text);
        }
    }

    [TestMethod]
    public void Create_Seed_DecidesTheWords()
    {
        string Texts(
            long seed) => string.Join(
                '\n', LengthPrompts.Create(TaskFixtures.DemoWords.Members["numerals"], Patterns, TaskFixtures.DemoTokenizer, 4, 10,
                    seed).Select(row => row.Text));
        Assert.AreEqual(Texts(5), Texts(5));
        Assert.AreNotEqual(Texts(5), Texts(6));
    }

    [TestMethod]
    public void Create_TooFewWordsOrMembers_IsRefused()
    {
        SentencePattern[] few = [new("{word} done in {member}.", ["Van", "Hat", "Ring"])];
        Assert.ThrowsExactly<InvalidDataException>(() =>
            LengthPrompts.Create(TaskFixtures.DemoWords.Members["numerals"], few, TaskFixtures.DemoTokenizer, 4, 1, 1));
        Assert.ThrowsExactly<ArgumentException>(() => LengthPrompts.Create(["1", "2"], Patterns, TaskFixtures.DemoTokenizer, 2, 1, 1));
    }

    [TestMethod]
    public void Measure_Demo_EqualsTheLensesLastRow()
    {
        using var weights = DemoModel.LoadWeights();
        using var ops = LensFixture.Ops("Cpu");
        using var model = new Gpt2Model(ops, weights);
        var rows = LengthPrompts.Create(TaskFixtures.DemoWords.Members["numerals"], Patterns, TaskFixtures.DemoTokenizer, 3, 8, 1);
        var prompts = PromptSet.Create(rows, TaskFixtures.DemoTokenizer, TaskFixtures.Sizes(64, 1108), null, "test");
        var length = LengthProbabilities.Measure(model, prompts, 3);
        var last = LogitLens.Run(model, prompts, new LogitLensConfig()).Rows[^1];
        Assert.AreEqual(last.Average(reading => reading.Correct.Probability), length.Correct.Mean, 1e-12);
        Assert.AreEqual(last.Average(reading => reading.Incorrect.Probability), length.Previous.Mean, 1e-12);
        Assert.AreEqual(1.0, length.TopShare);
        Assert.AreEqual(16, length.Prompts);
    }

    [TestMethod]
    public void PromptMean_Values_HasTheirStandardError()
    {
        var mean = PromptMean.Of([1, 2, 3, 6]);
        Assert.AreEqual(3, mean.Mean, 1e-15);
        Assert.AreEqual(Math.Sqrt(14.0 / 3 / 4), mean.StandardError, 1e-15);
        Assert.AreEqual(new PromptMean(5, 0), PromptMean.Of([5]));
    }
}
