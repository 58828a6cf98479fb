namespace SeqCont.Circuits;

/// <summary>
/// Scores candidates on a growing random part of the prompts until the verdict is clear (<see cref="EarlyStopRule"/>).
/// The question is the sign of the mean of d = candidate's metric - least faithfulness * full model's. What
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
    private NodeScorer? _scorer;
    private Faithfulness? _faithfulness;

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
    /// <param name="scorer">Scores them, in <see cref="Batches"/>.</param>
    /// <param name="faithfulness">Knows the full model's answers.</param>
    /// <param name="minFaithfulness">What a candidate must exceed.</param>
    public void Begin(NodeScorer scorer, Faithfulness faithfulness, double minFaithfulness)
    {
        (_scorer, _faithfulness, _minFaithfulness) = (scorer, faithfulness, minFaithfulness);
        _full = InVisitingOrder(faithfulness.Full.Values);
    }

    /// <summary>A pass goes on to another layer.</summary>
    public void EnterLayer() => _entered = null;

    /// <summary>Measures the circuit with which a layer was entered.</summary>
    public void MeasureCurrent() => _entered = InVisitingOrder(_scorer!.ScoreCurrent());

    /// <summary>Scores the current circuit less one node.</summary>
    public Scored Score(NodeId node)
    {
        if (_entered is null) MeasureCurrent();
        _decision.Start(_entered!, _full);
        var seen = new List<double>(_order.Length);
        foreach (var batch in _scorer!.BatchesWithout(node))
        {
            var start = seen.Count;
            seen.AddRange(batch);
            double[] d = [.. batch.Select((value, i) => value - _minFaithfulness * _full[start + i])];
            if (_decision.Add(d) != EarlyStopVerdict.Undecided) break;
        }

        return seen.Count == _order.Length ? Whole(seen) : Part(seen.Count);
    }

    /// <summary>All prompts were seen: the same sum, in file order, and the same verdict as without early stopping.</summary>
    private Scored Whole(List<double> seen)
    {
        var inFileOrder = new double[seen.Count];
        for (var i = 0; i < seen.Count; i++) inFileOrder[_order[i]] = seen[i];
        var mean = PromptMean.Of(inFileOrder);
        return new Scored(mean, _faithfulness!.Of(mean) > _minFaithfulness, seen.Count);
    }

    private double[] InVisitingOrder(double[] inFileOrder) => [.. _order.Select(prompt => inFileOrder[prompt])];

    private Scored Part(int seen) =>
        new(new PromptMean(_decision.Mean + _minFaithfulness * _faithfulness!.FullMean, _decision.StandardError),
            _decision.Verdict == EarlyStopVerdict.Positive, seen);
}
