namespace SeqCont.Circuits;

/// <summary>Which ways from a sender to a receiver a patch may take.</summary>
public enum EdgePaths
{
    /// <summary>The direct edge only: all other heads and MLPs stand at their clean values, as in ACDC and EAP-IG.</summary>
    Strict,

    /// <summary>The direct edge and ways through MLPs: heads stand, MLPs recompute (the convention of the IOI paper).</summary>
    ThroughMlps,

    /// <summary>
    /// What the published scripts compute (Lan, Torr, Barez, arXiv 2311.04131), so that their numbers can be met:
    /// head to head, head to MLP and head to logits go through MLPs, and an MLP's own layer's heads are no senders
    /// to it; MLP to MLP freezes nothing; MLP to head patches the z of all heads of the sender's layer instead of the
    /// MLP and freezes nothing; MLP to logits patches z and MLP output of the sender's layer and of every sender's
    /// layer before it, and freezes nothing.
    /// </summary>
    AsPublished,
}

/// <summary>Settings of an edge search.</summary>
public sealed record EdgePruningConfig
{
    /// <summary>The study's threshold.</summary>
    public const double PublishedThreshold = 0.8;

    /// <summary>The nodes between which edges are tested; everything else is ablated throughout.</summary>
    public required Circuit Circuit { get; init; }

    /// <summary>Whether the embedding counts as a sender; the study does not count it.</summary>
    public bool InputSends { get; init; }

    /// <summary>How nodes outside the circuit are ablated, on clean and on corrupted prompts alike.</summary>
    public AblationConfig Ablation { get; init; } = new();

    /// <summary>
    /// What a sender's value is replaced by: <see cref="AblationKind.Resample"/>, its value on the corrupted
    /// partner in the ablated model (the study's), its mean over the corrupted prompts at the same position, or zero.
    /// </summary>
    public AblationKind Patch { get; init; } = AblationKind.Resample;

    /// <summary>Which ways a patch may take.</summary>
    public EdgePaths Paths { get; init; } = EdgePaths.Strict;

    /// <summary>What edges are scored by.</summary>
    public IMetric Metric { get; init; } = LogitDifference.Instance;

    /// <summary>An edge is kept when its ratio (the metric's mean over the full model's; 1 = full model) falls below this.</summary>
    public double Threshold { get; init; } = PublishedThreshold;

    /// <summary>
    /// When given, instead of the threshold: an edge is kept when its ratio lies more than this below the unpatched circuit's.
    /// </summary>
    public double? MinDrop { get; init; }

    /// <summary>
    /// Whether nodes from which no kept edge leads to the final residual go, with their edges.
    /// </summary>
    public bool PruneNodes { get; init; }

    /// <summary>Decisions that an interrupted run of the same search left, in order: taken over unscored.</summary>
    public IReadOnlyList<EdgeDecision> Resume { get; init; } = [];

    /// <summary>Bytes to stay below; null for a share of the machine's.</summary>
    public long? Memory { get; init; }

    /// <summary>
    /// The only edges that a sweep will be asked for, so that nothing is recorded for others; null for any of the graph's.
    /// </summary>
    internal IReadOnlyCollection<Edge>? Only { get; init; }

    /// <summary>All of the above that decisions depend on, by name: a run that was cut off goes on under the same alone.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings =>
    [
        Setting.Of("circuit", Circuit),
        Setting.Of("inputSends", InputSends),
        .. Ablation.Settings,
        Setting.Of("patch", Patch),
        Setting.Of("paths", Paths),
        .. Setting.Of(Metric),
        Setting.Of("rule", MinDrop is { } drop ? Invariant($"minDrop {drop:R}") : Invariant($"threshold {Threshold:R}")),
    ];

    /// <summary>The edges that are tested, in order.</summary>
    /// <remarks>The published scripts leave out the input, and heads of an MLP's own layer.</remarks>
    public IReadOnlyList<Edge> Edges => Paths == EdgePaths.AsPublished
        ? [.. Circuit.Edges(inputSends: false).Where(edge => edge.Sender.Layer < edge.Receiver.Layer)]
        : [.. Circuit.Edges(InputSends)];
}

/// <summary>One edge's verdict.</summary>
/// <param name="Index">From 1, over the whole search.</param>
/// <param name="Edge">The edge that is patched, alone.</param>
/// <param name="Metric">With the patch, over prompts.</param>
/// <param name="Ratio">The metric's mean over the full model's; 1 = full model.</param>
/// <param name="Kept">Whether the edge matters by the search's rule.</param>
public sealed record EdgeDecision(int Index, Edge Edge, PromptMean Metric, double Ratio, bool Kept)
{
    /// <summary>In words, to the bit.</summary>
    internal string Describe() =>
        $"{Edge} {(Kept ? "kept" : "removed")}, metric {Metric.Mean:R} +- {Metric.StandardError:R}, ratio {Ratio:R}";
}

/// <summary>How far an edge search is: sent with every decision.</summary>
/// <param name="Decision">The newest verdict.</param>
/// <param name="KeptSoFar">Edges kept so far.</param>
/// <param name="Left">Edges still to come.</param>
/// <param name="WorkDone">
/// Share of the search's work that lies behind, from 0 to 1, by products to be done: edges into early layers cost most.
/// </param>
public sealed record EdgeProgress(EdgeDecision Decision, int KeptSoFar, int Left, double WorkDone);

/// <summary>
/// An edge set scored as a whole, as ACDC and EAP-IG do. Nodes are computed in order, each receiver from a residual of its
/// own: over a kept edge it reads the sender's value in this very run, over any other edge the sender's patched value (on the
/// corrupted partner in the ablated model, or its mean, or zero); what does not send (the embedding where it is no
/// sender, biases, ablated nodes) is as in the clean run.
/// </summary>
/// <param name="Circuit">The nodes.</param>
/// <param name="Kept">Kept edges.</param>
/// <param name="Ratio">The metric's mean over the full model's; 1 = full model.</param>
/// <param name="Answers">On each prompt.</param>
public sealed record EdgeSetScore(Circuit Circuit, IReadOnlyList<Edge> Kept, double Ratio, CircuitAnswers Answers);

/// <summary>Result of an edge search.</summary>
/// <param name="Full">The full model on each prompt.</param>
/// <param name="Unpatched">The circuit with no edge patched, on each prompt.</param>
/// <param name="CircuitRatio">The unpatched circuit's mean metric over the full model's; 1 = full model.</param>
/// <param name="Trace">Every verdict, in order.</param>
/// <param name="Final">Kept nodes and edges, scored as a whole.</param>
/// <param name="PredictedBytes">Memory prediction, in bytes.</param>
/// <param name="Rows">Rows that the prompts are computed on.</param>
/// <param name="ThresholdAboveCircuit">
/// Whether the unpatched circuit stands below the threshold, so that nearly every edge is kept whatever it does.
/// </param>
public sealed record EdgePruningResult(
    CircuitAnswers Full, CircuitAnswers Unpatched, double CircuitRatio, IReadOnlyList<EdgeDecision> Trace, EdgeSetScore Final,
    long PredictedBytes, int Rows, bool ThresholdAboveCircuit);
