namespace SeqCont.Kernels.Activations;

/// <summary>The rectifier ("relu"), in double precision.</summary>
public static class ReluReference
{
    /// <summary>The larger of x and 0; NaN stays NaN.</summary>
    public static double Apply(double x) => Math.Max(x, 0);
}
