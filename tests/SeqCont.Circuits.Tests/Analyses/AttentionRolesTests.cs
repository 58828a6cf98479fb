using SeqCont.Model;

namespace SeqCont.Circuits.Tests;

[TestClass]
public sealed class AttentionRolesTests
{
    private static readonly int[] Members = [1, 3, 4];

    [TestMethod]
    public void Score_Pattern_IsReadAtTheStudysPlaces()
    {
        // Row 5 is the last position; entries name their place: query + key / 10.
        double[][] pattern = [.. Enumerable.Range(0, 6)
            .Select(query => Enumerable.Range(0, query + 1).Select(key => query + key / 10.0).ToArray())];
        var scores = AttentionRoles.Score(pattern, Members);
        Assert.AreEqual((3.1 + 4.3) / 2, scores.Early, 1e-12);
        Assert.AreEqual((5.3 + 5.4) / 2, scores.Mid, 1e-12);
        Assert.AreEqual(5.4, scores.Late, 1e-12);
    }

    [TestMethod]
    public void Positions_GeneratedPrompts_AreTheMembers()
    {
        var rows = new TaskGenerator(TaskFixtures.DemoWords, TaskFixtures.DemoTokenizer).Generate("numerals", 20, seed: 0).Clean;
        PromptSet Set(IReadOnlyList<PromptRow> some, int? bos) => PromptSet.Create(
            some, TaskFixtures.DemoTokenizer, TaskFixtures.Sizes(64, 1108), bos, "p");
        CollectionAssert.AreEqual(new[] { 3, 8, 13, 18 }, MemberPositions.Find(rows, Set(rows, null), TaskFixtures.DemoTokenizer)
            .ToArray());
        CollectionAssert.AreEqual(new[] { 4, 9, 14, 19 }, MemberPositions.Find(rows, Set(rows, 1107), TaskFixtures.DemoTokenizer)
            .ToArray());
        Assert.IsEmpty(MemberPositions.Find(rows, Set(rows, null), null));
        PromptRow[] longer = [.. rows, rows[0] with { Text = "The " + rows[0].Text }];
        Assert.IsEmpty(MemberPositions.Find(longer, Set(longer, null), TaskFixtures.DemoTokenizer));
        PromptRow[] unnamed = [.. rows, rows[0] with { Other = [] }];
        Assert.IsEmpty(MemberPositions.Find(unnamed, Set(unnamed, null), TaskFixtures.DemoTokenizer));
    }

    [TestMethod]
    public void Describe_Heads_HaveTheRoleOfTheirLargestShare()
    {
        using var weights = DemoModel.LoadWeights();
        var prompts = Prompts("numerals");
        var means = AttentionMeansTests.Measure(weights, false, prompts.Tokens, [0, 1, 2, 3]);
        int[] members = [3, 8, 13, 18];
        var heads = means.Layers.SelectMany(layer => Enumerable.Range(0, 8)
            .Select(head => AttentionRoles.Describe(means, new NodeId(layer, head), weights.Config, members))).ToList();
        foreach (var head in heads)
        {
            var (pattern, scores) = (head.Pattern, head.Scores!);
            Assert.AreEqual(pattern[22][18], scores.Late);
            var expected = head.Role switch
            {
                HeadRole.Early => [(8, 3), (13, 8), (18, 13)],
                HeadRole.Mid => [(22, 8), (22, 13), (22, 18)],
                HeadRole.Late => [(22, 18)],
                _ => Array.Empty<(int, int)>(),
            };
            CollectionAssert.AreEqual(expected, head.Highlights.Select(cell => (cell.Query, cell.Key)).ToArray());
            foreach (var cell in head.Highlights) Assert.AreEqual(pattern[cell.Query][cell.Key], cell.Value);
        }

        // The demo answers from its first layer: a head there looks at the last member.
        Assert.Contains(head => head.Role == HeadRole.Late && head.Head.Layer == 0, heads);
        var chosen = AttentionRoles.Choose(means, 8, members);
        Assert.Contains(heads.MaxBy(head => head.Pattern[22][18])!.Head, chosen);
        Assert.Contains(heads.MaxBy(head => members.Skip(1).Min(member => head.Pattern[22][member]))!.Head, chosen);
        CollectionAssert.AllItemsAreUnique(chosen.ToArray());
        Assert.IsNull(AttentionRoles.Describe(means, new NodeId(0, 0), weights.Config, []).Role);
    }

    [TestMethod]
    public void StudysHeads_OnlyForGpt2Small()
    {
        CollectionAssert.AreEqual(new[] { new NodeId(1, 5), new NodeId(4, 4), new NodeId(7, 11), new NodeId(9, 1) },
            AttentionRoles.StudysHeads(ModelConfig.Small)!.ToArray());
        Assert.IsNull(AttentionRoles.StudysHeads(ModelConfig.Medium));
    }

    private static PromptSet Prompts(string task) => PromptSet.Create(
        new TaskGenerator(TaskFixtures.DemoWords, TaskFixtures.DemoTokenizer).Generate(task, 16, seed: 0).Clean, TaskFixtures.DemoTokenizer,
        TaskFixtures.Sizes(64, 1108), null, "p");
}
