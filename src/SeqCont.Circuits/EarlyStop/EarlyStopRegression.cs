namespace SeqCont.Circuits;

/// <summary>
/// Estimates the mean of all values from those seen, by least squares on covariates whose mean over all prompts is
/// zero. The standard error is the linear model's, with its term for a sample whose covariates are off centre.
/// </summary>
internal sealed class EarlyStopRegression(int population)
{
    /// <summary>Covariates may shrink the residuals' scale to this share of the values' own, not below.</summary>
    private const double LeastResidualScale = 0.05;

    /// <summary>The same for the largest residual: prompts unlike those seen may be off the fit by much more.</summary>
    private const double LeastLargestResidual = 0.5;

    /// <summary>Of a covariate's squares, what those before it must leave for it to count.</summary>
    private const double LeastOwnShare = 1e-9;

    private readonly double[] _residuals = new double[population];
    private readonly double[][] _own = [.. Enumerable.Range(0, EarlyStopRule.MaxCovariates).Select(_ => new double[population])];
    private readonly double[] _offCentre = new double[EarlyStopRule.MaxCovariates];
    private readonly double[] _squares = new double[EarlyStopRule.MaxCovariates];

    /// <summary>Estimates.</summary>
    /// <param name="seen">Values, [visit].</param>
    /// <param name="covariates">[covariate][visit], longer than <paramref name="seen"/>.</param>
    public EarlyStopEstimate Estimate(ReadOnlySpan<double> seen, ReadOnlySpan<double[]> covariates)
    {
        var residuals = _residuals.AsSpan(0, seen.Length);
        var mean = CentreOnMean(seen, residuals);
        var plain = Scale(residuals);
        var (used, leverage) = (0, 0.0);
        foreach (var covariate in covariates)
        {
            if (!TakeOutEarlier(covariate.AsSpan(0, seen.Length), used)) continue;
            var slope = Dot(_own[used].AsSpan(0, seen.Length), residuals) / _squares[used];
            Subtract(slope, _own[used], residuals);
            mean -= slope * _offCentre[used];
            leverage += _offCentre[used] * _offCentre[used] / _squares[used];
            used++;
        }

        var scale = Scale(residuals);
        var variance = Math.Max(scale.Squares, plain.Squares * LeastResidualScale * LeastResidualScale) / (seen.Length - 1 - used);
        var error = Math.Sqrt(variance * ((1.0 / seen.Length) - (1.0 / population) + leverage));
        return new EarlyStopEstimate(mean, error, Math.Max(scale.Largest, plain.Largest * LeastLargestResidual), used);
    }

    /// <summary>Puts a covariate's part that the earlier ones do not explain after them; false where next to nothing is left.</summary>
    private bool TakeOutEarlier(ReadOnlySpan<double> covariate, int earlier)
    {
        var own = _own[earlier].AsSpan(0, covariate.Length);
        _offCentre[earlier] = CentreOnMean(covariate, own);
        var before = Dot(own, own);
        for (var i = 0; i < earlier; i++)
        {
            var slope = Dot(_own[i].AsSpan(0, covariate.Length), own) / _squares[i];
            Subtract(slope, _own[i], own);
            _offCentre[earlier] -= slope * _offCentre[i];
        }

        _squares[earlier] = Dot(own, own);
        return _squares[earlier] > LeastOwnShare * before;
    }

    private static double CentreOnMean(ReadOnlySpan<double> values, Span<double> centred)
    {
        var mean = 0.0;
        foreach (var value in values) mean += value;
        mean /= values.Length;
        for (var i = 0; i < values.Length; i++) centred[i] = values[i] - mean;
        return mean;
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }

    private static void Subtract(double slope, ReadOnlySpan<double> from, Span<double> values)
    {
        for (var i = 0; i < values.Length; i++) values[i] -= slope * from[i];
    }

    private static (double Squares, double Largest) Scale(ReadOnlySpan<double> residuals)
    {
        var largest = 0.0;
        foreach (var residual in residuals) largest = Math.Max(largest, Math.Abs(residual));
        return (Dot(residuals, residuals), largest);
    }
}

/// <summary>What a sample says of the mean over all prompts.</summary>
/// <param name="Mean">The estimate.</param>
/// <param name="StandardError">Without replacement.</param>
/// <param name="LargestResidual">Largest distance of a value from its fit.</param>
/// <param name="Covariates">How many were used.</param>
internal readonly record struct EarlyStopEstimate(double Mean, double StandardError, double LargestResidual, int Covariates);
