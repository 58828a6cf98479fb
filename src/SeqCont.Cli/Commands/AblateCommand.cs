using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont ablate: scores one given circuit, or every single node.</summary>
internal sealed class AblateCommand(OptionTable options)
{
    private readonly string? _keep = options.Text("--keep", "FILE",
        "circuit.json whose nodes, or edges.json whose edges are kept; other nodes are ablated, other edges carry patched values (default: "
            + "the whole model)");

    private readonly NodeId[] _drop = NodeList.Parse(
        "--drop", options.Text("--drop", "NODES",
            "Nodes to ablate, such as 9.1,m9 or a9.h1,m9; taken out of --keep when both are given"),
        "nodes such as 9.1, a9.h1 or m9", "", _ => true);

    private readonly bool _each = options.Flag("--each", "Score the circuit less each of its nodes, one at a time (default: off)");
    private readonly AblationConfig _ablation = AblationOptions.Read(options);
    private readonly PromptChoice _prompts = PromptOptions.Read(options);
    private readonly RunChoice _run = RunChoice.Read(
        options, "DIR", "Folder for circuit.json, per-prompt.jsonl, run.json and, with --each, each.jsonl (default: no files)");

    public int Run() => _keep is null && _drop.Length == 0 && !_each
        ? throw new UsageException("ablate: expected --keep FILE, --drop NODES or --each. See 'seqcont ablate --help'.")
        : RunSession.Run(_run, Run);

    private int Run(RunSession session)
    {
        using var experiment = new Experiment(session, _prompts);
        var circuit = CircuitOf(experiment.Config);
        experiment.Announce(_ablation);
        var (score, effects) = Score(session, experiment, circuit);
        session.CancellationToken.ThrowIfCancellationRequested();
        var run = new RunRecord(
            Header: experiment.Header(score.PredictedBytes),
            Ablation: _ablation,
            Start: _keep,
            Full: score.Full,
            Final: score.Answers,
            Circuit: circuit,
            Score: 100 * score.Faithfulness,
            Candidates: 1 + (effects?.Count ?? 0));
        return experiment.Finish(
            run, () => Summary.OfAblation(run, effects is not null),
            () => [("circuit", CircuitFile.Of(circuit)), ("each?", Json.List(effects, AnswerFiles.Effect))],
            folder =>
            {
                if (effects is not null) JsonFile.WriteRows(folder.Place(RunFolder.EachName), effects.Select(AnswerFiles.Effect));
            },
            () => effects is null ? CircuitGrid.Of(circuit, session.Console.IsUnicode) : CircuitGrid.Of(circuit, effects));
    }

    private Circuit CircuitOf(ModelConfig config)
    {
        var circuit = _keep is null ? Circuit.Full(config) : CircuitFile.Read(_keep, config);
        foreach (var node in _drop)
        {
            NodeList.Require("--drop", node, "node", config, _run.Model.Model);
            if (!circuit.Contains(node)) throw new UsageException($"--drop: {node} is not in the circuit, or was given twice.");
            circuit = circuit.Without(node);
        }

        return circuit;
    }

    private (CircuitScore Score, IReadOnlyList<NodeEffect>? Effects) Score(RunSession session, Experiment experiment, Circuit circuit)
    {
        var (model, clean, corrupted) = (experiment.Model, experiment.Clean, experiment.Corrupted);
        if (_keep is not null && EdgesFile.IsEdges(_keep))
            return (session.Phases.Measure("ablation", () => ScoreEdges(experiment, EdgesFile.Read(_keep, experiment.Config))), null);
        if (!_each)
            return (session.Phases.Measure(
                "ablation", () => CircuitAblation.Score(model, clean, corrupted, circuit, _ablation, _run.Memory)), null);
        var left = circuit.Count;
        return session.Measure(
            "ablation", "measuring the full model", "candidates",
            (NodeEffect effect) => new Step("each", $"{effect.Node} {Lines.Percent(effect.Faithfulness)} %", "one node at a time", --left),
            progress => CircuitAblation.ScoreEach(
                model, clean, corrupted, circuit, _ablation, _run.Memory, progress, cancellationToken: session.CancellationToken));
    }

    /// <summary>Edges of the file that are not kept, and those that it does not list, carry patched values.</summary>
    private CircuitScore ScoreEdges(Experiment experiment, EdgesRecord edges)
    {
        if (_each || _drop.Length > 0)
            throw new UsageException($"--keep: {_keep} names edges; --each and --drop take nodes out of a circuit.json.");
        var config = CircuitSources.EdgesOf(edges, _ablation.Of(edges.Search.Ablation.Kind, options), _run.Memory);
        var (full, score, bytes) =
            EdgePruning.ScoreSet(experiment.Model, experiment.Clean, experiment.Corrupted, config, [.. edges.Kept]);
        return new CircuitScore(
            Circuit: edges.Search.Circuit, Faithfulness: score.Ratio, Full: full, Answers: score.Answers, PredictedBytes: bytes);
    }
}
