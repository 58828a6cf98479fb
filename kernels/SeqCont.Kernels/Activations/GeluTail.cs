namespace SeqCont.Kernels.Activations;

/// <summary>
/// What GELU in float32 is made of: the chance Q(a) that a standard normal number is above a, for a from 0 on, is
/// e^(-a^2 / 2) t (C0 + C1 t + ... + C9 t^9) with t = 1 / (1 + a / 4). The polynomial fits Q(a) e^(a^2 / 2) / t at Chebyshev's
/// points of t for a from 0 to 15; it is off by at most 1.4e-8 of it, a tenth of a unit in the last place.
/// </summary>
internal static class GeluTail
{
    public const float Slope = 0.25f, C0 = 0.0997480127144f, C1 = 0.099485568378f, C2 = 0.0956115754465f, C3 = 0.0713885711863f,
        C4 = 0.0888593596373f, C5 = 0.00786620333662f, C6 = 0.0350751542985f, C7 = 0.0461199372332f, C8 = -0.060225852864f,
        C9 = 0.0160714733571f;
}
