namespace SeqCont.Kernels.LayerNorm;

/// <summary>LayerNorm of one row, in double precision: biased variance, two passes.</summary>
public static class LayerNormReference
{
    // As LayerNormSimd.MostOffset, of double precision.
    private const double MostOffset = (1L << 53) / 1000.0;

    /// <summary>normalized = (resid - mean) / sqrt(variance + epsilon) * gain + bias.</summary>
    /// <param name="resid">[dModel].</param>
    /// <param name="gain">[dModel].</param>
    /// <param name="bias">[dModel].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="normalized">Destination, [dModel]. May alias resid.</param>
    /// <returns>sqrt(variance + epsilon); not a number, like the row, where no digits of it are left beside the mean.</returns>
    public static double Apply(
        ReadOnlySpan<double> resid, ReadOnlySpan<double> gain, ReadOnlySpan<double> bias, double epsilon, Span<double> normalized)
    {
        var mean = 0.0;
        foreach (var value in resid) mean += value;
        mean /= resid.Length;
        var variance = 0.0;
        foreach (var value in resid) variance += (value - mean) * (value - mean);
        variance /= resid.Length;
        // A variance that overflowed would turn the row into zeros, one that is rounding into noise.
        var scale = Math.Sqrt(variance + epsilon);
        if (!double.IsFinite(variance) || Math.Abs(mean) > MostOffset * scale) scale = double.NaN;
        for (var i = 0; i < resid.Length; i++) normalized[i] = (resid[i] - mean) / scale * gain[i] + bias[i];
        return scale;
    }
}
