using System.Runtime.InteropServices;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Writes a safetensors file piece by piece, so that arrays larger than memory can be written. The tensors are
/// declared first and then filled in that order. The file is written beside its place and moved there by
/// <see cref="Complete"/>; without that, nothing remains.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private const int Chunk = 4096;
    private readonly string _path;
    private readonly string _partialPath;
    private readonly FileStream _stream;
    private readonly SafetensorsEntry[] _entries;
    private int _current;
    private long _written;
    private bool _completed;

    /// <summary>Starts a file.</summary>
    /// <param name="path">The file's place. An existing file is replaced when the new one is complete.</param>
    /// <param name="tensors">Names, types (F32, F16, BF16, F64, I64) and shapes (no negative size), in the order in which they are
    /// filled.</param>
    /// <param name="metadata">Entries of __metadata__, or null.</param>
    /// <exception cref="ArgumentException">A name is used twice or reserved, a type is not writable, a size is negative.</exception>
    public SafetensorsWriter(
        string path, IReadOnlyList<(string Name, string DType, IReadOnlyList<long> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        _path = Path.GetFullPath(path);
        _entries = SafetensorsLayout.Lay(tensors);
        var header = SafetensorsLayout.Header(_entries, metadata);
        _partialPath = $"{_path}.{Guid.NewGuid():N}.partial";
        _stream = new FileStream(_partialPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 17);
        _stream.Write(header);
        SkipFull();
    }

    /// <summary>Writes tensors of numbers to a file, reading them piece by piece.</summary>
    /// <param name="path">The file's place.</param>
    /// <param name="tensors">Names and tensors.</param>
    /// <param name="dtype">F32, F16, BF16 or F64.</param>
    /// <param name="metadata">Entries of __metadata__, or null.</param>
    public static void Write(
        string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, string dtype = "F32",
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var declared = tensors.Select(item =>
            (item.Name, dtype, (IReadOnlyList<long>)item.Tensor.Shape.Select(size => (long)size).ToArray())).ToArray();
        using var writer = new SafetensorsWriter(path, declared, metadata);
        var chunk = new double[1 << 15];
        foreach (var (name, tensor) in tensors)
        {
            for (var start = 0L; start < tensor.Length; start += chunk.Length)
            {
                var part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, tensor.Length - start));
                tensor.Read(start, part);
                writer.Append(name, part);
            }
        }
        writer.Complete();
    }

    /// <summary>Writes the next elements of a tensor of numbers, in C order, rounded to its type.</summary>
    /// <param name="name">The tensor whose turn it is.</param>
    /// <param name="values">Its next elements: a row, a block, everything.</param>
    /// <exception cref="InvalidOperationException">It is another tensor's turn, or these are too many elements.</exception>
    public void Append(string name, ReadOnlySpan<double> values)
    {
        var entry = Turn(name, values.Length, integers: false);
        Span<byte> bytes = stackalloc byte[Chunk * sizeof(double)];
        for (; !values.IsEmpty; values = values[Math.Min(Chunk, values.Length)..])
        {
            var part = values[..Math.Min(Chunk, values.Length)];
            _stream.Write(bytes[..SafetensorsLayout.Encode(entry.DType, part, bytes)]);
        }
        SkipFull();
    }

    /// <inheritdoc cref="Append(string, ReadOnlySpan{double})"/>
    public void Append(string name, ReadOnlySpan<float> values)
    {
        var isFloat = Turn(name, 0, integers: false).DType == "F32";
        if (isFloat)
        {
            _ = Turn(name, values.Length, integers: false);
            _stream.Write(MemoryMarshal.AsBytes(values));
            SkipFull();
            return;
        }
        var wide = new double[Math.Min(Chunk, values.Length)];
        for (; !values.IsEmpty; values = values[Math.Min(Chunk, values.Length)..])
        {
            var part = values[..Math.Min(Chunk, values.Length)];
            Widening.FromFloat(part, wide);
            Append(name, wide.AsSpan(0, part.Length));
        }
    }

    /// <summary>Writes the next elements of a tensor of type I64, in C order.</summary>
    /// <param name="name">The tensor whose turn it is.</param>
    /// <param name="values">Its next elements.</param>
    /// <exception cref="InvalidOperationException">It is another tensor's turn, or these are too many elements.</exception>
    public void Append(string name, ReadOnlySpan<long> values)
    {
        _ = Turn(name, values.Length, integers: true);
        _stream.Write(MemoryMarshal.AsBytes(values));
        SkipFull();
    }

    /// <summary>Puts the file in its place.</summary>
    /// <exception cref="InvalidOperationException">A tensor is not filled.</exception>
    public void Complete()
    {
        if (_current < _entries.Length)
            throw new InvalidOperationException(
                $"{_path}: tensor '{_entries[_current].Name}': expected {_entries[_current].Length} elements, got {_written}.");
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_partialPath, _path, overwrite: true);
        _completed = true;
    }

    /// <summary>Ends writing; a file that was not completed is removed.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_completed) File.Delete(_partialPath);
    }

    private SafetensorsEntry Turn(string name, int count, bool integers)
    {
        var entry = _current < _entries.Length ? _entries[_current] : null;
        if (entry is null || entry.Name != name)
            throw new InvalidOperationException($"{_path}: tensor '{name}': expected '{entry?.Name ?? "nothing more"}' next.");
        if (entry.DType == "I64" != integers) throw new InvalidOperationException($"{_path}: tensor '{name}': its dtype is {entry.DType}.");
        if (count > entry.Length - _written)
            throw new InvalidOperationException(
                $"{_path}: tensor '{name}': expected at most {entry.Length - _written} more elements, got {count}.");
        _written += count;
        return entry;
    }

    private void SkipFull()
    {
        while (_current < _entries.Length && _written == _entries[_current].Length)
        {
            _current++;
            _written = 0;
        }
    }
}
