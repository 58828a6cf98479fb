using SeqCont.Circuits;
using SeqCont.Model;

namespace SeqCont.Reports;

/// <summary>run.json.</summary>
public static class RunFile
{
    /// <summary>What run.json says.</summary>
    public static Json Of(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var header = run.Header;
        return
        [
            .. Origin(header.Origin),
            ("prompts", [("task", header.Task), .. Sets(new TaskFacts(header.Clean!, header.Corrupted!)), ("bos", header.Bos)]),
            ("ablation", run.Ablation.Kind.NameInFiles()), ("mlpMeans", MlpMeansName(run.Ablation)),
            ("meanPrompts", run.Ablation.Kind == AblationKind.Mean ? header.Corrupted!.Count : null), ("threshold?", run.Threshold),
            ("oneIter?", run.OneIteration), ("start", run.Start), ("earlyStop", run.EarlyStop), ("promptShare", run.PromptShare),
            ("precision", header.Precision), ("seed", header.Seed), ("full", Mean(run.Full.Mean)),
            ("final", Mean(run.Final.Mean)), ("score", run.Score),
            ("keptHeads", run.Circuit.Heads.Count()), ("keptMlps", run.Circuit.Mlps.Count()), ("candidates", run.Candidates),
            ("edges?", run.Edges is { } edges ? Edges(edges) : null), .. Host(header),
        ];
    }

    /// <summary>The schema, and what ran on which model: how every file of results begins.</summary>
    internal static Json Origin(RunOrigin origin) =>
    [
        ("schema", JsonFile.Schema), ("tool", [("name", "seqcont"), ("version", origin.Version), ("commit", origin.Commit)]),
        ("model",
        [
            ("name", origin.Model.Name), ("revision", origin.Model.Revision), ("sha256", origin.Model.Sha256),
            ("unembedding?", origin.Model.Unembedding),
            ("nLayers", origin.Model.Config.NLayers), ("nHeads", origin.Model.Config.NHeads), ("dModel", origin.Model.Config.DModel),
            ("variant?", Variant(origin.Model.Config)),
        ]),
    ];

    /// <summary>What of a model's arithmetic is not GPT-2's; null for nothing.</summary>
    public static Json? Variant(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.Variant() is { Count: > 0 } parts ? [.. parts.Select(part => (part.What, (Json?)part.How))] : null;
    }

    /// <summary>
    /// When, where and how a run was made, as the file's last field: all that differs between two runs of the same work.
    /// </summary>
    internal static Json Host(RunHeader header) => Host(
        header.Origin,
        [
            ("device", header.Device), ("backend", header.Backend), ("seconds", Seconds(header.Seconds)),
            ("profile?", header.Profile is { } profile ? Profile(profile) : null),
            ("memory", [("predictedPeakBytes", header.PredictedPeakBytes), ("peakBytes", header.PeakBytes)]),
        ]);

    /// <summary>The same, of what is known.</summary>
    internal static Json Host(RunOrigin origin, Json facts) =>
        [("host", [("startedAt", origin.StartedAt), ("command", origin.Command), .. facts])];

    internal static Json Seconds(IEnumerable<KeyValuePair<string, double>> seconds) =>
        [.. seconds.Select(phase => (phase.Key, (Json?)phase.Value))];

    /// <summary>The name that files and options use for where MLP means come from; null where none are taken.</summary>
    internal static string? MlpMeansName(AblationConfig ablation) =>
        ablation.Kind != AblationKind.Mean ? null : ablation.MlpMeans == MlpMeans.Circuit ? "circuit" : "full";

    internal static Json Sets(TaskFacts prompts) => [("clean", Set(prompts.Clean)), ("corrupted", Set(prompts.Corrupted))];

    internal static Json Set(PromptFacts prompts) =>
    [
        ("source", prompts.Source), ("files", Json.List(prompts.Files, file => [("path", file.Path), ("sha256", file.Sha256)])),
        ("sha256", prompts.Sha256), ("count", prompts.Count), ("tokensSha256", prompts.TokensSha256),
    ];

    internal static Json Mean(PromptMean mean) => [("logitDiff", mean.Mean), ("standardError", mean.StandardError)];

    private static Json Edges(EdgeFacts edges) =>
    [
        ("paths", edges.Paths), ("patch", edges.Patch), ("threshold", edges.Threshold), ("minDrop", edges.MinDrop),
        ("tested", edges.Tested), ("kept", edges.Kept), ("circuitRatio", edges.CircuitRatio),
    ];

    private static Json Profile(WorkProfile profile) =>
    [
        ("peakGflopsPerSecond", profile.PeakGflopsPerSecond),
        ("stages", Json.List(profile.Stages, stage =>
        [
            ("layer", stage.Layer), ("stage", stage.Stage), ("flops", stage.Flops), ("seconds", stage.Seconds),
            ("shareOfPeak", stage.Flops / stage.Seconds / 1e9 / profile.PeakGflopsPerSecond),
        ])),
    ];
}
