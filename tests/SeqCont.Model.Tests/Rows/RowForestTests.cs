namespace SeqCont.Model.Tests.Rows;

[TestClass]
public sealed class RowForestTests
{
    private static readonly int[][] Prompts = [[5, 1, 7], [5, 1, 8, 2], [3], [5, 1, 7], [5, 1], [5, 2, 7]];

    [TestMethod]
    public void Build_SharedPrefixes_OneRowPerDistinctPrefix()
    {
        var forest = RowForest.Build(Prompts);
        var prefixes = Prompts.SelectMany(prompt => Enumerable.Range(1, prompt.Length)
            .Select(length => string.Join(",", prompt.Take(length)))).ToArray();
        Assert.AreEqual(prefixes.Distinct().Count(), forest.Count);
        Assert.AreEqual(prefixes.Length, forest.Weights.Sum());
        CollectionAssert.AreEqual(new long[] { 6, 5, 4, 1 }, forest.PromptsAt);
    }

    [TestMethod]
    public void Build_EveryPrompt_ChainSpellsIt()
    {
        var forest = RowForest.Build(Prompts);
        for (var i = 0; i < Prompts.Length; i++)
        {
            var end = forest.Ends[i];
            var chain = forest.Entries.AsSpan(forest.First[end], forest.Positions[end] + 1).ToArray();
            CollectionAssert.AreEqual(Prompts[i], chain.Select(row => forest.Tokens[row]).ToArray(), $"prompt {i}");
            for (var p = 0; p < chain.Length; p++)
            {
                Assert.AreEqual(p, forest.Positions[chain[p]]);
                Assert.AreEqual(p == 0 ? -1 : chain[p - 1], forest.Parents[chain[p]]);
                // A row's own chain is a prefix of every chain through it.
                CollectionAssert.AreEqual(chain[..(p + 1)], forest.Entries.AsSpan(forest.First[chain[p]], p + 1).ToArray());
            }
        }
    }

    [TestMethod]
    public void Build_AnyOrderOfPrompts_SameRows()
    {
        var forest = RowForest.Build(Prompts);
        var reversed = RowForest.Build([.. Prompts.Reverse()]);
        CollectionAssert.AreEqual(forest.Tokens, reversed.Tokens);
        CollectionAssert.AreEqual(forest.Weights, reversed.Weights);
        CollectionAssert.AreEqual(forest.Ends.Reverse().ToArray(), reversed.Ends);
    }

    [TestMethod]
    public void Build_AncestorsComeFirst()
    {
        var forest = RowForest.Build(Prompts);
        for (var row = 0; row < forest.Count; row++) Assert.IsLessThan(row, forest.Parents[row]);
    }

    [TestMethod]
    public void Build_Partners_RowsAreDistinctPairsOfPrefixes()
    {
        var forest = RowForest.Build([[1, 2], [1, 2], [1, 2]], [[7, 8], [7, 9], [7, 8]]);
        Assert.AreEqual(3, forest.Count);
        Assert.AreEqual(forest.Ends[0], forest.Ends[2]);
        Assert.AreNotEqual(forest.Ends[0], forest.Ends[1]);
    }

    [TestMethod]
    public void Build_PartnerOfOtherLength_NamesThePrompt()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => RowForest.Build([[1, 2], [1, 2]], [[3, 4], [3]]));
        Assert.Contains("prompt 2", error.Message);
    }

    [TestMethod]
    public void Build_NoPromptsOrEmptyPrompt_Throws()
    {
        Assert.ThrowsExactly<ArgumentException>(() => RowForest.Build([]));
        Assert.ThrowsExactly<ArgumentException>(() => RowForest.Build([[1], []]));
    }
}
