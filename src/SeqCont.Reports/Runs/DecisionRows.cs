using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The rows of trace.jsonl and edges-trace.jsonl.</summary>
public static class DecisionRows
{
    /// <summary>Decisions of a node search.</summary>
    public static JournalRow<NodeDecision> Nodes { get; } =
        new(RunFolder.TraceName, "a decision of a search", ReadNode, WriteNode, decision => decision.Index);

    /// <summary>Decisions of an edge search.</summary>
    public static JournalRow<EdgeDecision> Edges { get; } =
        new(RunFolder.EdgeTraceName, "a decision of an edge search", ReadEdge, WriteEdge, decision => decision.Index);

    private static Json WriteNode(NodeDecision decision) =>
    [
        ("index", decision.Index), ("iteration", decision.Iteration), ("pass", decision.Direction.NameInFiles()),
        ("node", $"{decision.Node}"),
        .. RunFile.Mean(decision.Metric), ("score", decision.Score), ("removed", decision.Removed), ("prompts", decision.Prompts),
    ];

    private static NodeDecision ReadNode(JsonElement row)
    {
        var node = NodeId.Parse(row.GetProperty("node").GetString());
        var direction = row.GetProperty("pass").GetString() switch
        {
            "backward" => SweepDirection.Backward,
            "forward" => SweepDirection.Forward,
            _ => throw new FormatException(),
        };
        return new NodeDecision(
            row.Whole("index"), row.Whole("iteration"), direction, node, ReadMean(row),
            row.GetProperty("score").GetDouble() / 100, row.GetProperty("removed").GetBoolean(), row.Whole("prompts"));
    }

    private static Json WriteEdge(EdgeDecision decision) =>
    [
        ("index", decision.Index), ("edge", $"{decision.Edge}"), .. RunFile.Mean(decision.Metric), ("ratio", decision.Ratio),
        ("kept", decision.Kept),
    ];

    private static EdgeDecision ReadEdge(JsonElement row) => new(
        row.Whole("index"),
        Edge.Parse(row.GetProperty("edge").GetString()),
        ReadMean(row), row.GetProperty("ratio").GetDouble(), row.GetProperty("kept").GetBoolean());

    private static PromptMean ReadMean(JsonElement row) =>
        new(row.GetProperty("logitDiff").GetDouble(), row.GetProperty("standardError").GetDouble());
}
