namespace SeqCont.Circuits;

/// <summary>Direction of a pass over the layers.</summary>
public enum SweepDirection
{
    /// <summary>From the last layer to the first; in a layer the MLP, then heads in ascending order.</summary>
    Backward,

    /// <summary>From the first layer to the last; in a layer heads in ascending order, then the MLP.</summary>
    Forward,
}

/// <summary>Settings of a node search.</summary>
public sealed record NodePruningConfig
{
    /// <summary>
    /// Least faithfulness (1 = full model) that a candidate must exceed for its node to go: 0.8 for the study's 20 percent.
    /// </summary>
    public double MinFaithfulness { get; init; } = 0.8;

    /// <summary>Stop after one backward and one forward pass.</summary>
    public bool OneIteration { get; init; }

    /// <summary>How nodes are ablated.</summary>
    public AblationConfig Ablation { get; init; } = new();

    /// <summary>What candidates are scored by.</summary>
    public IMetric Metric { get; init; } = LogitDifference.Instance;

    /// <summary>The circuit to start from; null for the whole model. An empty circuit is empty.</summary>
    public Circuit? Start { get; init; }

    /// <summary>Bytes to stay below; null for a share of the machine's.</summary>
    public long? Memory { get; init; }

    /// <summary>
    /// Verdicts to take instead of the search's own, in order; the search ends with them. Replaying a published
    /// trace scores the published candidates whatever the own scores would decide.
    /// </summary>
    public IReadOnlyList<ReplayedDecision>? Replay { get; init; }

    /// <summary>
    /// Decisions that an interrupted run of the same search left, in order: they are taken over unscored, and
    /// the search goes on behind them to the same bits as if it had not been interrupted.
    /// </summary>
    public IReadOnlyList<NodeDecision> Resume { get; init; } = [];

    /// <summary>
    /// When given: the chance of a wrong verdict that is accepted, per decision; clear candidates are then
    /// decided on part of the prompts (<see cref="EarlyStopRule"/>). Null: every candidate on all prompts.
    /// </summary>
    public double? EarlyStop { get; init; }

    /// <summary>Draws the order in which early stopping visits prompts.</summary>
    public long Seed { get; init; }

    /// <summary>All of the above that decisions depend on, by name: a run that was cut off goes on under the same alone.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings =>
    [
        .. Ablation.Settings,
        .. Setting.Of(Metric),
        Setting.Of("minFaithfulness", MinFaithfulness),
        Setting.Of("oneIter", OneIteration),
        Setting.Of("start", (object?)Start ?? "everything"),
        Setting.Of("earlyStop", EarlyStop is { } alpha ? Invariant($"{alpha:R}, seed {Seed}") : "off"),
        .. Replay is null ? (KeyValuePair<string, string>[])[] : [Setting.Of("replay", string.Join(", ", Replay))],
    ];
}

/// <summary>A verdict taken from elsewhere.</summary>
/// <param name="Node">The node that the candidate lacks; must be the search's next.</param>
/// <param name="Removed">Whether it goes.</param>
public readonly record struct ReplayedDecision(NodeId Node, bool Removed);

/// <summary>One candidate's verdict.</summary>
/// <param name="Index">From 1, over the whole search.</param>
/// <param name="Iteration">From 1; a backward and a forward pass make one.</param>
/// <param name="Direction">Which pass.</param>
/// <param name="Node">The node that the candidate lacks.</param>
/// <param name="Metric">Over prompts; an estimate where not all were seen.</param>
/// <param name="Faithfulness">The metric's mean over the full model's; 1 = full model.</param>
/// <param name="Removed">Whether the node went.</param>
/// <param name="Prompts">Prompts that the verdict rests on.</param>
public sealed record NodeDecision(
    int Index, int Iteration, SweepDirection Direction, NodeId Node, PromptMean Metric, double Faithfulness, bool Removed,
    int Prompts)
{
    /// <summary>Faithfulness in percent, the study's score.</summary>
    public double Score => 100 * Faithfulness;

    /// <summary>In words, to the bit.</summary>
    internal string Describe() =>
        $"{Node} {(Removed ? "removed" : "kept")} in pass {Iteration} {(Direction == SweepDirection.Backward ? "backward" : "forward")}, "
        + $"metric {Metric.Mean:R} +- {Metric.StandardError:R} of {Prompts} prompts, faithfulness {Faithfulness:R}";
}

/// <summary>How far a search is: sent with every decision.</summary>
/// <param name="Decision">The newest verdict.</param>
/// <param name="Circuit">The circuit after it.</param>
/// <param name="CandidatesLeftInPass">Candidates of this pass still to come.</param>
public sealed record SearchProgress(NodeDecision Decision, Circuit Circuit, int CandidatesLeftInPass);

/// <summary>Result of a node search.</summary>
/// <param name="Circuit">The circuit found.</param>
/// <param name="Faithfulness">Its faithfulness: the last removal's where that rests on all prompts, else measured at the end.</param>
/// <param name="Full">The full model on each prompt.</param>
/// <param name="Final">The circuit on each prompt.</param>
/// <param name="Trace">Every verdict, in order.</param>
/// <param name="Memory">Memory prediction.</param>
/// <param name="CleanRows">Rows of the clean prompts.</param>
public sealed record NodePruningResult(
    Circuit Circuit, double Faithfulness, CircuitAnswers Full, CircuitAnswers Final, IReadOnlyList<NodeDecision> Trace, MemoryPlan Memory,
    int CleanRows);
