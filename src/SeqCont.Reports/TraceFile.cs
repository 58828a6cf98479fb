using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>
/// trace.jsonl, a search's journal: a decision is on disk before the next candidate starts, so a run that is
/// stopped at any moment leaves every decision it took.
/// </summary>
public sealed class TraceFile : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Opens an empty trace.</summary>
    /// <param name="path">Where to; a file that is there is emptied.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public TraceFile(string path)
    {
        _stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Decisions written.</summary>
    public int Count { get; private set; }

    /// <summary>Appends a decision and hands it to the operating system; a whole line or, on failure, none.</summary>
    /// <exception cref="IOException">It cannot be written, for example because the disk is full.</exception>
    public void Append(NodeDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        var end = _stream.Position;
        using var line = new MemoryStream(256);
        JsonFile.WriteRow(line, writer =>
        {
            writer.WriteNumber("index", decision.Index);
            writer.WriteNumber("iteration", decision.Iteration);
            writer.WriteString("pass", decision.Direction == SweepDirection.Backward ? "backward" : "forward");
            writer.WriteString("node", decision.Node.ToString());
            writer.WriteFinite("logitDiff", decision.LogitDiff.Mean);
            writer.WriteFinite("standardError", decision.LogitDiff.StandardError);
            writer.WriteFinite("score", decision.Score);
            writer.WriteBoolean("removed", decision.Removed);
        });
        try
        {
            _stream.Write(line.GetBuffer(), 0, (int)line.Length);
            _stream.Flush();
        }
        catch (IOException)
        {
            CutAt(end);
            throw;
        }

        Count++;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void CutAt(long length)
    {
        try
        {
            _stream.SetLength(length);
        }
        catch (IOException)
        {
            // The write's own failure is the one to tell; a reader drops a last line without an end.
        }
    }
}
