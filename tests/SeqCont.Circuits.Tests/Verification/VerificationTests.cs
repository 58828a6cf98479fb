using SeqCont.Engine;
using SeqCont.Engine.Reference;
using SeqCont.Model;
using SeqCont.Model.Tests;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Verification;

[TestClass]
public sealed class VerificationTests
{
    /// <summary>Published score and verdict, ours, the threshold 80, and what to make of it.</summary>
    [TestMethod]
    [DataRow(99.7405, true, 99.7405, VerifyVerdict.Agrees)]
    [DataRow(99.7405, true, 99.7600, VerifyVerdict.Agrees)]
    [DataRow(99.7405, true, 99.7700, VerifyVerdict.Differs)]
    [DataRow(79.9971, false, 79.9999, VerifyVerdict.Agrees)]
    [DataRow(79.9971, false, 80.0020, VerifyVerdict.Near)]
    [DataRow(80.0131, true, 79.9990, VerifyVerdict.Near)]
    [DataRow(80.0131, true, 79.9900, VerifyVerdict.Differs, DisplayName = "Near the threshold, but the score is too far off")]
    [DataRow(95.0, false, 95.0, VerifyVerdict.Differs, DisplayName = "The same score, far from the threshold, decided otherwise")]
    [DataRow(95.0, true, double.NaN, VerifyVerdict.Differs)]
    public void OfDecision_Scores_AreJudgedByScoreThenBySide(double published, bool removed, double ours, VerifyVerdict expected)
    {
        var row = VerifyRow.OfDecision("n", published, removed, ours, ours > 80, 80);
        Assert.AreEqual(expected, row.Verdict);
        Assert.AreEqual(expected is VerifyVerdict.Differs, row.Fails);
        Assert.AreEqual(Math.Abs(published - 80), row.Margin!.Value, 1e-12);
    }

    /// <summary>Float16 rows end in tokens 0, 1, 2, ... where probabilities underflowed.</summary>
    [TestMethod]
    [DataRow(5, " 4", " 3", " 5", " 2", " 6")]
    [DataRow(1, " 5", "!", "\"", "#", "$")]
    [DataRow(2, " 5", "-", "!", "\"", "#")]
    [DataRow(4, " 4", " 5", " 3", " 6", "!")]
    [DataRow(5, " 4", " 5", " 3", " 6", "#")]
    [DataRow(0, "!", "\"", "#", "$", "%")]
    public void BeforeFiller_Rows_EndWhereTokensZeroOneTwoBegin(int expected, params string[] row) =>
        Assert.AreEqual(expected, LensTokenTable.BeforeFiller(row, Gpt2Files.Tokenizer.TokenText));

    [TestMethod]
    public void Verification_OtherShapeOrMissingPart_IsRefused()
    {
        using var weights = SmallModels.Random();
        Assert.Contains("12 layers of 12 heads", Assert.ThrowsExactly<InvalidDataException>(() =>
            VerificationPlan.Of(weights, Config([VerificationParts.Ov], null), new DryOps())).Message);
    }

    /// <summary>
    /// The whole of it on GPT-2 small's shape, GPT-2's vocabulary and the study's prompts, with nothing computed: every published
    /// candidate is asked for, and the work is what the README and the estimate say.
    /// </summary>
    [TestMethod]
    public void Plan_Gpt2SmallsShape_RunsThroughEveryPublishedNumber()
    {
        using var weights = RandomWeights.Create(ModelConfig.Small, seed: 1);
        var figures = PublishedFigures.Gpt2Small();
        var prompts = new VerificationPrompts(TaskFixtures.StudyFolder(), figures, Gpt2Files.Tokenizer, ModelConfig.Small);
        // OV scores and the lens read whole vocabularies on the host: too long for what it shows.
        string[] parts = [VerificationParts.Attention, VerificationParts.Edges, "numerals", "numwords"];
        var plan = VerificationPlan.Of(weights, Config(parts, prompts) with { Memory = 1L << 40 }, new DryOps());
        var tables = plan.Tables.ToDictionary(table => table.Name);
        // A task's full model (5 TFLOP) is counted in the first table that needs it.
        foreach (var (name, steps, tflop) in new[]
        {
            ("attention values", 3, 3.5), ("numerals MLP to MLP edges", 55, 55.8),
            ("numerals search", 239, 284.2), ("numerals single nodes", 156, 370.6), ("numerals circuit less a head", 25, 44.5),
            ("numerals circuits", 3, 22.7),
            ("numwords search", 223, 274.1), ("numwords single nodes", 156, 370.6), ("numwords circuit less a head", 31, 44.9),
            ("numwords circuits", 3, 27.7),
        })
        {
            Assert.HasCount(steps, tables[name].DoneAfter, name);
            Assert.AreEqual(tflop, tables[name].Flops / 1e12, 0.02 * tflop, name);
            Assert.AreEqual(1, tables[name].Share(steps), 0.2, name);
        }

        Assert.HasCount(10, tables);
    }

    [TestMethod]
    public void Plan_BackendOfDoubles_PredictsItsMemoryAndKeepsItsBudget()
    {
        using var weights = RandomWeights.Create(ModelConfig.Small, seed: 1);
        var prompts = new VerificationPrompts(TaskFixtures.StudyFolder(), PublishedFigures.Gpt2Small(), Gpt2Files.Tokenizer,
            ModelConfig.Small);
        VerificationPlan Plan(IOps backend, long memory) =>
            VerificationPlan.Of(weights, Config([VerificationParts.Edges], prompts) with { Memory = memory }, backend);
        using var doubles = new ReferenceOps();
        using var floats = new DryOps();
        var (needed, less) = (Plan(doubles, 1L << 40).PredictedBytes, Plan(floats, 1L << 40).PredictedBytes);
        Assert.IsGreaterThan(1.5 * less, needed);
        Assert.ThrowsExactly<ArgumentException>(() => Plan(doubles, needed - 1));
    }

    private static VerificationConfig Config(string[] parts, VerificationPrompts? prompts) => new()
    {
        Figures = PublishedFigures.Gpt2Small(),
        Parts = parts,
        Prompts = prompts,
        Tokenizer = Gpt2Files.Tokenizer,
        Words = TaskFixtures.DemoWords,
    };
}
