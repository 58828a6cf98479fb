using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>A .jsonl file that a run appends to: a row is on disk before the next step starts, whole or not at all.</summary>
internal sealed class JournalFile : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Opens a journal to append to.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="keep">Bytes of whole rows to keep of a file that is there; 0 empties it.</param>
    public JournalFile(string path, long keep)
    {
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        _stream.SetLength(keep);
        _stream.Position = keep;
    }

    /// <summary>Reads the rows that an interrupted run left. A last line without an end is not a row.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="row">The kind of row.</param>
    /// <returns>The rows, and how many bytes they take from the start of the file.</returns>
    public static (IReadOnlyList<T> Rows, long Bytes) Read<T>(string path, JournalRow<T> row)
    {
        var content = JsonText.ReadBytes(path, row.What, Array.MaxLength);
        var end = Array.LastIndexOf(content, (byte)'\n') + 1;
        var rows = new List<T>();
        foreach (var field in JsonText.Lines(content.AsMemory(0, end), path, row.What))
        {
            rows.Add(row.Read(field));
            if (row.Index(rows[^1]) != rows.Count) throw field.Bad($"expected decision {rows.Count}, got {row.Index(rows[^1])}");
        }

        return (rows, end);
    }

    /// <summary>Appends a row and puts it on disk; a whole line or, on failure, none.</summary>
    /// <exception cref="IOException">It cannot be written, for example because the disk is full.</exception>
    public void Append(Json row)
    {
        var end = _stream.Position;
        try
        {
            _stream.Write(JsonFile.Row(row));
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            CutAt(end);
            throw;
        }
    }

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
