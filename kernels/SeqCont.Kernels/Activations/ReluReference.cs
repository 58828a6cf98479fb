namespace SeqCont.Kernels.Activations;

/// <summary>The rectifier ("relu"), in double precision.</summary>
public static class ReluReference
{
    /// <summary>The larger of x and 0; NaN stays NaN, and minus infinity, a sum that overflowed, becomes one.</summary>
    public static double Apply(double x) => double.IsNegativeInfinity(x) ? double.NaN : Math.Max(x, 0);
}
