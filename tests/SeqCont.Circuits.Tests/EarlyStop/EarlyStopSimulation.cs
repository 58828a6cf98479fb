namespace SeqCont.Circuits.Tests;

/// <summary>Decides the sign of many populations' means over many orders and counts errors and prompts.</summary>
internal static class EarlyStopSimulation
{
    /// <summary>Decisions per population drawn.</summary>
    private const int OrdersEach = 20;

    /// <summary>Runs the rule.</summary>
    /// <returns>Share of wrong verdicts, share of prompts seen.</returns>
    public static (double Errors, double Used) Run(
        EarlyStopRule rule, string kind, double margin, int decisions, long seed, bool useCovariates = true)
    {
        var random = new SplitMix64(seed);
        var decision = new EarlyStopDecision(rule);
        var count = rule.Population;
        var (errors, used) = (0, 0L);
        var visited = new double[count];
        for (var population = 0; population < decisions / OrdersEach; population++)
        {
            var (values, covariates) = EarlyStopPopulations.Draw(kind, count, margin, random);
            var visitedCovariates = covariates.Select(_ => new double[count]).ToArray();
            for (var repeat = 0; repeat < OrdersEach; repeat++)
            {
                var order = EarlyStopOrder.Shuffle(count, random);
                for (var i = 0; i < count; i++) visited[i] = values[order[i]];
                for (var j = 0; j < covariates.Length; j++)
                {
                    for (var i = 0; i < count; i++) visitedCovariates[j][i] = covariates[j][order[i]];
                }

                decision.Start(useCovariates ? visitedCovariates : []);
                errors += Decide(decision, visited) == (margin > 0 ? EarlyStopVerdict.Positive : EarlyStopVerdict.Negative) ? 0 : 1;
                used += decision.Seen;
            }
        }

        var made = decisions / OrdersEach * OrdersEach;
        return ((double)errors / made, (double)used / made / count);
    }

    /// <summary>Feeds one candidate's values, in visiting order, until decided.</summary>
    public static EarlyStopVerdict Decide(EarlyStopDecision decision, ReadOnlySpan<double> visited)
    {
        while (decision.NextBatch > 0) decision.Add(visited.Slice(decision.Seen, decision.NextBatch));
        return decision.Verdict;
    }
}
