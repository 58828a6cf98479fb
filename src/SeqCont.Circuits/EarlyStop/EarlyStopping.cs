namespace SeqCont.Circuits;

/// <summary>
/// Scores candidates on a growing random part of the prompts until the verdict is clear (<see cref="EarlyStopRule"/>).
/// The question is the sign of the mean of d = candidate's logit difference - least faithfulness * full model's. What
/// is known of all prompts takes its share of the variance away: the full model's values, and those of the circuit
/// with which the candidate's layer was entered, measured once a layer. That circuit is the exact search's as long
/// as no verdict was wrong, whatever the visiting order, so the rule's promise holds.
/// </summary>
internal sealed class EarlyStopping
{
    private readonly EarlyStopRule _rule;
    private readonly EarlyStopDecision _decision;
    private readonly int[] _order;
    private double[] _full = [];
    private double[]? _entered;
    private double _minFaithfulness;

    /// <summary>Draws the visiting order.</summary>
    public EarlyStopping(double alpha, int prompts, long seed)
    {
        _rule = new EarlyStopRule(alpha, prompts);
        _decision = new EarlyStopDecision(_rule);
        _order = EarlyStopOrder.Shuffle(prompts, seed);
        Batches = [.. _rule.BatchEnds.Select((end, i) => _order[(i == 0 ? 0 : _rule.BatchEnds[i - 1])..end])];
    }

    /// <summary>Prompt numbers of each batch, in visiting order.</summary>
    public IReadOnlyList<int[]> Batches { get; }

    /// <summary>Says what candidates are compared with.</summary>
    /// <param name="full">The full model's logit differences, in file order.</param>
    /// <param name="minFaithfulness">What a candidate must exceed.</param>
    public void Begin(double[] full, double minFaithfulness)
    {
        _full = [.. _order.Select(prompt => full[prompt])];
        _minFaithfulness = minFaithfulness;
    }

    /// <summary>A pass goes on to another layer.</summary>
    public void EnterLayer() => _entered = null;

    /// <summary>Measures the circuit with which a layer was entered.</summary>
    public void MeasureCurrent(CircuitScorer scorer)
    {
        var inFileOrder = scorer.ScoreCurrent();
        _entered = [.. _order.Select(prompt => inFileOrder[prompt])];
    }

    /// <summary>Scores the current circuit less one node.</summary>
    public Scored Score(CircuitScorer scorer, NodeId node, double fullMean)
    {
        if (_entered is null) MeasureCurrent(scorer);
        _decision.Start(_entered!, _full);
        var seen = new List<double>(_order.Length);
        foreach (var batch in scorer.BatchesWithout(node))
        {
            var start = seen.Count;
            seen.AddRange(batch);
            double[] d = [.. batch.Select((value, i) => value - _minFaithfulness * _full[start + i])];
            if (_decision.Add(d) != EarlyStopVerdict.Undecided) break;
        }

        return seen.Count == _order.Length ? Whole(seen, fullMean) : Part(seen.Count, fullMean);
    }

    /// <summary>All prompts were seen: the same sum, in file order, and the same verdict as without early stopping.</summary>
    private Scored Whole(List<double> seen, double fullMean)
    {
        var inFileOrder = new double[seen.Count];
        for (var i = 0; i < seen.Count; i++) inFileOrder[_order[i]] = seen[i];
        var logitDiff = MeanLogitDiff.Of(inFileOrder);
        return new Scored(logitDiff, logitDiff.Mean / fullMean > _minFaithfulness, seen.Count);
    }

    private Scored Part(int seen, double fullMean) =>
        new(new MeanLogitDiff(_decision.Mean + _minFaithfulness * fullMean, _decision.StandardError),
            _decision.Verdict == EarlyStopVerdict.Positive, seen);
}
