namespace SeqCont.Circuits.Tests;

/// <summary>Finite populations of per-prompt values, mild and nasty, with covariates where the kind has some.</summary>
internal static class EarlyStopPopulations
{
    /// <summary>What a per-prompt logit difference may look like, and what is worse.</summary>
    public static readonly string[] Covered =
    [
        "normal", "uniform", "three clusters", "two far clusters", "exponential", "exponential-", "t5", "lognormal 0.5", "lognormal 0.5-",
        "outliers 5% at 6 sd", "outliers 5% at 6 sd-", "near covariate", "full-model covariate", "curved covariate", "effect on 10%",
        "effect on 10%-",
    ];

    /// <summary>Dominated by few prompts: nothing seen tells of those unseen. Reported, not promised.</summary>
    public static readonly string[] NotCovered =
        ["lognormal 1", "lognormal 1-", "t2", "outliers 2% at 15 sd", "outliers 2% at 15 sd-", "one at 100 sd"];

    /// <summary>Draws one, its mean moved to <paramref name="margin"/> standard errors (of all prompts) from zero.</summary>
    public static (double[] Values, double[][] Covariates) Draw(string kind, int count, double margin, SplitMix64 random)
    {
        var negate = kind.EndsWith('-');
        var name = kind.TrimEnd('-');
        double[][] covariates = [];
        var values = new double[count];
        if (name is "near covariate" or "full-model covariate" or "curved covariate" or "effect on 10%")
        {
            var covariate = Fill(count, i => (i % 3) + Normal(random));
            covariates = [covariate];
            for (var i = 0; i < count; i++) values[i] = WithCovariate(name, covariate[i], random);
        }
        else
        {
            for (var i = 0; i < count; i++) values[i] = Plain(name, i, random);
        }

        var mean = values.Average();
        var sd = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (count - 1));
        for (var i = 0; i < count; i++) values[i] = ((negate ? mean - values[i] : values[i] - mean) / sd) + (margin / Math.Sqrt(count));
        return (values, covariates);
    }

    private static double WithCovariate(string name, double covariate, SplitMix64 random) => name switch
    {
        "near covariate" => covariate + (0.15 * Normal(random)),
        "full-model covariate" => (0.6 * covariate) + (0.5 * Normal(random)),
        "curved covariate" => Math.Exp(0.5 * covariate) + (0.2 * Normal(random)),
        _ => covariate + (0.01 * Normal(random)) + (Uniform(random) < 0.1 ? 1.5 + (0.5 * Normal(random)) : 0),
    };

    private static double Plain(string name, int i, SplitMix64 random) => name switch
    {
        "normal" => Normal(random),
        "uniform" => Uniform(random),
        "three clusters" => (i % 3 * 3) + Normal(random),
        "two far clusters" => (i % 4 == 0 ? 10 : 0) + Normal(random),
        "exponential" => -Math.Log(Uniform(random)),
        "t5" => StudentT(5, random),
        "t2" => StudentT(2, random),
        "lognormal 0.5" => Math.Exp(0.5 * Normal(random)),
        "lognormal 1" => Math.Exp(Normal(random)),
        "outliers 5% at 6 sd" => (i % 20 == 0 ? 6 : 0) + Normal(random),
        "outliers 2% at 15 sd" => (i % 50 == 0 ? 15 : 0) + Normal(random),
        "one at 100 sd" => (i == 0 ? 100 : 0) + Normal(random),
        _ => throw new ArgumentException($"no population '{name}'.", nameof(name)),
    };

    private static double[] Fill(int count, Func<int, double> value) => [.. Enumerable.Range(0, count).Select(value)];

    private static double Uniform(SplitMix64 random) => ((random.Next() >> 11) + 0.5) / (1UL << 53);

    private static double Normal(SplitMix64 random) => Math.Sqrt(-2 * Math.Log(Uniform(random))) * Math.Cos(2 * Math.PI * Uniform(random));

    private static double StudentT(int degrees, SplitMix64 random)
    {
        var squares = 0.0;
        for (var i = 0; i < degrees; i++)
        {
            var normal = Normal(random);
            squares += normal * normal;
        }

        return Normal(random) / Math.Sqrt(squares / degrees);
    }
}
