using System.Numerics;
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
    private const int Chunk = 1 << 14;
    private readonly string _partialPath;
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsEntry> _byName;
    private readonly long _dataStart;
    private readonly byte[] _bytes = new byte[Chunk * sizeof(double)];

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
        Path = System.IO.Path.GetFullPath(path);
        Entries = SafetensorsLayout.Lay(tensors);
        _byName = Entries.ToDictionary(entry => entry.Name);
        var header = SafetensorsLayout.Header(Entries, metadata);
        _dataStart = header.Length;
        Bytes = header.Length + Entries.Sum(entry => entry.Bytes);
        _partialPath = $"{Path}.{Guid.NewGuid():N}.partial";
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

    internal string Path { get; }

    internal IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <summary>Whether a tensor is written as numbers of this kind.</summary>
    internal static bool Takes<T>(SafetensorsEntry entry) => entry.DType == "I64" == (typeof(T) == typeof(long));

    /// <summary>Writes elements of a tensor, in C order, rounded to its type.</summary>
    /// <typeparam name="T">long for a tensor of type I64, double or float for one of numbers.</typeparam>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first of its elements to write.</param>
    /// <param name="values">The elements.</param>
    /// <exception cref="ArgumentException">There is no such tensor of these, or they are not all inside.</exception>
    public void Write<T>(string name, long start, ReadOnlySpan<T> values) where T : unmanaged, INumber<T>
    {
        if (!_byName.TryGetValue(name, out var entry) || !Takes<T>(entry))
            throw new ArgumentException(
                $"{Path}: tensor '{name}': expected one that was declared, of {(typeof(T) == typeof(long) ? "type I64" : "numbers")}.");
        if (start < 0 || start > entry.Length - values.Length)
            throw new ArgumentException(
                $"{Path}: tensor '{name}': expected elements inside [0, {entry.Length}), got [{start}, {start} + {values.Length}).");
        var offset = _dataStart + entry.Start + start * SafetensorsEntry.BytesOf(entry.DType);
        if (typeof(T) == typeof(long)) RandomAccess.Write(_handle, MemoryMarshal.AsBytes(values), offset);
        else
            for (int i = 0, count; i < values.Length; i += Chunk, offset += count)
            {
                count = SafetensorsLayout.Encode(entry.DType, values[i..Math.Min(i + Chunk, values.Length)], _bytes);
                RandomAccess.Write(_handle, _bytes.AsSpan(0, count), offset);
            }
    }

    /// <summary>Puts the file in its place.</summary>
    public void Complete()
    {
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_partialPath, Path, overwrite: true);
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
            throw new IOException(exception.Message.Replace(_partialPath, Path, StringComparison.Ordinal), exception);
        }
    }
}
