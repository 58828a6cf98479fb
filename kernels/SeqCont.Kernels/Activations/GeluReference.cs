namespace SeqCont.Kernels.Activations;

/// <summary>GELU as it is defined ("gelu": x times the normal distribution function), in double precision.</summary>
public static class GeluReference
{
    private const double RootOfTwoPi = 2.5066282746310005024;

    // Below this the distribution function is less than the least double, and 1 less it is 1.
    private const double Furthest = 39;

    /// <summary>x P(x), where P(x) = (1 + erf(x / sqrt(2))) / 2; NaN at minus infinity, as PyTorch has it.</summary>
    public static double Apply(double x) => x * Cumulative(x);

    /// <summary>P(x), the chance that a standard normal number is below x, to a few units in the last place of a double.</summary>
    public static double Cumulative(double x)
    {
        var a = Math.Abs(x);
        if (a > Furthest) return x < 0 ? 0 : 1;
        // Further down the half and the series would cancel.
        if (x is > -1 and < 4) return 0.5 + Density(x) * Series(x);
        var tail = Density(a) * MillsRatio(a);
        return x < 0 ? tail : 1 - tail;
    }

    // exp(-x^2 / 2) / sqrt(2 pi), where the square's rounding would be magnified by its size: it is made good.
    private static double Density(double x)
    {
        var square = x * x;
        return Math.Exp(-square / 2) * (1 - Math.FusedMultiplyAdd(x, x, -square) / 2) / RootOfTwoPi;
    }

    // (P(x) - 1/2) / density = x + x^3 / 3 + x^5 / (3 5) + ...: all terms of one sign.
    private static double Series(double x)
    {
        var (sum, term) = (x, x);
        for (var odd = 3; Math.Abs(term) > 1e-18 * Math.Abs(sum); odd += 2) sum += term *= x * x / odd;
        return sum;
    }

    // (1 - P(a)) / density = 1 / (a + 1 / (a + 2 / (a + 3 / ...))) (Laplace). What follows after a step n is about the root of
    // b = a + n / b; with it, from a = 1 on, this many steps leave nothing.
    private static double MillsRatio(double a)
    {
        var steps = 10 + (int)(300 / (a * a));
        var below = (a + Math.Sqrt(a * a + 4 * (steps + 1))) / 2;
        for (var step = steps; step > 0; step--) below = a + step / below;
        return 1 / below;
    }
}
