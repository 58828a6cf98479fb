using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace SeqCont.Engine.Gpu;

/// <summary>
/// Short lists that calls pass by value (heads, blocks, counts), kept on the device by their contents, so that a call
/// that says again what an earlier one said copies nothing.
/// </summary>
/// <param name="accelerator">The device.</param>
/// <param name="expand">Makes a list of what it is known by; null: that itself.</param>
internal sealed class GpuConstants<T>(Accelerator accelerator, Func<T[], T[]>? expand = null) : IDisposable
    where T : unmanaged
{
    private readonly Dictionary<T[], MemoryBuffer1D<T, Stride1D.Dense>> _known = new(new ByContents());

    /// <summary>The list on the device.</summary>
    /// <param name="key">What it is known by.</param>
    public ArrayView<T> Of(ReadOnlySpan<T> key)
    {
        if (_known.GetAlternateLookup<ReadOnlySpan<T>>().TryGetValue(key, out var known)) return known.View;
        var copy = key.ToArray();
        var list = expand is null ? copy : expand(copy);
        return (_known[copy] = accelerator.Put(list)).View;
    }

    public void Dispose()
    {
        foreach (var buffer in _known.Values) buffer.Dispose();
    }

    private sealed class ByContents : IEqualityComparer<T[]>, IAlternateEqualityComparer<ReadOnlySpan<T>, T[]>
    {
        public bool Equals(T[]? x, T[]? y) => x.AsSpan().SequenceEqual(y, null);

        public bool Equals(ReadOnlySpan<T> alternate, T[] other) => alternate.SequenceEqual(other, null);

        public int GetHashCode([DisallowNull] T[] obj) => GetHashCode((ReadOnlySpan<T>)obj);

        public int GetHashCode(ReadOnlySpan<T> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(alternate));
            return hash.ToHashCode();
        }

        public T[] Create(ReadOnlySpan<T> alternate) => alternate.ToArray();
    }
}
