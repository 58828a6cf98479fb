namespace SeqCont.Circuits;

/// <summary>Student's t distribution for whole degrees of freedom, by its finite sums (Abramowitz and Stegun 26.7.3 and 26.7.4).</summary>
internal static class StudentT
{
    /// <summary>The value that is exceeded with probability <paramref name="tail"/>.</summary>
    /// <param name="tail">From 1e-9 to below 0.5.</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    public static double UpperQuantile(double tail, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        if (!(tail is >= 1e-9 and < 0.5))
            throw new ArgumentOutOfRangeException(nameof(tail), tail, "tail: expected from 1e-9 to below 0.5.");
        double low = 0, high = Math.PI / 2; // of the angle atan(t / sqrt(degrees)), in which the tail falls smoothly
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (TailAtAngle(middle, degrees) > tail) low = middle;
            else high = middle;
        }

        return Math.Sqrt(degrees) * Math.Tan((low + high) / 2);
    }

    /// <summary>Probability of more than <paramref name="t"/>, which is not negative.</summary>
    public static double UpperTail(double t, int degrees) => TailAtAngle(Math.Atan(t / Math.Sqrt(degrees)), degrees);

    private static double TailAtAngle(double angle, int degrees)
    {
        var (sin, cos) = Math.SinCos(angle);
        var odd = degrees % 2 == 1;
        var term = odd ? cos : 1.0;
        var sum = 0.0;
        for (var power = odd ? 1 : 0; power <= degrees - 2; power += 2)
        {
            sum += term;
            term *= cos * cos * (power + 1) / (power + 2);
        }

        var central = odd ? 2 / Math.PI * (angle + (sin * sum)) : sin * sum;
        return (1 - central) / 2;
    }
}
