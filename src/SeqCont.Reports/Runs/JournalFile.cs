using System.Text.Json;

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
    /// <param name="what">What a row is, for messages: "a decision of a search".</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="index">A row's own number, from 1.</param>
    /// <returns>The rows, and how many bytes they take from the start of the file.</returns>
    public static (IReadOnlyList<T> Rows, long Bytes) Read<T>(string path, string what, Func<JsonElement, T> read, Func<T, int> index)
    {
        var content = File.ReadAllBytes(path);
        var end = Array.LastIndexOf(content, (byte)'\n') + 1;
        var rows = new List<T>();
        for (var start = 0; start < end;)
        {
            var length = Array.IndexOf(content, (byte)'\n', start) - start;
            rows.Add(ReadRow(content.AsMemory(start, length), $"{path}:{rows.Count + 1}", what, read));
            if (index(rows[^1]) != rows.Count)
                throw new InvalidDataException($"{path}:{rows.Count}: expected decision {rows.Count}, got {index(rows[^1])}.");
            start += length + 1;
        }

        return (rows, end);
    }

    /// <summary>Appends a row and puts it on disk; a whole line or, on failure, none.</summary>
    /// <exception cref="IOException">It cannot be written, for example because the disk is full.</exception>
    public void Append(Json row)
    {
        var end = _stream.Position;
        using var line = new MemoryStream(256);
        JsonFile.WriteRow(line, writer => writer.WriteFields(row));
        try
        {
            _stream.Write(line.GetBuffer(), 0, (int)line.Length);
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            CutAt(end);
            throw;
        }
    }

    public void Dispose() => _stream.Dispose();

    private static T ReadRow<T>(ReadOnlyMemory<byte> line, string where, string what, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            throw new InvalidDataException($"{where}: not {what}.", exception);
        }
    }

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
