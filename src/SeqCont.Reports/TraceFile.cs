using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// trace.jsonl, a search's journal: a decision is on disk before the next candidate starts, so a run that is
/// stopped at any moment leaves every decision it took.
/// </summary>
public sealed class TraceFile : IDisposable
{
    private readonly JournalFile _journal;

    /// <summary>Opens a trace to append to.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="keep">Bytes of whole decisions to keep of a file that is there; 0 empties it.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public TraceFile(string path, long keep = 0) => _journal = new JournalFile(path, keep);

    /// <summary>Decisions written.</summary>
    public int Count { get; private set; }

    /// <summary>Reads the decisions that an interrupted run left. A last line without an end is not a decision.</summary>
    /// <param name="path">The trace.</param>
    /// <returns>The decisions, and how many bytes they take from the start of the file.</returns>
    /// <exception cref="InvalidDataException">A line is no decision; the message names it.</exception>
    public static (IReadOnlyList<NodeDecision> Decisions, long Bytes) Read(string path) =>
        JournalFile.Read(path, "a decision of a search", ReadRow, decision => decision.Index);

    /// <summary>Appends a decision and puts it on disk; a whole line or, on failure, none.</summary>
    /// <exception cref="IOException">It cannot be written, for example because the disk is full.</exception>
    public void Append(NodeDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        _journal.Append(writer =>
        {
            writer.WriteNumber("index", decision.Index);
            writer.WriteNumber("iteration", decision.Iteration);
            writer.WriteString("pass", decision.Direction == SweepDirection.Backward ? "backward" : "forward");
            writer.WriteString("node", decision.Node.ToString());
            writer.WriteFinite("logitDiff", decision.LogitDiff.Mean);
            writer.WriteFinite("standardError", decision.LogitDiff.StandardError);
            writer.WriteFinite("score", decision.Score);
            writer.WriteBoolean("removed", decision.Removed);
            writer.WriteNumber("prompts", decision.Prompts);
        });
        Count++;
    }

    /// <inheritdoc/>
    public void Dispose() => _journal.Dispose();

    private static NodeDecision ReadRow(JsonElement row)
    {
        var node = NodeId.Parse(row.GetProperty("node").GetString());
        var direction = row.GetProperty("pass").GetString() switch
        {
            "backward" => SweepDirection.Backward,
            "forward" => SweepDirection.Forward,
            _ => throw new FormatException(),
        };
        return new NodeDecision(
            row.GetProperty("index").GetInt32(), row.GetProperty("iteration").GetInt32(), direction, node,
            new MeanLogitDiff(row.GetProperty("logitDiff").GetDouble(), row.GetProperty("standardError").GetDouble()),
            row.GetProperty("score").GetDouble() / 100, row.GetProperty("removed").GetBoolean(), row.GetProperty("prompts").GetInt32());
    }
}
