using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont prune nodes: iterative node pruning, from prompts to a circuit of heads and MLPs.</summary>
internal sealed class PruneNodesCommand(OptionTable options)
{
    private readonly double _threshold = options.Real("--threshold", "PERCENT", "a percentage from 0 to 100",
        "Percent of the full model's mean logit difference that may be lost; a node goes when less than this is lost without it", 0, 100,
        20.0);

    private readonly bool _oneIteration =
        options.Flag("--one-iter", "Stop after one backward and one forward pass (default: until a pass removes nothing)");

    private readonly string? _start = options.Text("--start", "CIRCUIT.json", "Circuit to start from (default: the whole model)");

    private readonly double? _earlyStop = options.Real<double?>("--early-stop", "ALPHA", "a probability from 0.000001 to 0.25",
        "Decide clear candidates on part of the prompts; ALPHA is the chance of a wrong verdict that is accepted per decision, such as "
            + "0.001 (default: every candidate on all prompts)", 1e-6, 0.25);

    private readonly SearchChoice _search = SearchChoice.Read(options);
    private readonly AblationConfig _ablation = AblationOptions.Read(options);
    private readonly PromptChoice _prompts = PromptOptions.Read(options);
    private readonly RunChoice _run = RunChoice.Read(
        options, "DIR", "Folder for circuit.json, trace.jsonl, per-prompt.jsonl and run.json (default: no files)");

    public int Run()
    {
        _search.Require(_run.Folder);
        return RunSession.Run(_run, Run, resume: _search.Resume);
    }

    private int Run(RunSession session)
    {
        using var experiment = new Experiment(session, _prompts, _search.Profile);
        var config = new NodePruningConfig
        {
            MinFaithfulness = (100 - _threshold) / 100,
            OneIteration = _oneIteration,
            Ablation = _ablation,
            Start = _start is null ? null : CircuitFile.Read(_start, experiment.Config),
            Memory = _run.Memory,
            EarlyStop = _earlyStop,
            Seed = _prompts.Seed,
        };
        experiment.Announce(_ablation);
        var steps = new SearchSteps(config.Start is null);
        var result = session.Search(
            DecisionRows.Nodes, experiment.Settings(config.Settings),
            (SearchProgress progress) => (progress.Decision, steps.Next(progress)),
            (resume, progress) => NodePruning.Run(experiment.Model, experiment.Clean, experiment.Corrupted, config with { Resume = resume },
                progress, session.CancellationToken));
        var run = new RunRecord(
            Header: experiment.Header(result.Memory.PredictedBytes),
            Ablation: _ablation,
            Threshold: _threshold,
            OneIteration: _oneIteration,
            Start: _start,
            EarlyStop: _earlyStop,
            PromptShare: result.Trace.Count == 0 ? 1 : result.Trace.Average(decision => decision.Prompts) / experiment.Clean.Count,
            Full: result.Full,
            Final: result.Final,
            Circuit: result.Circuit,
            Score: 100 * result.Faithfulness,
            Candidates: result.Trace.Count);
        return experiment.Finish(
            run, () => Summary.OfSearch(run), () => [("circuit", CircuitFile.Of(run.Circuit))],
            grid: () => CircuitGrid.Of(run.Circuit, session.Console.IsUnicode));
    }
}
