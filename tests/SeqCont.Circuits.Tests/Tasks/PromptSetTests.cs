namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class PromptSetTests
{
    [TestMethod]
    public void Create_DemoFixtures_GivesTheModelsTokens()
    {
        foreach (var task in TaskFixtures.Tasks)
        {
            var path = SeqCont.Testing.TestFiles.Data("demo", $"{task}-clean.jsonl");
            var prompts = Create(PromptFile.Read(path));
            Assert.AreEqual(96, prompts.Count);
            foreach (var tokens in prompts.Tokens) Assert.HasCount(23, tokens);
            using var expected = System.Text.Json.JsonDocument.Parse(
                File.ReadAllBytes(SeqCont.Testing.TestFiles.Data("demo", $"{task}-expected.json")));
            CollectionAssert.AreEqual(
                expected.RootElement.GetProperty("tokens_first").EnumerateArray().Select(item => item.GetInt32()).ToArray(),
                prompts.Tokens[0]);
        }
    }

    [TestMethod]
    public void Create_WithBos_PutsItBeforeEveryPrompt()
    {
        var rows = new[] { TaskFixtures.TextRow("Van done in"), TaskFixtures.TextRow("Hat") };
        var (plain, withBos) = (Create(rows), Create(rows, bos: 1107));
        for (var i = 0; i < 2; i++) CollectionAssert.AreEqual((int[])[1107, .. plain.Tokens[i]], withBos.Tokens[i]);
        Assert.AreEqual(1107, withBos.Bos);
        Assert.IsNull(plain.Bos);
        Assert.AreNotEqual(plain.Sha256, withBos.Sha256);
    }

    [TestMethod]
    public void Create_TokenRows_NeedNoTokenizer()
    {
        var prompts = PromptSet.Create([TaskFixtures.TokenRow([1, 2, 3]), TaskFixtures.TokenRow([6], 0, 6)], null,
            TaskFixtures.Sizes(3, 7), null, "p");
        CollectionAssert.AreEqual((int[])[5, 0], prompts.Correct);
        CollectionAssert.AreEqual((int[])[4, 6], prompts.Incorrect);
        Assert.IsNull(prompts.Texts[0]);
        Assert.AreEqual("p", prompts.Source);
    }

    [TestMethod]
    public void Sha256_KnownPrompts_IsTheHashOfTheirIntegers()
    {
        // SHA-256 of the little-endian 32-bit integers 3, 1, 2, 3, 5, 4.
        Assert.AreEqual("64683082894bb0554893d2189172af8511c11551b12f2460b3c30d5861687c29",
            PromptSet.Create([TaskFixtures.TokenRow([1, 2, 3])], null, TaskFixtures.Sizes(3, 7), null, "p").Sha256);
    }

    [TestMethod]
    public void Sha256_OrderOrAnswersChange_Changes()
    {
        PromptRow a = TaskFixtures.TokenRow([1, 2]), b = TaskFixtures.TokenRow([3]);
        var hashes = new[] { (PromptRow[])[a, b], [b, a], [a], [a, TaskFixtures.TokenRow([3], 4, 5)], [a, TaskFixtures.TokenRow([3, 3])] }
            .Select(rows => PromptSet.Create(rows, null, TaskFixtures.Sizes(8, 8), null, "p").Sha256).ToList();
        Assert.HasCount(5, hashes.Distinct().ToList());
        Assert.AreEqual(hashes[0], PromptSet.Create([a, b], null, TaskFixtures.Sizes(9, 9), null, "other").Sha256);
    }

    [TestMethod]
    public void Create_RowDoesNotFit_NamesSourceRowAndFault()
    {
        RequireRefusal("p: expected at least one prompt, got none.", []);
        RequireRefusal("p: row 2: corr \" 12345\": expected exactly one token, got ",
            [TaskFixtures.TextRow("a"), TaskFixtures.TextRow("a", " 12345")]);
        RequireRefusal("p: row 1: incorr \" 12345\": expected exactly one token, got ", [TaskFixtures.TextRow("a", " 5", " 12345")]);
        RequireRefusal("p: row 1: expected corr and incorr to differ, got token ", [TaskFixtures.TextRow("a", " 5", " 5")]);
        RequireRefusal("p: row 1: expected at most 64 tokens, the model's context, got 65.", [TaskFixtures.TokenRow(new int[65])]);
        RequireRefusal("p: row 1: expected at most 64 tokens, the model's context, got a text of 1000000 bytes.",
            [TaskFixtures.TextRow(string.Concat(Enumerable.Repeat("theanother", 100_000)))]);
        RequireRefusal("p: row 1: a token: expected an id from 0 to 1107, the model's vocabulary, got 1108.",
            [TaskFixtures.TokenRow([1, 1108])]);
        RequireRefusal("p: row 1: corr: expected an id from 0 to 1107, the model's vocabulary, got 9999.",
            [TaskFixtures.TokenRow([1], 9999)]);
        RequireRefusal("p: row 1: incorr: expected an id from 0 to 1107, the model's vocabulary, got 9999.",
            [TaskFixtures.TokenRow([1], 0, 9999)]);
        RequireRefusal("p: row 1: expected a prompt of at least one token, got none.", [TaskFixtures.TokenRow([])]);
        RequireRefusal("p: row 1: expected either text or tokens.", [TaskFixtures.TokenRow([1]) with { Text = "a" }]);
    }

    [TestMethod]
    public void Create_BosMakesAPromptTooLong_IsRefused()
    {
        var row = TaskFixtures.TokenRow(new int[64]);
        Assert.AreEqual(1, Create([row]).Count);
        Assert.Contains("got 65.", Assert.ThrowsExactly<InvalidDataException>(() => Create([row], bos: 3)).Message);
    }

    [TestMethod]
    public void Create_TextWithoutTokenizer_IsRefused()
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(
            () => PromptSet.Create([TaskFixtures.TokenRow([1]), TaskFixtures.TextRow("a")], null, TaskFixtures.Sizes(64, 1108), null, "p"));
        Assert.AreEqual("p: row 2: expected token ids, since the model has no tokenizer, got text.", thrown.Message);
    }

    [TestMethod]
    public void Create_BosOutsideTheVocabulary_IsMisuse()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create([TaskFixtures.TokenRow([1])], bos: 1108));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Create([TaskFixtures.TokenRow([1])], bos: -1));
    }

    private static PromptSet Create(IReadOnlyList<PromptRow> rows, int? bos = null) =>
        PromptSet.Create(rows, TaskFixtures.DemoTokenizer, TaskFixtures.Sizes(64, 1108), bos, "p");

    private static void RequireRefusal(string message, PromptRow[] rows)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(() => Create(rows));
        Assert.StartsWith(message, thrown.Message);
        Assert.DoesNotContain("\n", thrown.Message);
    }
}
