namespace SeqCont.Kernels.NormDot;

/// <summary>The dot product behind a norm, in double precision.</summary>
public static class NormDotReference
{
    /// <summary>normalized . column, in ascending order of i.</summary>
    /// <param name="normalized">A row after its norm, [dModel].</param>
    /// <param name="column">[dModel].</param>
    public static double Apply(ReadOnlySpan<double> normalized, ReadOnlySpan<double> column)
    {
        var sum = 0.0;
        for (var i = 0; i < normalized.Length; i++) sum += normalized[i] * column[i];
        return sum;
    }
}
