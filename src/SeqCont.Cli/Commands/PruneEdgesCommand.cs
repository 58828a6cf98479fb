using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont prune edges: path patching inside a circuit, or on every edge of the model.</summary>
internal static class PruneEdgesCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("edges", "Edge pruning by path patching: which edges inside a circuit carry the model's answer");
        var circuit = OptionFactory.Text(
            "--circuit", "FILE",
            "circuit.json whose edges are tested; everything outside it is ablated, and a sender takes its value on the corrupted partner");
        var allEdges = OptionFactory.Flag(
            "--all-edges",
            "Test every edge of the whole model instead, the input's too; --ablation then says what a sender is replaced by");
        var threshold = OptionFactory.Real("--threshold", "RATIO", "a ratio from -10 to 10",
            "Keep an edge when the mean logit difference with it patched, over the full model's, falls below this (default: 0.8)", -10, 10);
        var minDrop = OptionFactory.Real("--min-drop", "D", "a ratio from 0 to 10",
            "Keep an edge instead when its ratio lies more than D below the unpatched circuit's", 0, 10);
        var paths = OptionFactory.Choice(
            "--paths",
            "Ways from sender to receiver that count: the direct edge only (all other nodes stand), or through MLPs too (heads stand)",
            "strict", "through-mlps");
        var asPublished = OptionFactory.Flag(
            "--as-published", "Compute what the published scripts compute, quirks included, so that their numbers can be met");
        var pruneNodes = OptionFactory.Flag("--prune-nodes", "Take out nodes from which no kept edge leads to the output");
        var resume = OptionFactory.Flag(
            "--resume", "Go on with the interrupted run in --out, after checking that model, prompts and settings are the same");
        var profile =
            OptionFactory.Flag("--profile", "Show where the time went: work, seconds and share of the machine's peak, by layer and stage");
        foreach (var option in (Option[])[circuit, allEdges, threshold, minDrop, paths, asPublished, pruneNodes, resume, profile])
            command.Add(option);
        var ablation = new AblationOptions().AddTo(command);
        var prompts = new PromptOptions().AddTo(command);
        var run = new RunOptions(
            context, "DIR",
            "Folder for circuit.json, edges.json, edges-trace.jsonl, per-prompt.jsonl and run.json (default: no files)").AddTo(command);
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(asPublished)
                ? EdgePaths.AsPublished : parsed.GetRequiredValue(paths) == "strict" ? EdgePaths.Strict : EdgePaths.ThroughMlps;
            if (parsed.GetValue(asPublished) && parsed.GetResult(paths) is { Implicit: false })
                throw new UsageException("--as-published: has ways of its own for every kind of edge; give it without --paths.");
            return new Request(
                parsed.GetValue(circuit), parsed.GetValue(allEdges), parsed.GetValue(threshold), parsed.GetValue(minDrop), chosen,
                parsed.GetValue(pruneNodes),
                parsed.GetValue(resume), parsed.GetValue(profile), ablation.Read(parsed), prompts.Read(parsed), run.Read(parsed)).Run();
        });
        return command;
    }

    private sealed record Request(
        string? Circuit, bool AllEdges, double? Threshold, double? MinDrop, EdgePaths Paths, bool PruneNodes, bool Resume, bool Profile,
        AblationConfig Ablation,
        PromptChoice Prompts, RunChoice Choice)
    {
        public int Run()
        {
            Check();
            return RunSession.Run(Choice, session =>
            {
                using var experiment = Experiment.Open(session, Choice.Model, Prompts, Profile);
                var config = Config(experiment.Config);
                var (clean, corrupted) = (experiment.Prompts.Clean, experiment.Prompts.Corrupted);
                experiment.Announce(session, EdgeMemory.For(experiment.Config, experiment.Ops, clean, corrupted, config).PredictedBytes);
                var result = session.Search(DecisionRows.Edges, experiment.Settings(config.Settings), (resume, decided, show) => EdgePruning.Run(
                    experiment.Model, clean, corrupted, config with { Resume = resume }, (full, whole) =>
                        Warn(session.Console, config, whole.Mean / full.Mean),
                    new SynchronousProgress<EdgeProgress>(progress =>
                    {
                        decided(progress.Decision);
                        show(Step(progress));
                    }), session.CancellationToken));
                var edges = Record(experiment, config, result);
                var run = Describe(session, experiment, config, result);
                return session.Finish(
                    folder => Write(folder, run, edges, experiment), json => WriteJson(json, run, edges),
                    () => EdgeSummary.Of(run, edges, Choice.Out));
            }, resume: Resume);
        }

        private void Check()
        {
            Choice.RequireResumable(Resume);
            if (Circuit is null == !AllEdges)
                throw new UsageException("prune edges: expected either --circuit FILE or --all-edges. See 'seqcont prune edges --help'.");
            if (AllEdges && Paths == EdgePaths.AsPublished)
                throw new UsageException("--as-published: the published scripts test edges inside a circuit; give --circuit FILE.");
            if (Threshold is not null && MinDrop is not null)
                throw new UsageException("--min-drop: replaces the rule of --threshold; give one of them.");
        }

        private EdgePruningConfig Config(ModelConfig config) => new()
        {
            Circuit = Circuit is null ? Circuits.Circuit.Full(config) : CircuitFile.Read(Circuit, config),
            InputSends = AllEdges,
            Ablation = Ablation,
            Patch = AllEdges ? Ablation.Kind : AblationKind.Resample,
            Paths = Paths,
            Threshold = Threshold ?? EdgePruningConfig.PublishedThreshold,
            MinDrop = MinDrop,
            PruneNodes = PruneNodes,
            Memory = Choice.Model.Memory,
        };

        private static void Warn(ConsoleOutput console, EdgePruningConfig config, double ratio)
        {
            console.Notice(FormattableString.Invariant(
                $"unpatched circuit: ratio {ratio:0.0000} of the full model's mean logit difference; {config.Edges.Count} edges to test"));
            if (config.MinDrop is null && ratio < config.Threshold)
            {
                console.Notice(string.Create(
                    CultureInfo.InvariantCulture,
                    $"warning: the unpatched circuit stands below the threshold {config.Threshold}, so an edge that does nothing is kept "
                        + $"too; "
                        + $"--min-drop compares with the circuit instead"));
            }
        }

        private static Step Step(EdgeProgress progress)
        {
            var decision = progress.Decision;
            var detail = FormattableString.Invariant(
                $"{decision.Edge} {(decision.Kept ? "kept" : "removed")}: ratio {decision.Ratio:0.0000} with it patched");
            return new Step("edges", detail, $"{progress.KeptSoFar} kept", progress.Left, progress.WorkDone);
        }

        private static EdgesRecord Record(Experiment experiment, EdgePruningConfig config, EdgePruningResult result)
        {
            var kept = result.Final.Kept.ToHashSet();
            return new EdgesRecord
            {
                Model = experiment.ModelName,
                Search = config with { Circuit = result.Final.Circuit },
                FullMetric = result.Full.Mean.Mean,
                CircuitMetric = result.Unpatched.Mean.Mean,
                FinalMetric = result.Final.Answers.Mean.Mean,
                Edges = [.. result.Trace.Select(decision =>
                    new ScoredEdge(decision.Edge, decision.LogitDiff.Mean, decision.Ratio, kept.Contains(decision.Edge)))],
            };
        }

        private RunRecord Describe(RunSession session, Experiment experiment, EdgePruningConfig config, EdgePruningResult result) => new()
        {
            Header = experiment.Header(session, result.PredictedBytes),
            Ablation = Ablation,
            Start = Circuit,
            Full = result.Full,
            Final = result.Final.Answers,
            Circuit = result.Final.Circuit,
            Score = 100 * result.Final.Ratio,
            Candidates = result.Trace.Count,
            Edges = new EdgeFacts(
                config.Paths.NameInFiles(), config.Patch.NameInFiles(), config.MinDrop is null ? config.Threshold : null, config.MinDrop,
                result.Trace.Count, result.Final.Kept.Count, result.CircuitRatio),
        };

        private static void Write(RunFolder folder, RunRecord run, EdgesRecord edges, Experiment experiment)
        {
            JsonFile.Write(folder.Place(RunFolder.CircuitName), CircuitFile.Of(run.Circuit, run.Score, run.Header.Origin.Model.Name));
            JsonFile.Write(folder.Place(RunFolder.EdgesName), EdgesFile.Of(edges));
            JsonFile.WriteRows(folder.Place(RunFolder.PerPromptName), AnswerFiles.PerPrompt(run.Full, run.Final, experiment.TokenText));
            // Last: where it stands, the run is whole.
            JsonFile.Write(folder.Place(RunFolder.RunName), RunFile.Of(run));
        }

        private static void WriteJson(Utf8JsonWriter json, RunRecord run, EdgesRecord edges)
        {
            json.WriteFields(RunFile.Of(run));
            JsonOutput.WriteObject(json, "edgeSet", set => set.WriteFields(EdgesFile.Of(edges)));
        }
    }
}
