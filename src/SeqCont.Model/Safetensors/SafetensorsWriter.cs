using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Writes a safetensors file piece by piece, so that arrays larger than memory can be written: tensor after tensor, or all of
/// them together, a batch of each and then the next. The whole file's room is taken when it is opened, so that a disk that is too
/// full says so before any work. The file is written beside its place and moved there by <see cref="Complete"/>; without that,
/// nothing remains.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    private const int Chunk = 1 << 14;
    private readonly string _path;
    private readonly string _partialPath;
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsEntry> _entries;
    private readonly Dictionary<string, long> _written = [];
    private readonly long _dataStart;
    private readonly byte[] _bytes = new byte[Chunk * sizeof(double)];

    /// <summary>Opens a file and takes its room on the disk.</summary>
    /// <param name="path">The file's place. An existing file is replaced when the new one is complete.</param>
    /// <param name="tensors">Names, types (F32, F16, BF16, F64, I64) and shapes (no negative size).</param>
    /// <param name="metadata">Entries of __metadata__, or null.</param>
    /// <exception cref="ArgumentException">A name is used twice or reserved, a type is not writable, a size is negative.</exception>
    /// <exception cref="IOException">The file cannot be made, or the disk has not got the room.</exception>
    public SafetensorsWriter(
        string path, IReadOnlyList<(string Name, string DType, IReadOnlyList<long> Shape)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        _path = Path.GetFullPath(path);
        var entries = SafetensorsLayout.Lay(tensors);
        _entries = entries.ToDictionary(entry => entry.Name);
        var header = SafetensorsLayout.Header(entries, metadata);
        _dataStart = header.Length;
        Bytes = header.Length + entries.Sum(entry => entry.Bytes);
        _partialPath = $"{_path}.{Guid.NewGuid():N}{WholeFile.Partial}";
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

    /// <summary>Finite numbers so far that became infinite as they were rounded to their tensor's type.</summary>
    public long Overflowed { get; private set; }

    /// <summary>Writes tensors of numbers to a file, reading them piece by piece.</summary>
    /// <param name="path">The file's place.</param>
    /// <param name="tensors">Names and tensors.</param>
    /// <param name="dtype">F32, F16, BF16 or F64.</param>
    /// <param name="metadata">Entries of __metadata__, or null.</param>
    /// <exception cref="ArgumentException">A number is beyond what the type holds; nothing is written.</exception>
    public static void Write(
        string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, string dtype = "F32",
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        using var writer = new SafetensorsWriter(
            path, [.. tensors.Select(item => (item.Name, dtype, (IReadOnlyList<long>)[.. item.Tensor.Shape]))], metadata);
        foreach (var (name, tensor) in tensors)
        {
            tensor.ReadPieces(piece => writer.Append(name, piece));
            if (writer.Overflowed > 0)
                throw new ArgumentException(
                    $"{path}: tensor '{name}': {writer.Overflowed} of its numbers are beyond what {dtype} holds: expected another dtype.");
        }
        writer.Complete();
    }

    /// <summary>Writes the next elements of a tensor, after those that were written.</summary>
    /// <inheritdoc cref="Write{T}(string, long, ReadOnlySpan{T})"/>
    public void Append<T>(string name, ReadOnlySpan<T> values) where T : unmanaged, INumber<T> =>
        Write(name, _written.GetValueOrDefault(name), values);

    /// <summary>Writes elements of a tensor, in C order, rounded to its type.</summary>
    /// <typeparam name="T">long for a tensor of type I64, double or float for one of numbers.</typeparam>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first of its elements to write.</param>
    /// <param name="values">The elements.</param>
    /// <exception cref="ArgumentException">There is no such tensor of these, or they are not all inside.</exception>
    public void Write<T>(string name, long start, ReadOnlySpan<T> values) where T : unmanaged, INumber<T>
    {
        if (!_entries.TryGetValue(name, out var entry) || entry.DType == "I64" != (typeof(T) == typeof(long)))
            throw new ArgumentException(
                $"{_path}: tensor '{name}': expected one that was declared, of {(typeof(T) == typeof(long) ? "type I64" : "numbers")}.");
        if (start < 0 || start > entry.Length - values.Length)
            throw new ArgumentException(
                $"{_path}: tensor '{name}': expected elements inside [0, {entry.Length}), got [{start}, {start} + {values.Length}).");
        _written[name] = _written.GetValueOrDefault(name) + values.Length;
        var offset = _dataStart + entry.Start + start * SafetensorsEntry.BytesOf(entry.DType);
        if (typeof(T) == typeof(long)) RandomAccess.Write(_handle, MemoryMarshal.AsBytes(values), offset);
        else
            for (int i = 0, count; i < values.Length; i += Chunk, offset += count)
            {
                var part = values[i..Math.Min(i + Chunk, values.Length)];
                Overflowed += SafetensorsLayout.Encode(entry.DType, part, _bytes);
                count = part.Length * SafetensorsEntry.BytesOf(entry.DType);
                RandomAccess.Write(_handle, _bytes.AsSpan(0, count), offset);
            }
    }

    /// <summary>Puts the file in its place.</summary>
    /// <param name="isFull">Whether every element must have been written; what was not is 0.</param>
    /// <exception cref="InvalidOperationException">A tensor is not filled.</exception>
    public void Complete(bool isFull = true)
    {
        foreach (var entry in _entries.Values)
            if (_written.GetValueOrDefault(entry.Name) is var written && isFull && written < entry.Length)
                throw new InvalidOperationException($"{_path}: tensor '{entry.Name}': expected {entry.Length} elements, got {written}.");
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_partialPath, _path, overwrite: true);
    }

    /// <summary>Ends writing; a file that was not completed is removed.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        File.Delete(_partialPath);
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
}
