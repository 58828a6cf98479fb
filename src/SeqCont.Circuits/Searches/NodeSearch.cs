namespace SeqCont.Circuits;

/// <summary>The state of one node search: passes, verdicts, what was scored already.</summary>
internal sealed class NodeSearch(
    ICircuitScorer<NodeId> scorer, Circuit start, Faithfulness faithfulness, NodePruningConfig config, EarlyStopping? earlyStop,
    IProgress<SearchProgress>? progress, CancellationToken cancellationToken)
{
    private readonly Dictionary<Circuit, Scored> _scored = [];
    private readonly int _resumedLayerStart = LastLayerStart(config.Resume);
    private (int Iteration, SweepDirection Direction, int Layer) _layer;
    private Circuit _current = start;

    /// <summary>Verdicts so far.</summary>
    public List<NodeDecision> Trace { get; } = [];

    /// <summary>Runs passes until one removes nothing, or the given verdicts are used up.</summary>
    public void RunToConvergence()
    {
        for (var iteration = 1; Pass(iteration, SweepDirection.Backward) && Pass(iteration, SweepDirection.Forward)
            && !config.OneIteration; iteration++)
        {
        }

        if (Trace.Count < config.Resume.Count)
            throw new InvalidDataException(
                $"resume: the search ends after {Trace.Count} decisions, but {config.Resume.Count} were given; they are not this "
                    + $"search's.");
    }

    /// <summary>One pass; false when it removed nothing.</summary>
    private bool Pass(int iteration, SweepDirection direction)
    {
        NodeId[] candidates = [.. NodePruning.Order(_current, direction)];
        var removedAny = false;
        for (var i = 0; i < candidates.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Trace.Count == config.Replay?.Count) return false;
            var node = candidates[i];
            var circuit = _current.Without(node);
            if (_layer != (iteration, direction, node.Layer))
            {
                _layer = (iteration, direction, node.Layer);
                earlyStop?.EnterLayer();
            }

            var resumed = Trace.Count < config.Resume.Count;
            var scored = resumed ? TakeOver(config.Resume[Trace.Count], node) : Score(circuit, node);
            _scored[circuit] = scored;
            var removed = config.Replay is null ? scored.Removed : Replayed(config.Replay[Trace.Count], node);
            var decision = new NodeDecision(
                Trace.Count + 1, iteration, direction, node, scored.Metric, faithfulness.Of(scored.Metric), removed, scored.Prompts);
            if (resumed && !Agree(decision, config.Resume[Trace.Count]))
                throw new InvalidDataException(
                    $"resume: decision {decision.Index}: expected {decision.Describe()}, as this search decides, got "
                        + $"{config.Resume[Trace.Count].Describe()}.");
            if (removed)
            {
                scorer.Commit(node);
                _current = circuit;
            }

            removedAny |= removed;
            Trace.Add(decision);
            if (!resumed) progress?.Report(new SearchProgress(decision, _current, candidates.Length - i - 1));
        }

        return removedAny;
    }

    /// <summary>Passes ask again about circuits already scored: the answer is remembered.</summary>
    private Scored Score(Circuit circuit, NodeId node)
    {
        if (_scored.TryGetValue(circuit, out var known)) return known;
        if (earlyStop is not null) return earlyStop.Score(node);
        var perPrompt = scorer.ScoreWithout(node);
        var mean = PromptMean.Of(perPrompt);
        return new Scored(mean, faithfulness.Of(mean) > config.MinFaithfulness, perPrompt.Length);
    }

    private Scored TakeOver(NodeDecision decision, NodeId node)
    {
        if (decision.Node != node)
            throw new InvalidDataException(
                $"resume: decision {Trace.Count + 1} is about {decision.Node}, but the search asks about {node}.");
        // The layer that the interruption fell into goes on with what it was entered with.
        if (Trace.Count == _resumedLayerStart) earlyStop?.MeasureCurrent();
        return new Scored(decision.Metric, decision.Removed, decision.Prompts);
    }

    /// <summary>Faithfulness may have been through a percent in a file; all else is the same to the bit.</summary>
    private static bool Agree(NodeDecision own, NodeDecision given) =>
        own == given with { Faithfulness = own.Faithfulness }
            && Math.Abs(own.Faithfulness - given.Faithfulness) <= 1e-9 * Math.Max(1, Math.Abs(own.Faithfulness));

    private bool Replayed(ReplayedDecision verdict, NodeId node) =>
        verdict.Node == node ? verdict.Removed : throw new InvalidDataException(
            $"replay: decision {Trace.Count + 1} is about {verdict.Node}, but the search asks about {node}.");

    /// <summary>The first decision of the pass and layer that the last one belongs to; -1 for none.</summary>
    private static int LastLayerStart(IReadOnlyList<NodeDecision> decisions)
    {
        var start = decisions.Count - 1;
        while (start > 0 && (decisions[start - 1].Iteration, decisions[start - 1].Direction, decisions[start - 1].Node.Layer)
               == (decisions[^1].Iteration, decisions[^1].Direction, decisions[^1].Node.Layer)) start--;
        return start;
    }
}

/// <summary>What is known of one circuit.</summary>
/// <param name="Metric">Mean over the prompts seen, or its estimate over all.</param>
/// <param name="Removed">Whether it stays above the threshold.</param>
/// <param name="Prompts">Prompts seen.</param>
internal readonly record struct Scored(PromptMean Metric, bool Removed, int Prompts);
