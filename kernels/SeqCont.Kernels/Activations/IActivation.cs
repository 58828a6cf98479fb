using System.Numerics;

namespace SeqCont.Kernels.Activations;

/// <summary>A function of one number in float32, by vectors: known where it is compiled in, so that no call is left in a loop.</summary>
public interface IActivationSimd
{
    /// <summary>The function of every lane; a lane's result does not depend on the others.</summary>
    static abstract Vector<float> Apply(Vector<float> x);
}

/// <summary>A function of one number in float32 on a GPU.</summary>
public interface IActivationGpu
{
    /// <summary>The function.</summary>
    static abstract float Apply(float x);
}
