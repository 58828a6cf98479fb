using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont prune edges: path patching inside a circuit, or on every edge of the model.</summary>
internal sealed class PruneEdgesCommand(OptionTable options)
{
    private readonly string? _circuit = options.Text("--circuit", "FILE",
        "circuit.json whose edges are tested; everything outside it is ablated, and a sender takes its value on the corrupted partner");

    private readonly bool _allEdges = options.Flag("--all-edges",
        "Test every edge of the whole model instead, the input's too; --ablation then says what a sender is replaced by");

    private readonly double? _threshold = options.Real<double?>("--threshold", "RATIO", "a ratio from -10 to 10",
        "Keep an edge when the mean logit difference with it patched, over the full model's, falls below this (default: 0.8)", -10, 10);

    private readonly double? _minDrop = options.Real<double?>("--min-drop", "D", "a ratio from 0 to 10",
        "Keep an edge instead when its ratio lies more than D below the unpatched circuit's", 0, 10);

    private readonly string _paths = options.Choice("--paths",
        "Ways from sender to receiver that count: the direct edge only (all other nodes stand), or through MLPs too (heads stand)",
        "strict", "through-mlps");

    private readonly bool _asPublished = options.Flag(
        "--as-published", "Compute what the published scripts compute, quirks included, so that their numbers can be met");

    private readonly bool _pruneNodes = options.Flag("--prune-nodes", "Take out nodes from which no kept edge leads to the output");
    private readonly SearchChoice _search = SearchChoice.Read(options);
    private readonly AblationConfig _ablation = AblationOptions.Read(options);
    private readonly PromptChoice _prompts = PromptOptions.Read(options);
    private readonly RunChoice _run = RunChoice.Read(
        options, "DIR", "Folder for circuit.json, edges.json, edges-trace.jsonl, per-prompt.jsonl and run.json (default: no files)");

    public int Run()
    {
        if (_asPublished && options.Has("--paths"))
            throw new UsageException("--as-published: has ways of its own for every kind of edge; give it without --paths.");
        _search.Require(_run.Folder);
        if (_circuit is null == !_allEdges)
            throw new UsageException("prune edges: expected either --circuit FILE or --all-edges. See 'seqcont prune edges --help'.");
        if (_allEdges && _asPublished)
            throw new UsageException("--as-published: the published scripts test edges inside a circuit; give --circuit FILE.");
        if (_threshold is not null && _minDrop is not null)
            throw new UsageException("--min-drop: replaces the rule of --threshold; give one of them.");
        return RunSession.Run(_run, Run, resume: _search.Resume);
    }

    private int Run(RunSession session)
    {
        using var experiment = new Experiment(session, _prompts, _search.Profile);
        var config = Config(experiment.Config);
        var (clean, corrupted) = (experiment.Clean, experiment.Corrupted);
        experiment.Announce(EdgeMemory.For(experiment.Config, experiment.Ops, clean, corrupted, config).PredictedBytes);
        var result = session.Search(
            DecisionRows.Edges, experiment.Settings(config.Settings), (EdgeProgress progress) => (progress.Decision, Step(progress)),
            (resume, progress) => EdgePruning.Run(experiment.Model, clean, corrupted, config with { Resume = resume },
                (full, whole) => Warn(session.Console, config, whole.Mean / full.Mean), progress, session.CancellationToken));
        var kept = result.Final.Kept.ToHashSet();
        var edges = new EdgesRecord(
            Model: experiment.ModelName,
            Search: config with { Circuit = result.Final.Circuit },
            FullMetric: result.Full.Mean.Mean,
            CircuitMetric: result.Unpatched.Mean.Mean,
            FinalMetric: result.Final.Answers.Mean.Mean,
            Edges: [.. result.Trace.Select(decision =>
                new ScoredEdge(decision.Edge, decision.Metric.Mean, decision.Ratio, kept.Contains(decision.Edge)))]);
        var run = new RunRecord(
            Header: experiment.Header(result.PredictedBytes),
            Ablation: _ablation,
            Start: _circuit,
            Full: result.Full,
            Final: result.Final.Answers,
            Circuit: result.Final.Circuit,
            Score: 100 * result.Final.Ratio,
            Candidates: result.Trace.Count,
            Edges: new EdgeFacts(
                config.Paths.NameInFiles(), config.Patch.NameInFiles(), config.MinDrop is null ? config.Threshold : null, config.MinDrop,
                result.Trace.Count, result.Final.Kept.Count, result.CircuitRatio));
        return experiment.Finish(
            run, () => EdgeSummary.Of(run, edges), () => [("edgeSet", EdgesFile.Of(edges))],
            folder => JsonFile.Write(folder.Place(RunFolder.EdgesName), EdgesFile.Of(edges)));
    }

    private EdgePruningConfig Config(ModelConfig config) => new()
    {
        Circuit = _circuit is null ? Circuit.Full(config) : CircuitFile.Read(_circuit, config),
        InputSends = _allEdges,
        Ablation = _ablation,
        Patch = _allEdges ? _ablation.Kind : AblationKind.Resample,
        Paths = _asPublished ? EdgePaths.AsPublished : _paths == "strict" ? EdgePaths.Strict : EdgePaths.ThroughMlps,
        Threshold = _threshold ?? EdgePruningConfig.PublishedThreshold,
        MinDrop = _minDrop,
        PruneNodes = _pruneNodes,
        Memory = _run.Memory,
    };

    private static void Warn(ConsoleOutput console, EdgePruningConfig config, double ratio)
    {
        console.Notice(
            $"unpatched circuit: ratio {ratio:0.0000} of the full model's mean logit difference; {config.Edges.Count} edges to test");
        if (config.MinDrop is null && ratio < config.Threshold)
            console.Notice(
                $"warning: the unpatched circuit stands below the threshold {config.Threshold}, so an edge that does nothing is kept too; "
                    + "--min-drop compares with the circuit instead");
    }

    private static Step Step(EdgeProgress progress)
    {
        var decision = progress.Decision;
        return new Step(
            "edges", $"{decision.Edge} {(decision.Kept ? "kept" : "removed")}: ratio {decision.Ratio:0.0000} with it patched",
            $"{progress.KeptSoFar} kept", progress.Left, progress.WorkDone);
    }
}
