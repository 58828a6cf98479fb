namespace SeqCont.Circuits.Tests.Analyses;

[TestClass]
public sealed class TokenRanksTests
{
    private static double[] Row(int length, int seed)
    {
        var random = new SplitMix64(seed);
        // Few distinct values, so that there are ties, and none at the last place by accident only.
        return [.. Enumerable.Range(0, length).Select(_ => (random.Next(40) - 20) / 4.0)];
    }

    private static int[] Sorted(double[] row) => [.. Enumerable.Range(0, row.Length).OrderByDescending(i => row[i]).ThenBy(i => i)];

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(7, 3)]
    [DataRow(8, 8)]
    [DataRow(9, 5)]
    [DataRow(17, 17)]
    [DataRow(1009, 13)]
    public void Largest_WithTies_IsTheSortsBeginning(int length, int k)
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var row = Row(length, seed);
            CollectionAssert.AreEqual(Sorted(row)[..k], TokenRanks.Largest(row, k), $"seed {seed}");
        }
    }

    [TestMethod]
    public void Rank_EveryToken_IsItsPlaceInTheSort()
    {
        var row = Row(101, 3);
        var sorted = Sorted(row);
        for (var token = 0; token < row.Length; token++) Assert.AreEqual(Array.IndexOf(sorted, token) + 1, TokenRanks.Rank(row, token));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(64)]
    [DataRow(1009)]
    public void LogSumExp_AnyLength_EqualsThePlainSum(int length)
    {
        var row = Row(length, 5);
        Assert.AreEqual(Math.Log(row.Sum(Math.Exp)), TokenRanks.LogSumExp(row, row.Max()), 1e-12);
        Assert.AreEqual(
            900 + TokenRanks.LogSumExp(row, row.Max()), TokenRanks.LogSumExp([.. row.Select(value => value + 900)], row.Max() + 900),
            1e-9, "large logits overflow");
    }
}
