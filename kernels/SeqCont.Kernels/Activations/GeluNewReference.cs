namespace SeqCont.Kernels.Activations;

/// <summary>GPT-2's GELU ("gelu_new", the tanh form of Hendrycks and Gimpel, arXiv 1606.08415), in double precision.</summary>
public static class GeluNewReference
{
    /// <summary>sqrt(2 / pi).</summary>
    public const double Slope = 0.79788456080286535588;

    /// <summary>Weight of the cubic term.</summary>
    public const double Cubic = 0.044715;

    /// <summary>0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).</summary>
    public static double Apply(double x) => 0.5 * x * (1 + Math.Tanh(Slope * (x + Cubic * x * x * x)));
}
