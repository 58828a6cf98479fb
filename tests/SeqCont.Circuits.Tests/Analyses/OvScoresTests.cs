using System.Text.Json;
using SeqCont.Model;
using SeqCont.Model.Tests;
using SeqCont.Testing;

namespace SeqCont.Circuits.Tests.Analyses;

/// <summary>OV scores against the study's own functions on a small model, and on GPT-2 where its weights are.</summary>
[TestClass]
public sealed class OvScoresTests
{
    [TestMethod]
    [DataRow("Reference")]
    [DataRow("Cpu")]
    public void Run_TinyModel_EqualsTheStudysScores(string backend)
    {
        using var json = LensFixture.Json("ov_copy_next.json");
        using var weights = LensFixture.Weights();
        var result = Run(backend, weights, Sequences(LensFixture.Tokens(), weights.Config.DVocab));
        var heads = json.RootElement.GetProperty("heads");
        Assert.HasCount(heads.EnumerateObject().Count(), result.Heads);
        foreach (var head in result.Heads)
        {
            var expected = heads.GetProperty(head.Head.Label);
            foreach (var (sign, hits, top) in new[] { ("pos", head.Positive, head.TopPositive), ("neg", head.Negative, head.TopNegative) })
            {
                var scores = expected.GetProperty(sign);
                Assert.AreEqual(scores.GetProperty("copy_percent").GetDouble(), result.Percent(hits, OvScoreKind.Copy), 1e-9,
                    $"{head.Head} {sign} copy");
                Assert.AreEqual(scores.GetProperty("next_percent").GetDouble(), result.Percent(hits, OvScoreKind.Next), 1e-9,
                    $"{head.Head} {sign} next");
                for (var prompt = 0; prompt < 8; prompt++)
                    for (var position = 0; position < 10; position++)
                        AssertTop(LensFixture.Numbers(scores.GetProperty("top5_ids")[prompt][position]),
                            top[result.RowOf[prompt][position]], backend, $"{head.Head} {sign}, prompt {prompt}, position {position}");
            }
        }
    }

    /// <summary>Folded weights have a bias of the unembedding and none of LN_f: the negative's product must not notice.</summary>
    [TestMethod]
    public void Run_FoldedWeights_SameTopTokens()
    {
        using var raw = LensFixture.Weights();
        using var folded = raw.Process(WeightProcessing.FoldLayerNorm | WeightProcessing.CentreWritingWeights
            | WeightProcessing.CentreUnembedding);
        var prompts = Sequences(LensFixture.Tokens(), 61);
        var (plain, other) = (Run("Reference", raw, prompts), Run("Reference", folded, prompts));
        for (var head = 0; head < plain.Heads.Count; head++)
            for (var row = 0; row < plain.Heads[head].TopPositive.Length; row++)
            {
                CollectionAssert.AreEqual(plain.Heads[head].TopPositive[row], other.Heads[head].TopPositive[row]);
                CollectionAssert.AreEqual(plain.Heads[head].TopNegative[row], other.Heads[head].TopNegative[row]);
            }
    }

    [TestMethod]
    public void Run_Hits_AreCountedByMember()
    {
        using var weights = LensFixture.Weights();
        var prompts = Sequences(LensFixture.Tokens(), 61);
        var result = Run("Cpu", weights, prompts);
        foreach (var head in result.Heads)
        {
            for (var member = 0; member < 61; member++)
            {
                var places = Enumerable.Range(0, 8)
                    .SelectMany(prompt => Enumerable.Range(0, 10).Select(position => (Prompt: prompt, Position: position)))
                    .Where(place => prompts.Tokens[place.Prompt][place.Position] == member).ToArray();
                var copies = places.Count(place => head.TopPositive[result.RowOf[place.Prompt][place.Position]].Contains(member));
                Assert.AreEqual(copies, head.Positive.Copy[member]);
                Assert.AreEqual(places.Length == 0
                    ? double.NaN : 100.0 * copies / places.Length, result.Percent(head.Positive, OvScoreKind.Copy, member));
            }
        }
    }

    [TestMethod]
    public void Run_BadTopK_IsRefused()
    {
        using var weights = LensFixture.Weights();
        var prompts = Sequences(LensFixture.Tokens(), 61);
        Assert.ThrowsExactly<ArgumentException>(() => Run("Cpu", weights, prompts, 62));
        Assert.ThrowsExactly<ArgumentException>(() => Run("Cpu", weights, prompts, 0));
    }

    [TestMethod]
    [DataRow("numerals", 97)]
    [DataRow("numwords", 8)]
    [DataRow("months", 8)]
    public void Prompts_Gpt2Tokenizer_AreTheStudys(string task, int count)
    {
        var prompts = OvPrompts.Create(TaskFixtures.DemoWords.Members[task], Gpt2Files.Tokenizer, task);
        Assert.HasCount(count, prompts.Tokens);
        Assert.AreEqual(0, prompts.LeftOut);
        Assert.AreEqual(4 * count, prompts.MemberCounts.Sum());
        Assert.AreEqual(task switch
        {
            "numerals" => "97 98 99 100",
            "months" => "August September October November",
            _ => "eight nine ten eleven"
        }, Gpt2Files.Tokenizer.Decode(prompts.Tokens[^1]));
        // GPT-2 has no token "eleven" or "twelve" without a space before it.
        foreach (var (member, tokens) in prompts.Members.Zip(prompts.CopyTokens))
            CollectionAssert.AreEqual(member == "eleven"
                ? new[] { " eleven" } : [" " + member, member], tokens.Select(token => Gpt2Files.Tokenizer.TokenText(token)).ToArray());
        Assert.AreEqual(task switch { "numerals" => " 101", "months" => " December", _ => " twelve" },
            Gpt2Files.Tokenizer.TokenText(prompts.NextTokens[^1][0]));
    }

    [TestMethod]
    public void Prompts_MonthsAsPublished_NextIsAnOrdinal()
    {
        var prompts = OvPrompts.Create(TaskFixtures.DemoWords.Members["months"], Gpt2Files.Tokenizer, "months", ordinalNext: true);
        Assert.AreEqual(" second", Gpt2Files.Tokenizer.TokenText(prompts.NextTokens[0][0]));
        Assert.AreEqual(" tenth", Gpt2Files.Tokenizer.TokenText(prompts.NextTokens[8][0]));
        Assert.HasCount(11, prompts.NextTokens);
        Assert.AreEqual(" January", Gpt2Files.Tokenizer.TokenText(prompts.CopyTokens[0][0]));
    }

    [TestMethod]
    public void Prompts_WordsOfSeveralTokens_AreLeftOut()
    {
        string[] members = ["one", "two", "three", "four", "five", "qqqqzzzz", "seven"];
        var prompts = OvPrompts.Create(members, TaskFixtures.DemoTokenizer, "test");
        Assert.HasCount(1, prompts.Tokens);
        Assert.AreEqual(2, prompts.LeftOut);
        Assert.ThrowsExactly<InvalidDataException>(() => OvPrompts.Create(members[2..], TaskFixtures.DemoTokenizer, "test"));
        // The demo has tokens for the integers up to 20.
        Assert.HasCount(16, OvPrompts.Create(TaskFixtures.DemoWords.Members["numerals"], TaskFixtures.DemoTokenizer, "numerals").Tokens);
    }

    /// <summary>Published scores; two hits either way are allowed for float32 on another machine.</summary>
    [TestMethod]
    [DataRow("numerals")]
    [DataRow("numwords")]
    [DataRow("months")]
    public void Run_Gpt2_EqualsThePublishedScores(string task)
    {
        if (TestFiles.SharedOrNull("models", "gpt2", "model.safetensors") is not { } file
            || TestFiles.SharedOrNull("golden", "gpt2", "ov-scores.json") is not { } golden)
        {
            Assert.Inconclusive("../shared/models/gpt2 (GPT-2 small's files) or ../shared/golden/gpt2/ov-scores.json is absent");
            return;
        }

        using var json = JsonDocument.Parse(File.ReadAllText(golden));
        using var weights = Gpt2Weights.Load(Path.GetDirectoryName(file)!);
        var prompts = OvPrompts.Create(TaskFixtures.DemoWords.Members[task], Gpt2Files.Tokenizer, task, ordinalNext: task == "months");
        var result = Run("Cpu", weights, prompts);
        foreach (var kind in new[] { OvScoreKind.Copy, OvScoreKind.Next })
        {
            if (!json.RootElement.GetProperty("scores").TryGetProperty($"{task}/{kind.ToString().ToLowerInvariant()}", out var scores))
                continue;
            foreach (var head in result.Heads)
            {
                var expected = scores.TryGetProperty(head.Head.Label, out var score) ? score.GetDouble() : 0;
                Assert.AreEqual(expected, result.Percent(head.Positive, kind), 200.01 / prompts.MemberCounts.Sum(),
                    $"{head.Head} {task} {kind}");
            }
        }
    }

    private static OvScoreResult Run(string backend, Gpt2Weights weights, OvPrompts prompts, int topK = 5)
    {
        using var ops = LensFixture.Ops(backend);
        using var model = new Gpt2Model(ops, weights);
        return OvScores.Run(model, prompts, topK);
    }

    /// <summary>The fixture's reading: every token is a member, its successor the next id.</summary>
    private static OvPrompts Sequences(int[][] tokens, int dVocab) => new(
        tokens, tokens, [.. Enumerable.Range(0, dVocab).Select(id => $"#{id}")],
        [.. Enumerable.Range(0, dVocab).Select(id => new[] { id })],
        [.. Enumerable.Range(0, dVocab).Select(id => id + 1 < dVocab ? new[] { id + 1 } : [])]);

    // Float32 may swap neighbours within the five; which five they are is clear by 1.7e-4 or more.
    private static void AssertTop(int[] expected, int[] actual, string backend, string where)
    {
        if (backend == "Reference") CollectionAssert.AreEqual(expected, actual, where);
        else CollectionAssert.AreEquivalent(expected, actual, where);
    }
}
