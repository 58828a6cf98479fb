using System.Runtime.InteropServices;

namespace SeqCont.Kernels;

/// <summary>
/// Zeroed native memory on a 64-byte boundary, longer than a span can be. Whoever creates it disposes it; there
/// is no finalizer, so that no view can outlive it behind the owner's back.
/// </summary>
/// <typeparam name="T">An unmanaged number.</typeparam>
public sealed unsafe class AlignedMemory<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;

    private void* _block;
    private T* _pointer;

    /// <summary>Allocates <paramref name="length"/> zeros.</summary>
    /// <exception cref="OutOfMemoryException">The system has not got that much.</exception>
    public AlignedMemory(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        // Zeroed by the system page by page on first touch, which aligned allocation followed by a fill is not.
        _block = NativeMemory.AllocZeroed(checked((nuint)length * (nuint)sizeof(T) + Alignment));
        _pointer = (T*)(((nuint)_block + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The first element.</summary>
    internal T* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_block is null, this);
            return _pointer;
        }
    }

    /// <summary>Elements [start, start + length), checked.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside.</exception>
    public Span<T> Slice(long start, int length)
    {
        var pointer = Pointer;
        if (start < 0 || length < 0 || start > Length - length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"expected a range inside [0, {Length}), got [{start}, {start} + {length})");
        return new Span<T>(pointer + start, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_block);
        _block = null;
        _pointer = null;
    }
}
