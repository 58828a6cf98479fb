namespace SeqCont.Circuits;

/// <summary>
/// A search's time from some of its candidates. Late layers are nearly free, so a plain sample would flatter:
/// candidates are sampled by stratum (a layer of a pass), and a stratum weighs what a dry run says that its
/// candidates execute, stored prefixes included. Set-up (means, full model) is run and timed as it is. Strata too
/// dear to sample count at the speed of all that was timed.
/// </summary>
internal static class BenchSample
{
    /// <summary>Share of the search's work that may be sampled.</summary>
    private const double Share = 0.06;

    /// <summary>Candidates that each sampled stratum is asked for at most, where they are cheap.</summary>
    private const int MostInStratum = 3;

    /// <summary>Runs the sample.</summary>
    public static Timed Estimate(BenchRun bench, DryBench plan)
    {
        var chosen = Choose(plan);
        var setUp = new BenchWatch(bench.Meter);
        setUp.Start();
        using var scorer = new NodeScorer(bench.Model, bench.Clean, bench.Corrupted, bench.Search.Ablation,
            Circuit.Full(bench.Model.Config), bench.Search.Memory);
        Faithfulness.Measure(bench.Model, bench.Clean, bench.Search.Metric, scorer);
        setUp.Stop();
        bench.SamplePeak(1);

        var all = new BenchWatch(bench.Meter);
        var strata = new Dictionary<(int, SweepDirection, int), BenchWatch>();
        var done = 0;
        for (var i = 0; i < plan.Decisions.Count && done < chosen.Count; i++)
        {
            bench.CancellationToken.ThrowIfCancellationRequested();
            var decision = plan.Decisions[i].Decision;
            if (chosen.Contains(i))
            {
                if (!strata.TryGetValue(Stratum(decision), out var watch)) strata[Stratum(decision)] = watch = new BenchWatch(bench.Meter);
                all.Start();
                watch.Start();
                scorer.ScoreWithout(decision.Node);
                watch.Stop();
                all.Stop();
                done++;
                bench.Progress?.Report(new BenchProgress("sampled candidates", done, chosen.Count));
            }

            if (decision.Removed) scorer.Commit(decision.Node);
        }

        var pooled = all.Seconds / Math.Max(1, all.Flops);
        var (seconds, left) = (setUp.Seconds, plan.Flops - setUp.Flops);
        foreach (var group in plan.Decisions.GroupBy(entry => Stratum(entry.Decision)))
        {
            var flops = group.Sum(entry => entry.Flops) - (group.Key == Stratum(plan.Decisions[0].Decision) ? setUp.Flops : 0);
            left -= flops;
            seconds += flops * (strata.TryGetValue(group.Key, out var watch) && watch.Flops > 0 ? watch.Seconds / watch.Flops : pooled);
        }

        seconds += left * pooled; // the final circuit's answers
        return new Timed(done, all.Flops + setUp.Flops, seconds, all.Seconds + setUp.Seconds,
            all.ProcessorSeconds + setUp.ProcessorSeconds);
    }

    /// <summary>Numbers of the decisions to time: cheap strata first, up to the share.</summary>
    internal static HashSet<int> Choose(DryBench plan)
    {
        var budget = Share * plan.Flops;
        var (chosen, spent) = (new HashSet<int>(), 0.0);
        var strata = Enumerable.Range(0, plan.Decisions.Count).Where(i => plan.Decisions[i].Flops > 0)
            .GroupBy(i => Stratum(plan.Decisions[i].Decision))
            .Select(group => (Members: group.ToArray(), Mean: group.Average(i => (double)plan.Decisions[i].Flops)))
            .OrderBy(stratum => stratum.Mean);
        foreach (var (members, mean) in strata)
        {
            if (chosen.Count > 0 && spent + mean > budget) continue;
            var count = Math.Min(members.Length, mean * MostInStratum < budget / 50 ? MostInStratum : 1);
            for (var i = 0; i < count; i++) chosen.Add(members[(2 * i + 1) * members.Length / (2 * count)]);
            spent += count * mean;
        }

        return chosen;
    }

    private static (int, SweepDirection, int) Stratum(NodeDecision decision) =>
        (decision.Iteration, decision.Direction, decision.Node.Layer);
}
