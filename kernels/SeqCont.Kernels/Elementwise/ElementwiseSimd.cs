using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SeqCont.Kernels.Elementwise;

/// <summary>
/// Sums and differences of float32 rows, a vector at a time. One thread owns a row; every number is read and
/// written once, so memory sets the pace.
/// </summary>
public static class ElementwiseSimd
{
    /// <summary>destination = a + b, over the length of destination. May alias either.</summary>
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination)
    {
        Require(a.Length, b.Length, destination.Length);
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        ref var target = ref MemoryMarshal.GetReference(destination);
        var i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
            (Vector.LoadUnsafe(ref x, (nuint)i) + Vector.LoadUnsafe(ref y, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        for (; i < destination.Length; i++) destination[i] = a[i] + b[i];
    }

    /// <summary>destination = a - b, over the length of destination. May alias either.</summary>
    public static void Subtract(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination)
    {
        Require(a.Length, b.Length, destination.Length);
        ref var x = ref MemoryMarshal.GetReference(a);
        ref var y = ref MemoryMarshal.GetReference(b);
        ref var target = ref MemoryMarshal.GetReference(destination);
        var i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
            (Vector.LoadUnsafe(ref x, (nuint)i) - Vector.LoadUnsafe(ref y, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        for (; i < destination.Length; i++) destination[i] = a[i] - b[i];
    }

    /// <summary>The index of the first NaN or infinity, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int FirstNonFinite<T>(ReadOnlySpan<T> values)
        where T : struct, IFloatingPoint<T>
    {
        ref var first = ref MemoryMarshal.GetReference(values);
        var i = 0;
        // A finite number times zero is zero; NaN and infinity give NaN, which stays in the sum.
        var trace = Vector<T>.Zero;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count) trace += Vector.LoadUnsafe(ref first, (nuint)i) * Vector<T>.Zero;
        if (Vector.EqualsAll(trace, trace)) values = values[i..];
        else i = 0;
        for (var j = 0; j < values.Length; j++)
            if (!T.IsFinite(values[j])) return i + j;
        return -1;
    }

    private static void Require(int a, int b, int destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(a, destination);
        ArgumentOutOfRangeException.ThrowIfLessThan(b, destination);
    }
}
