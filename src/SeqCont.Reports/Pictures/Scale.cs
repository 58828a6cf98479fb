namespace SeqCont.Reports;

/// <summary>A linear scale from values to pixels, with round ticks.</summary>
/// <param name="From">Value at <paramref name="Start"/>.</param>
/// <param name="To">Value at <paramref name="End"/>.</param>
/// <param name="Start">In pixels.</param>
/// <param name="End">In pixels.</param>
internal readonly record struct Scale(double From, double To, double Start, double End)
{
    /// <summary>A value's place.</summary>
    public double At(double value) => Start + (value - From) / (To - From) * (End - Start);

    /// <summary>How much of the most a value is, whichever its sign, 0 to 1; 0 where it is no number.</summary>
    public static double Share(double value, double most = 1) =>
        most > 0 && double.IsFinite(value) ? Math.Clamp(Math.Abs(value) / most, 0, 1) : 0;

    /// <summary>A scale that holds all values and begins and ends with round ones.</summary>
    public static Scale Round(double low, double high, double start, double end)
    {
        if (!(high > low)) (low, high) = (low - 1, low + 1);
        var step = Step(high - low, 5);
        return new Scale(Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, start, end);
    }

    /// <summary>Round values.</summary>
    /// <param name="about">About how many.</param>
    public IEnumerable<double> Ticks(int about = 5)
    {
        var (from, to) = (From, To);
        var step = Step(to - from, about);
        // Adding 0 makes a negative zero a plain one.
        for (var i = Math.Ceiling(from / step - 1e-9); i * step <= to + 1e-9 * step; i++) yield return i * step + 0.0;
    }

    private static double Step(double span, int about)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(span / about)));
        var rest = span / about / power;
        return power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
    }
}
