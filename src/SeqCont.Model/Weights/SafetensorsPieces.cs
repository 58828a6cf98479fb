using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SeqCont.Model;

/// <summary>
/// Writes a safetensors file whose tensors are filled together, piece by piece in any order: a batch of every
/// activation, then the next. The whole file's room is taken when it is opened, so that a disk that is too full says
/// so before any work; what is never written stays 0. The file is written beside its place and moved there by
/// <see cref="Complete"/>; without that, nothing remains.
/// </summary>
public sealed class SafetensorsPieces : IDisposable
{
    private readonly string _path;
    private readonly string _partialPath;
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly long _dataStart;
    private byte[] _bytes = [];
    private bool _completed;

    /// <summary>Opens a file and takes its room on the disk.</summary>
    /// <param name="path">The file's place. An existing file is replaced when the new one is complete.</param>
    /// <param name="tensors">Names, types (F32, F16, BF16, F64, I64) and shapes (no negative size).</param>
    /// <param name="metadata">Entries of __metadata__, or null.</param>
    /// <exception cref="ArgumentException">A name is used twice or reserved, a type is not writable, a size is negative.</exception>
    /// <exception cref="IOException">The file cannot be made, or the disk has not got the room.</exception>
    public SafetensorsPieces(
        string path, IReadOnlyList<(string Name, string DType, IReadOnlyList<long> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        _path = Path.GetFullPath(path);
        var entries = SafetensorsLayout.Lay(tensors);
        var header = SafetensorsLayout.Header(entries, metadata);
        _entries = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        _dataStart = header.Length;
        Bytes = header.Length + entries.Sum(entry => entry.Bytes);
        _partialPath = $"{_path}.{Guid.NewGuid():N}.partial";
        _handle = Open();
        try
        {
            RandomAccess.SetLength(_handle, Bytes);
            RandomAccess.Write(_handle, header, 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Length of the file, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>Writes elements of a tensor of numbers, in C order, rounded to its type.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first of its elements to write.</param>
    /// <param name="values">The elements.</param>
    /// <exception cref="ArgumentException">There is no such tensor of numbers, or they are not all inside.</exception>
    public void Write(string name, long start, ReadOnlySpan<double> values)
    {
        var (entry, offset) = Place(name, start, values.Length, integers: false);
        var length = values.Length * SafetensorsEntry.BytesOf(entry.DType);
        if (_bytes.Length < length) _bytes = new byte[length];
        SafetensorsLayout.Encode(entry.DType, values, _bytes);
        RandomAccess.Write(_handle, _bytes.AsSpan(0, length), offset);
    }

    /// <summary>Writes elements of a tensor of type I64, in C order.</summary>
    /// <inheritdoc cref="Write(string, long, ReadOnlySpan{double})"/>
    public void Write(string name, long start, ReadOnlySpan<long> values) =>
        RandomAccess.Write(_handle, MemoryMarshal.AsBytes(values), Place(name, start, values.Length, integers: true).Offset);

    /// <summary>Puts the file in its place.</summary>
    public void Complete()
    {
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_partialPath, _path, overwrite: true);
        _completed = true;
    }

    /// <summary>Ends writing; a file that was not completed is removed.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (!_completed) File.Delete(_partialPath);
    }

    private SafeFileHandle Open()
    {
        try
        {
            return File.OpenHandle(_partialPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, Bytes);
        }
        catch (IOException exception)
        {
            // A disk that is too full is named with the room that was asked for; the name beside is nobody's business.
            throw new IOException(exception.Message.Replace(_partialPath, _path, StringComparison.Ordinal), exception);
        }
    }

    private (SafetensorsEntry Entry, long Offset) Place(string name, long start, int count, bool integers)
    {
        if (!_entries.TryGetValue(name, out var entry) || entry.DType == "I64" != integers)
            throw new ArgumentException(
                $"{_path}: tensor '{name}': expected one that was declared, of {(integers ? "type I64" : "numbers")}.");
        if (start < 0 || start > entry.Length - count)
            throw new ArgumentException(
                $"{_path}: tensor '{name}': expected elements inside [0, {entry.Length}), got [{start}, {start} + {count}).");
        return (entry, _dataStart + entry.Start + start * SafetensorsEntry.BytesOf(entry.DType));
    }
}
