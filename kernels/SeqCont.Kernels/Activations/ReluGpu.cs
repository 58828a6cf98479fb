namespace SeqCont.Kernels.Activations;

/// <summary>The rectifier on a GPU.</summary>
public readonly struct ReluGpu : IActivationGpu
{
    /// <summary>Not a maximum: a device's would make 0 of NaN. A sum that overflowed downwards is no 0 either.</summary>
    public static float Apply(float x) => x > 0 ? x : x == float.NegativeInfinity ? float.NaN : x <= 0 ? 0 : x;
}
