namespace SeqCont.Circuits;

/// <summary>The state of one edge search: the verdicts so far.</summary>
internal sealed class EdgeSearch(
    EdgePruningConfig config, Faithfulness faithfulness, double circuitRatio, IProgress<EdgeProgress>? progress,
    CancellationToken cancellationToken)
{
    private readonly IReadOnlyList<Edge> _edges = config.Edges;
    private int _kept;

    /// <summary>Verdicts so far.</summary>
    public List<EdgeDecision> Trace { get; } = [];

    /// <summary>Takes over what an interrupted run decided, and scores the rest.</summary>
    public void Run(EdgeScorer scorer)
    {
        if (config.Resume.Count > _edges.Count)
            throw new InvalidDataException(
                $"resume: the search has {_edges.Count} edges, but {config.Resume.Count} decisions were given; they are not this "
                    + $"search's.");
        foreach (var given in config.Resume) TakeOver(given);
        cancellationToken.ThrowIfCancellationRequested();
        var costs = _edges.Select(edge => edge.Receiver).Distinct().ToDictionary(receiver => receiver, scorer.Cost);
        var (all, done) = (_edges.Sum(edge => costs[edge.Receiver]), Trace.Sum(decision => costs[decision.Edge.Receiver]));
        foreach (var edge in _edges.Skip(Trace.Count))
        {
            Add(Decision(edge, PromptMean.Of(scorer.ScoreWithout(edge))));
            done += costs[edge.Receiver];
            progress?.Report(new EdgeProgress(Trace[^1], _kept, _edges.Count - Trace.Count, done / all));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The rule of the search.</summary>
    private bool Keeps(double ratio) => config.MinDrop is { } drop ? circuitRatio - ratio > drop : ratio < config.Threshold;

    private EdgeDecision Decision(Edge edge, PromptMean mean)
    {
        var ratio = faithfulness.Of(mean);
        return new EdgeDecision(Trace.Count + 1, edge, mean, ratio, Keeps(ratio));
    }

    private void TakeOver(EdgeDecision given)
    {
        var own = Decision(_edges[Trace.Count], given.Metric);
        if (own != given)
            throw new InvalidDataException(
                $"resume: decision {own.Index}: expected {own.Describe()}, as this search decides, got {given.Describe()}.");
        Add(own);
    }

    private void Add(EdgeDecision decision)
    {
        Trace.Add(decision);
        if (decision.Kept) _kept++;
    }
}
