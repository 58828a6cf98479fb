namespace SeqCont.Kernels.Elementwise;

/// <summary>Sums and differences of rows, in double precision.</summary>
public static class ElementwiseReference
{
    /// <summary>destination = a + b. May alias either.</summary>
    public static void Add(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = a[i] + b[i];
    }

    /// <summary>destination = a - b. May alias either.</summary>
    public static void Subtract(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = a[i] - b[i];
    }
}
