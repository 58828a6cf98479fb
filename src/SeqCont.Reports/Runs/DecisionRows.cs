using SeqCont.Circuits;
using SeqCont.Model;

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

    private static NodeDecision ReadNode(JsonField row)
    {
        var direction = row["pass"].Text() switch
        {
            "backward" => SweepDirection.Backward,
            "forward" => SweepDirection.Forward,
            _ => throw row["pass"].Expected("backward or forward"),
        };
        return new NodeDecision(
            row["index"].Whole(), row["iteration"].Whole(), direction, row["node"].Node(), ReadMean(row), row["score"].Number() / 100,
            row["removed"].Flag(), row["prompts"].Whole());
    }

    private static Json WriteEdge(EdgeDecision decision) =>
    [
        ("index", decision.Index), ("edge", $"{decision.Edge}"), .. RunFile.Mean(decision.Metric), ("ratio", decision.Ratio),
        ("kept", decision.Kept),
    ];

    private static EdgeDecision ReadEdge(JsonField row) =>
        new(row["index"].Whole(), row["edge"].Edge(), ReadMean(row), row["ratio"].Number(), row["kept"].Flag());

    private static PromptMean ReadMean(JsonField row) => new(row["logitDiff"].Number(), row["standardError"].Number());
}
