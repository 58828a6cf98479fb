using ILGPU.Algorithms;

namespace SeqCont.Kernels.Gelu;

/// <summary>GPT-2's GELU on a GPU.</summary>
public static class GeluGpu
{
    /// <summary>
    /// x / (1 + exp(-2u)) with u = sqrt(2/pi) (x + 0.044715 x^3): the same as 0.5 x (1 + tanh u), without tanh's
    /// coarse approximation on GPUs and without its cancellation at negative x.
    /// </summary>
    public static float Apply(float x)
    {
        var u = (float)GeluReference.Slope * (x + (float)GeluReference.Cubic * x * x * x);
        return x / (1 + XMath.Exp(-2 * u));
    }
}
