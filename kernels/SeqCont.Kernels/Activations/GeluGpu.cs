using ILGPU.Algorithms;

namespace SeqCont.Kernels.Activations;

/// <summary>GELU as it is defined, on a GPU: as <see cref="GeluSimd"/> has it, to within two units in the last place of x.</summary>
public readonly struct GeluGpu : IActivationGpu
{
    /// <inheritdoc/>
    public static float Apply(float x)
    {
        var a = Math.Abs(x);
        var t = 1 / (1 + GeluTail.Slope * a);
        var sum = GeluTail.C8 + t * GeluTail.C9;
        sum = GeluTail.C7 + t * sum;
        sum = GeluTail.C6 + t * sum;
        sum = GeluTail.C5 + t * sum;
        sum = GeluTail.C4 + t * sum;
        sum = GeluTail.C3 + t * sum;
        sum = GeluTail.C2 + t * sum;
        sum = GeluTail.C1 + t * sum;
        var tail = XMath.Exp(-0.5f * a * a) * (t * (GeluTail.C0 + t * sum));
        return x * (x < 0 ? tail : 1 - tail);
    }
}
