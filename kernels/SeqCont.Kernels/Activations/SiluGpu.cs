using ILGPU.Algorithms;

namespace SeqCont.Kernels.Activations;

/// <summary>The sigmoid-weighted unit on a GPU.</summary>
public readonly struct SiluGpu : IActivationGpu
{
    /// <summary>x / (1 + e^-x).</summary>
    public static float Apply(float x) => x / (1 + XMath.Exp(-x));
}
