using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// A safetensors file, on disk or in memory: a table of named arrays, of which pieces are read when asked. The
/// file is not trusted: whatever is wrong with it is an <see cref="InvalidDataException"/> of one line that
/// names file and tensor, before anything is read. Reading is thread-safe.
/// </summary>
/// <remarks>
/// Pieces are read at their offsets rather than through a memory mapping: as fast as a mapping that is read through a
/// pointer, five times faster than SafeBuffer.ReadSpan over one, a file cut short underneath is an error instead of a fatal
/// signal, and the model does not count as this process's memory.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly SafeFileHandle? _handle;
    private readonly long _bytes;
    private readonly long _dataStart;
    private readonly FrozenDictionary<string, SafetensorsEntry> _entries;
    private volatile bool _disposed;

    private SafetensorsFile(string name, long bytes, ReadOnlyMemory<byte> memory, SafeFileHandle? handle)
    {
        (Name, _bytes, _memory, _handle) = (name, bytes, memory, handle);
        if (bytes < LengthBytes + 2) throw BadFile.Error(name, $"not a safetensors file: expected at least 10 bytes, got {bytes}.");
        var lengthBytes = new byte[LengthBytes];
        ReadAt(0, lengthBytes);
        if (lengthBytes.AsSpan().SequenceEqual("version "u8))
            throw BadFile.Error(name, "a Git LFS pointer instead of the weights: fetch the file itself.");
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerBytes > (ulong)(bytes - LengthBytes))
            throw BadFile.Error(name, $"the header claims {headerBytes} bytes, but the file has {bytes - LengthBytes} after the first 8.");
        if (headerBytes > SafetensorsHeader.MaxBytes)
            throw BadFile.Error(name, $"the header claims {headerBytes} bytes; at most {SafetensorsHeader.MaxBytes} are allowed.");
        var json = new byte[(int)headerBytes];
        ReadAt(LengthBytes, json);
        _dataStart = LengthBytes + json.Length;
        var header = new SafetensorsHeader(name, bytes - _dataStart);
        header.Parse(json);
        Names = [.. header.Entries.Select(entry => entry.Name)];
        Metadata = header.Metadata;
        _entries = header.Entries.ToFrozenDictionary(entry => entry.Name);
    }

    /// <summary>The path or name that error messages use.</summary>
    public string Name { get; }

    /// <summary>The tensors' names, in the order of the header.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The header's free-form __metadata__; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is not a sound safetensors file.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafetensorsFile FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new SafetensorsFile(path, RandomAccess.GetLength(handle), default, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file that is already in memory; the bytes are not copied and must not change.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="name">The name that error messages use.</param>
    /// <exception cref="InvalidDataException">The bytes are not a sound safetensors file.</exception>
    public static SafetensorsFile FromMemory(ReadOnlyMemory<byte> content, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new SafetensorsFile(name, content.Length, content, null);
    }

    /// <summary>Whether the file has a tensor of this name.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>The header's entry of a tensor.</summary>
    /// <exception cref="InvalidDataException">The file has no such tensor.</exception>
    public SafetensorsEntry Entry(string name) =>
        _entries.TryGetValue(name, out var entry) ? entry : throw BadFile.Error(Name, name, "expected, but not in the file.");

    /// <summary>
    /// A view of a tensor of numbers (F64, F32, F16, BF16), valid until this file is disposed. Reading converts
    /// on the way: widening is exact, F64 read as float32 is rounded.
    /// </summary>
    /// <exception cref="InvalidDataException">No such tensor, of another type, or empty.</exception>
    public Tensor Open(string name)
    {
        var entry = Entry(name);
        if (entry.DType is not ("F32" or "F16" or "BF16" or "F64"))
            throw BadFile.Error(Name, name, $"expected dtype F32, F16, BF16 or F64, got {entry.DType}.");
        if (entry.Shape.Any(size => size is < 1 or > int.MaxValue))
            throw BadFile.Error(Name, name, $"expected sizes from 1 to {int.MaxValue}, got {entry.ShapeText}.");
        return new SafetensorsTensor(this, entry, [.. entry.Shape.Select(size => (int)size)]);
    }

    /// <summary>A tensor of integers (I64 or I32), whole, in C order.</summary>
    /// <exception cref="InvalidDataException">No such tensor, of another type, or too large for an array.</exception>
    public long[] ReadIntegers(string name)
    {
        var entry = Entry(name);
        if (entry.DType is not ("I64" or "I32")) throw BadFile.Error(Name, name, $"expected dtype I64 or I32, got {entry.DType}.");
        if (entry.Length > Array.MaxLength / sizeof(long))
            throw BadFile.Error(Name, name, $"{entry.ShapeText} is too large to read whole.");
        return entry.DType == "I64" ? ReadAll<long>(entry) : Array.ConvertAll(ReadAll<int>(entry), value => (long)value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _handle?.Dispose();
    }

    /// <summary>Adds the whole file's bytes to a hash.</summary>
    internal void AppendTo(IncrementalHash hash)
    {
        var chunk = new byte[1 << 18];
        for (var at = 0L; at < _bytes; at += chunk.Length)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, _bytes - at));
            ReadAt(at, part);
            hash.AppendData(part);
        }
    }

    /// <summary>Copies bytes of the data section.</summary>
    internal void ReadData(long start, Span<byte> destination) => ReadAt(_dataStart + start, destination);

    private T[] ReadAll<T>(SafetensorsEntry entry) where T : unmanaged
    {
        var values = new T[entry.Length];
        ReadData(entry.Start, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private void ReadAt(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_handle is null)
        {
            _memory.Span.Slice((int)offset, destination.Length).CopyTo(destination);
            return;
        }
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(_handle, destination, offset);
            if (count == 0) throw BadFile.Error(Name, $"the file became shorter while it was in use: nothing at byte {offset}.");
            offset += count;
            destination = destination[count..];
        }
    }
}
