namespace SeqCont.Circuits;

/// <summary>What is known of the sign of a mean.</summary>
internal enum EarlyStopVerdict
{
    /// <summary>Not yet clear: see the next batch.</summary>
    Undecided,

    /// <summary>The mean is above zero.</summary>
    Positive,

    /// <summary>The mean is zero or below, or not a number.</summary>
    Negative,
}

/// <summary>
/// One candidate's decision: takes the values batch by batch, says when their sign is clear. For many candidates
/// in turn, without allocating: <see cref="Start"/> begins the next.
/// </summary>
internal sealed class EarlyStopDecision(EarlyStopRule rule)
{
    /// <summary>Fewer distinct values than this say too little about the spread.</summary>
    private const int MinDistinct = 12;

    private readonly double[] _values = new double[rule.Population];
    private readonly double[] _sorted = new double[rule.Population];
    private readonly double[][] _covariates =
        [.. Enumerable.Range(0, EarlyStopRule.MaxCovariates).Select(_ => new double[rule.Population])];
    private readonly EarlyStopRegression _regression = new(rule.Population);
    private int _covariateCount;
    private int _look;

    /// <summary>Prompts seen.</summary>
    public int Seen { get; private set; }

    /// <summary>The verdict so far.</summary>
    public EarlyStopVerdict Verdict { get; private set; }

    /// <summary>How many values the next batch must have; 0 once decided.</summary>
    public int NextBatch => Verdict == EarlyStopVerdict.Undecided ? rule.BatchEnds[_look] - Seen : 0;

    /// <summary>The mean's estimate after the last batch; exact up to rounding once all prompts are seen.</summary>
    public double Mean { get; private set; }

    /// <summary>The estimate's standard error (without replacement); 0 once all prompts are seen, NaN where it could not be had.</summary>
    public double StandardError { get; private set; }

    /// <summary>
    /// Begins the next candidate. A covariate is a number that is known of every prompt before the candidate runs and
    /// that resembles its values: what it explains of them no longer needs to be sampled. Good ones: the full model's
    /// logit differences, those of a circuit near the candidate. They must not depend on the visiting order.
    /// </summary>
    /// <param name="covariates">At most <see cref="EarlyStopRule.MaxCovariates"/>, the best first, each [visit], of all prompts.
    /// Copied.</param>
    /// <exception cref="ArgumentException">Too many, or one of another length.</exception>
    public void Start(params ReadOnlySpan<double[]> covariates)
    {
        if (covariates.Length > EarlyStopRule.MaxCovariates)
            throw new ArgumentException($"covariates: expected at most {EarlyStopRule.MaxCovariates}, got {covariates.Length}.",
                nameof(covariates));
        (Seen, _look, _covariateCount, Verdict, Mean, StandardError) = (0, 0, 0, EarlyStopVerdict.Undecided, 0, double.NaN);
        foreach (var covariate in covariates)
        {
            if (covariate.Length != rule.Population)
                throw new ArgumentException($"covariates: expected [visit] = [{rule.Population}], got [{covariate.Length}].",
                    nameof(covariates));
            if (Standardize(covariate, _covariates[_covariateCount])) _covariateCount++;
        }
    }

    /// <summary>Takes the next batch.</summary>
    /// <param name="values">What the sign of the mean is asked of, [visit], in visiting order; <see cref="NextBatch"/> of them.</param>
    /// <returns>The verdict. After the last batch it is the sign of the sum in visiting order, which can differ from
    /// a sum in another order where the mean is zero up to rounding.</returns>
    /// <exception cref="ArgumentException">Another number of values.</exception>
    /// <exception cref="InvalidOperationException">Already decided.</exception>
    public EarlyStopVerdict Add(ReadOnlySpan<double> values)
    {
        if (Verdict != EarlyStopVerdict.Undecided) throw new InvalidOperationException("already decided: Start begins the next candidate.");
        if (values.Length != NextBatch)
            throw new ArgumentException($"values: expected [visit] = [{NextBatch}], got [{values.Length}].", nameof(values));
        values.CopyTo(_values.AsSpan(Seen));
        Seen += values.Length;
        return Verdict = Seen == rule.Population ? Exact() : Look(_look++);
    }

    /// <summary>Centres on the mean of all prompts and scales; false for a constant, which explains nothing.</summary>
    private static bool Standardize(ReadOnlySpan<double> covariate, Span<double> standardized)
    {
        var mean = Average(covariate);
        var scale = Math.Sqrt(SquaresAround(mean, covariate) / covariate.Length);
        if (!double.IsFinite(scale) || scale <= 1e-9 * Math.Abs(mean)) return false;
        for (var i = 0; i < covariate.Length; i++) standardized[i] = (covariate[i] - mean) / scale;
        return true;
    }

    private static double Average(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return sum / values.Length;
    }

    private static double SquaresAround(double mean, ReadOnlySpan<double> values)
    {
        var squares = 0.0;
        foreach (var value in values) squares += (value - mean) * (value - mean);
        return squares;
    }

    private EarlyStopVerdict Exact()
    {
        (Mean, StandardError) = (Average(_values), 0);
        return Mean > 0 ? EarlyStopVerdict.Positive : EarlyStopVerdict.Negative;
    }

    private EarlyStopVerdict Look(int look)
    {
        var seen = _values.AsSpan(0, Seen);
        Mean = Average(seen);
        StandardError = double.NaN;
        if (!double.IsFinite(Mean) || Distinct(seen) < MinDistinct) return EarlyStopVerdict.Undecided;
        var estimate = _regression.Estimate(seen, _covariates.AsSpan(0, _covariateCount));
        (Mean, StandardError) = (estimate.Mean, estimate.StandardError);
        return !(Math.Abs(Mean) > rule.Boundary(look, estimate))
            ? EarlyStopVerdict.Undecided : Mean > 0 ? EarlyStopVerdict.Positive : EarlyStopVerdict.Negative;
    }

    private int Distinct(ReadOnlySpan<double> seen)
    {
        var sorted = _sorted.AsSpan(0, seen.Length);
        seen.CopyTo(sorted);
        sorted.Sort();
        var distinct = 1;
        for (var i = 1; i < sorted.Length; i++) distinct += sorted[i] == sorted[i - 1] ? 0 : 1;
        return distinct;
    }
}
