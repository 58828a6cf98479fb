namespace SeqCont.Reports;

/// <summary>A linear scale from values to pixels, with round ticks.</summary>
/// <param name="From">Value at <paramref name="Start"/>.</param>
/// <param name="To">Value at <paramref name="End"/>.</param>
/// <param name="Start">In pixels.</param>
/// <param name="End">In pixels.</param>
internal readonly record struct Scale(double From, double To, double Start, double End)
{
    // Where a value far off the scale is drawn, in scales: far outside the picture, and finite.
    private const double Farthest = 1e6;

    /// <summary>A value's place.</summary>
    // Of halves, whose differences are finite whatever the numbers.
    public double At(double value) =>
        Start + Math.Clamp((value / 2 - From / 2) / (To / 2 - From / 2), -Farthest, Farthest) * (End - Start);

    /// <summary>How much of the most a value is, whichever its sign, 0 to 1; 0 where it is no number.</summary>
    public static double Share(double value, double most = 1) =>
        most > 0 && double.IsFinite(value) ? Math.Clamp(Math.Abs(value) / most, 0, 1) : 0;

    /// <summary>A scale that holds all values and begins and ends with round ones.</summary>
    public static Scale Round(double low, double high, double start, double end)
    {
        // Spans below the least are none: steps of them would be subnormal.
        if (!(high / 2 - low / 2 > 1e-300)) (low, high) = (low - 1, low + 1);
        var step = Step(low, high, 5);
        return new Scale(
            Math.Max(Math.Floor(low / step + 1e-9) * step, double.MinValue),
            Math.Min(Math.Ceiling(high / step - 1e-9) * step, double.MaxValue), start, end);
    }

    /// <summary>Round values.</summary>
    /// <param name="about">About how many.</param>
    public IEnumerable<double> Ticks(int about = 5)
    {
        var (from, to) = (From, To);
        var step = Step(from, to, about);
        // Adding 0 makes a negative zero a plain one.
        for (var i = Math.Ceiling(from / step - 1e-9); i <= to / step + 1e-9; i++) yield return i * step + 0.0;
    }

    private static double Step(double from, double to, int about)
    {
        var each = (to / 2 - from / 2) / (about / 2.0);
        var power = Math.Pow(10, Math.Floor(Math.Log10(each)));
        var rest = each / power;
        return power * (rest < 1.5 ? 1 : rest < 3.5 ? 2 : rest < 7.5 ? 5 : 10);
    }
}
