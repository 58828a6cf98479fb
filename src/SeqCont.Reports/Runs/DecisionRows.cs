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

    private static void WriteNode(Utf8JsonWriter writer, NodeDecision decision)
    {
        writer.WriteNumber("index", decision.Index);
        writer.WriteNumber("iteration", decision.Iteration);
        writer.WriteString("pass", decision.Direction == SweepDirection.Backward ? "backward" : "forward");
        writer.WriteString("node", decision.Node.ToString());
        WriteLogitDiff(writer, decision.LogitDiff);
        writer.WriteFinite("score", decision.Score);
        writer.WriteBoolean("removed", decision.Removed);
        writer.WriteNumber("prompts", decision.Prompts);
    }

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
            row.GetProperty("index").GetInt32(), row.GetProperty("iteration").GetInt32(), direction, node, ReadLogitDiff(row),
            row.GetProperty("score").GetDouble() / 100, row.GetProperty("removed").GetBoolean(), row.GetProperty("prompts").GetInt32());
    }

    private static void WriteEdge(Utf8JsonWriter writer, EdgeDecision decision)
    {
        writer.WriteNumber("index", decision.Index);
        writer.WriteString("edge", decision.Edge.ToString());
        WriteLogitDiff(writer, decision.LogitDiff);
        writer.WriteFinite("ratio", decision.Ratio);
        writer.WriteBoolean("kept", decision.Kept);
    }

    private static EdgeDecision ReadEdge(JsonElement row) => new(
        row.GetProperty("index").GetInt32(),
        Edge.Parse(row.GetProperty("edge").GetString()),
        ReadLogitDiff(row), row.GetProperty("ratio").GetDouble(), row.GetProperty("kept").GetBoolean());

    private static void WriteLogitDiff(Utf8JsonWriter writer, MeanLogitDiff logitDiff)
    {
        writer.WriteFinite("logitDiff", logitDiff.Mean);
        writer.WriteFinite("standardError", logitDiff.StandardError);
    }

    private static MeanLogitDiff ReadLogitDiff(JsonElement row) =>
        new(row.GetProperty("logitDiff").GetDouble(), row.GetProperty("standardError").GetDouble());
}
