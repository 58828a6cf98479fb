using ILGPU.Algorithms;

namespace SeqCont.Kernels.Activations;

/// <summary>GPT-2's GELU on a GPU.</summary>
public readonly struct GeluNewGpu : IActivationGpu
{
    /// <summary>
    /// x / (1 + exp(-2u)) with u = sqrt(2/pi) (x + 0.044715 x^3): the same as 0.5 x (1 + tanh u), without tanh's
    /// coarse approximation on GPUs and without its cancellation at negative x.
    /// </summary>
    public static float Apply(float x)
    {
        var u = (float)GeluNewReference.Slope * (x + (float)GeluNewReference.Cubic * x * x * x);
        return x / (1 + XMath.Exp(-2 * u));
    }
}
