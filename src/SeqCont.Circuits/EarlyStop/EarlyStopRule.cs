using System.Collections.Immutable;

namespace SeqCont.Circuits;

/// <summary>
/// When a candidate's verdict may be given before all prompts are seen. The verdict is the sign of the mean of
/// d[prompt] over a finite set of prompts, visited in an order drawn at random once. After each of a few batches,
/// fixed beforehand, the sign is given if the mean's estimate is further from zero than
/// t * se + R * ln(1 / share) * (1/n - 1/N): n of N prompts seen, share = alpha / number of early looks, t Student's
/// quantile at 1 - share, se = s * sqrt(1/n - 1/N) the standard error without replacement (with covariates: of the
/// regression estimate), R the largest residual seen. The last batch leaves nothing to estimate.
/// </summary>
/// <remarks>
/// Alpha is per decision: for any fixed candidate, the chance over the draw of the order that an early verdict
/// differs from the exact one. A search that has made no error yet is on the exact search's path, which the order
/// does not change; hence it departs from that path with probability at most alpha times the path's decisions.
/// The union over the looks needs no independence, and holds whichever look ends the decision. Each look's own
/// level is asymptotic (finite-population central limit theorem): logit differences have no bounds known
/// beforehand, so the finite-sample bounds of Waudby-Smith and Ramdas (2020, arXiv 2006.04347) do not apply, and
/// the asymptotic sequences of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024, arXiv 2103.06476) pay for
/// looks that are not taken. The second term has the shape of Bernstein's, three times as large, with the range
/// seen for the range: it is how far the mean moves when as many unseen prompts as the sample could have missed
/// by chance lie as far out as the worst seen. Not covered: a very few prompts, further out than any seen, that
/// decide the sign. bench/results/early-stop-calibration.md has the error rates.
/// </remarks>
internal sealed class EarlyStopRule
{
    /// <summary>Least number of prompts that a verdict may rest on.</summary>
    public const int MinSeen = 32;

    /// <summary>Most covariates.</summary>
    public const int MaxCovariates = 4;

    /// <summary>Where to look, in 32nds of the prompts: doubling, and once more before the end.</summary>
    private static readonly ImmutableArray<int> Fractions = [1, 2, 4, 8, 16, 24, 32];

    private readonly double[,] _quantiles;

    /// <summary>Plans the looks.</summary>
    /// <param name="alpha">Largest chance of a wrong verdict, per decision; from 1e-6 to 0.25.</param>
    /// <param name="population">Prompts in the set, at least 1. Below 64 there is no early look.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public EarlyStopRule(double alpha, int population)
    {
        if (!(alpha is >= 1e-6 and <= 0.25))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "alpha: expected from 1e-6 to 0.25.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(population);
        Alpha = alpha;
        Population = population;
        BatchEnds = [.. Fractions.Select(fraction => (int)((long)population * fraction / 32))
            .Where(end => end >= MinSeen || end == population).Distinct()];
        _quantiles = new double[BatchEnds.Length, MaxCovariates + 1];
        for (var look = 0; look < BatchEnds.Length - 1; look++)
        {
            for (var used = 0; used <= MaxCovariates; used++)
                _quantiles[look, used] = StudentT.UpperQuantile(LookShare, BatchEnds[look] - 1 - used);
        }
    }

    /// <summary>Largest chance of a wrong verdict, per decision.</summary>
    public double Alpha { get; }

    /// <summary>Prompts in the set.</summary>
    public int Population { get; }

    /// <summary>Prompts seen after each batch, ascending; the last is the whole set.</summary>
    public ImmutableArray<int> BatchEnds { get; }

    /// <summary>Chance of error that each early look may spend: alpha over their number.</summary>
    public double LookShare => Alpha / Math.Max(1, BatchEnds.Length - 1);

    /// <summary>How far from zero an estimate must be.</summary>
    /// <param name="look">Index into <see cref="BatchEnds"/>, not the last.</param>
    /// <param name="estimate">From the prompts seen then.</param>
    internal double Boundary(int look, EarlyStopEstimate estimate)
    {
        var unseen = (1.0 / BatchEnds[look]) - (1.0 / Population);
        return (_quantiles[look, estimate.Covariates] * estimate.StandardError)
            + (RangeFactor * estimate.LargestResidual * -Math.Log(LookShare) * unseen);
    }

    /// <summary>Weight of the range term; 0 leaves Student's test, for tests that show what the term is for.</summary>
    internal double RangeFactor { get; init; } = 1;
}
