using System.CommandLine;
using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont ablate: scores one given circuit, or every single node.</summary>
internal static class AblateCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("ablate", "Scores a given circuit, or the loss of every single node");
        var keep = OptionFactory.Text(
            "--keep", "FILE",
            "circuit.json whose nodes, or edges.json whose edges are kept; other nodes are ablated, other edges carry patched values "
                + "(default: the whole model)");
        var drop =
            OptionFactory.Text("--drop", "NODES", "Nodes to ablate, such as 9.1,m9 or a9.h1,m9; taken out of --keep when both are given");
        var each = OptionFactory.Flag("--each", "Score the circuit less each of its nodes, one at a time (default: off)");
        command.Add(keep);
        command.Add(drop);
        command.Add(each);
        var ablation = new AblationOptions().AddTo(command);
        var prompts = new PromptOptions().AddTo(command);
        var run = new RunOptions(
            context, "DIR", "Folder for circuit.json, per-prompt.jsonl, run.json and, with --each, each.jsonl (default: no files)").AddTo(
                command);
        command.SetAction(parsed => new Request(
            parsed.GetValue(keep), Nodes(parsed.GetValue(drop)), parsed.GetValue(each), ablation.Read(parsed), kind =>
                ablation.Read(parsed, kind),
            prompts.Read(parsed), run.Read(parsed)).Run());
        return command;
    }

    private static NodeId[] Nodes(string? text)
    {
        if (text is null) return [];
        var nodes = new List<NodeId>();
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!NodeId.TryParse(name, out var node))
                throw new UsageException($"--drop: expected nodes such as 9.1, a9.h1 or m9, separated by commas, got '{name}'.");
            nodes.Add(node);
        }

        return [.. nodes];
    }

    private sealed record Request(
        string? Keep, NodeId[] Drop, bool Each, AblationConfig Ablation, Func<AblationKind, AblationConfig> AblationOfFile,
        PromptChoice Prompts, RunChoice Choice)
    {
        public int Run()
        {
            if (Keep is null && Drop.Length == 0 && !Each)
                throw new UsageException("ablate: expected --keep FILE, --drop NODES or --each. See 'seqcont ablate --help'.");
            return RunSession.Run(Choice, session =>
            {
                using var experiment = Experiment.Open(session, Choice.Model, Prompts);
                var circuit = CircuitOf(experiment.Config);
                experiment.Announce(session, Ablation);
                var (score, effects) = session.Phases.Measure("ablation", () => Score(session, experiment, circuit));
                session.CancellationToken.ThrowIfCancellationRequested();
                var run = new RunRecord
                {
                    Header = experiment.Header(session, score.PredictedBytes),
                    Ablation = Ablation,
                    Start = Keep,
                    Full = score.Full,
                    Final = score.Answers,
                    Circuit = circuit,
                    Score = 100 * score.Faithfulness,
                    Candidates = 1 + (effects?.Count ?? 0),
                };
                return session.Finish(
                    folder => Write(folder, run, effects, experiment), json => WriteJson(json, run, effects),
                    () => Summary.OfAblation(run, effects, Choice.Out, session.Console.IsUnicode));
            });
        }

        private Circuit CircuitOf(ModelConfig config)
        {
            var circuit = Keep is null ? Circuit.Full(config) : CircuitFile.Read(Keep, config);
            foreach (var node in Drop)
            {
                if (!((NodeSpace)config).Has(node))
                    throw new UsageException(
                        $"--drop: {node} is not a node of {Choice.Model.Model}, which has {(NodeSpace)config} (counted from 0).");
                if (!circuit.Contains(node)) throw new UsageException($"--drop: {node} is not in the circuit, or was given twice.");
                circuit = circuit.Without(node);
            }

            return circuit;
        }

        private (CircuitScore Score, IReadOnlyList<NodeEffect>? Effects) Score(RunSession session, Experiment experiment, Circuit circuit)
        {
            var (clean, corrupted) = (experiment.Prompts.Clean, experiment.Prompts.Corrupted);
            if (Keep is not null && EdgesFile.IsEdges(Keep)) return (ScoreEdges(experiment, EdgesFile.Read(Keep, experiment.Config)), null);
            if (!Each) return (CircuitAblation.Score(experiment.Model, clean, corrupted, circuit, Ablation, experiment.Memory), null);
            return session.Show("measuring the full model", show =>
            {
                var left = circuit.Count;
                return CircuitAblation.ScoreEach(experiment.Model, clean, corrupted, circuit, Ablation, experiment.Memory,
                    new SynchronousProgress<NodeEffect>(effect =>
                    show(new Step("each", FormattableString.Invariant($"{effect.Node} {100 * effect.Faithfulness:0.00} %"),
                        "one node at a time", --left))),
                    cancellationToken: session.CancellationToken);
            });
        }

        /// <summary>Edges of the file that are not kept, and those that it does not list, carry patched values.</summary>
        private CircuitScore ScoreEdges(Experiment experiment, EdgesRecord edges)
        {
            if (Each || Drop.Length > 0)
                throw new UsageException($"--keep: {Keep} names edges; --each and --drop take nodes out of a circuit.json.");
            var config = EdgeSets.Config(edges, AblationOfFile(edges.Search.Ablation.Kind), experiment.Memory);
            var (full, score, bytes) =
                EdgePruning.ScoreSet(experiment.Model, experiment.Prompts.Clean, experiment.Prompts.Corrupted, config, [.. edges.Kept]);
            return new CircuitScore(
                Circuit: edges.Search.Circuit, Faithfulness: score.Ratio, Full: full, Answers: score.Answers, PredictedBytes: bytes);
        }

        private static void Write(RunFolder folder, RunRecord run, IReadOnlyList<NodeEffect>? effects, Experiment experiment)
        {
            JsonFile.Write(folder.Place(RunFolder.CircuitName), CircuitFile.Of(run.Circuit, run.Score, run.Header.Origin.Model.Name));
            JsonFile.WriteRows(folder.Place(RunFolder.PerPromptName), AnswerFiles.PerPrompt(run.Full, run.Final, experiment.TokenText));
            if (effects is not null) JsonFile.WriteRows(folder.Place(RunFolder.EachName), effects.Select(AnswerFiles.Effect));
            JsonFile.Write(folder.Place(RunFolder.RunName), RunFile.Of(run));
        }

        private static void WriteJson(Utf8JsonWriter json, RunRecord run, IReadOnlyList<NodeEffect>? effects)
        {
            JsonOutput.WriteRun(json, run);
            json.WriteFields([("each?", Json.List(effects, AnswerFiles.Effect))]);
        }
    }
}
