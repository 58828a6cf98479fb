namespace SeqCont.Kernels.Activations;

/// <summary>The sigmoid-weighted unit ("silu", "swish"), in double precision.</summary>
public static class SiluReference
{
    /// <summary>x / (1 + e^-x), without an exponential that overflows; NaN at minus infinity, as PyTorch has it.</summary>
    public static double Apply(double x) => x < 0 ? x * Math.Exp(x) / (1 + Math.Exp(x)) : x / (1 + Math.Exp(-x));
}
