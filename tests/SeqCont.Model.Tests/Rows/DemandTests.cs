using SeqCont.Engine.Reference;

namespace SeqCont.Model.Tests.Rows;

[TestClass]
public sealed class DemandTests
{
    private readonly ReferenceOps _ops = new();

    // Rows: 0 = [1], 1 = [1 2], 2 = [1 2 3], 3 = [1 4], 4 = [6], 5 = [6 7] by lexicographic order.
    private DeviceRows Rows() => new(_ops, RowForest.Build([[1, 2, 3], [1, 4], [6, 7]]));

    private static LiveNodes Live(params int[][] heads) => new(heads, [.. heads.Select(_ => true)]);

    [TestMethod]
    public void Of_NoHeadAbove_OnlyEndRows()
    {
        using var rows = Rows();
        var demand = Demand.Of(rows, Live([0], [], []), rows.Ends);
        Assert.AreSame(rows.Ends, demand.Outputs(2));
        Assert.AreSame(rows.None, demand.Keys(2));
        Assert.AreSame(rows.Ends, demand.Outputs(0));
        Assert.AreSame(rows.All, demand.Keys(0));
        Assert.AreSame(rows.All, demand.Inputs(0));
        Assert.AreSame(rows.Ends, demand.Inputs(1));
    }

    [TestMethod]
    public void Of_HeadAbove_AllAncestors()
    {
        using var rows = Rows();
        var demand = Demand.Of(rows, Live([], [1], []), rows.Ends);
        Assert.AreSame(rows.Ends, demand.Outputs(1));
        Assert.AreSame(rows.All, demand.Outputs(0));
        Assert.AreSame(rows.None, demand.Keys(0));
    }

    [TestMethod]
    public void Of_ReadWithin_AddsRowsAtThatLayerAndBelow()
    {
        using var rows = Rows();
        var atPosition1 = rows.AtPositionsOf(rows, rows.Set([5]));
        CollectionAssert.AreEqual(new[] { 1, 3, 5 }, atPosition1.Ids);
        var demand = Demand.Of(rows, Live([0], [0], [0]), rows.None, [rows.None, atPosition1, rows.None]);
        Assert.AreSame(rows.None, demand.Outputs(2));
        Assert.AreSame(rows.None, demand.Keys(2));
        Assert.AreSame(atPosition1, demand.Outputs(1));
        CollectionAssert.AreEqual(new[] { 0, 1, 3, 4, 5 }, demand.Inputs(1).Ids);
        Assert.AreSame(demand.Inputs(1), demand.Outputs(0));
    }

    [TestMethod]
    public void WithAncestors_OfUnion_EqualsUnionOfAncestors()
    {
        using var rows = Rows();
        var (a, b) = (rows.Set([2]), rows.Set([5]));
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, rows.WithAncestors(a).Ids);
        Assert.AreSame(rows.Union(rows.WithAncestors(a), rows.WithAncestors(b)), rows.WithAncestors(rows.Union(a, b)));
    }
}
