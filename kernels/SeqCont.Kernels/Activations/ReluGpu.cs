namespace SeqCont.Kernels.Activations;

/// <summary>The rectifier on a GPU.</summary>
public readonly struct ReluGpu : IActivationGpu
{
    /// <summary>
    /// Not a maximum: a device's would make 0 of NaN. A number less itself is 0, and NaN where a sum overflowed downwards.
    /// </summary>
    public static float Apply(float x) => x > 0 ? x : x - x;
}
