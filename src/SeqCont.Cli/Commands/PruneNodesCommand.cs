using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont prune nodes: iterative node pruning, from prompts to a circuit of heads and MLPs.</summary>
internal static class PruneNodesCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("nodes", "Iterative node pruning: removes heads and MLPs one by one while the model's answer survives");
        var threshold = OptionFactory.Percent("--threshold", "Percent of the full model's mean logit difference that may be lost; a node goes when less than this is lost without it", 20);
        var oneIter = OptionFactory.Flag("--one-iter", "Stop after one backward and one forward pass (default: until a pass removes nothing)");
        var start = OptionFactory.Text("--start", "CIRCUIT.json", "Circuit to start from (default: the whole model)");
        var earlyStop = OptionFactory.Probability("--early-stop", "ALPHA", "Decide clear candidates on part of the prompts; ALPHA is the chance of a wrong verdict that is accepted per decision, such as 0.001 (default: every candidate on all prompts)");
        var resume = OptionFactory.Flag("--resume", "Go on with the interrupted run in --out, after checking that model, prompts and settings are the same");
        var profile = OptionFactory.Flag("--profile", "Show where the time went: work, seconds and share of the machine's peak, by layer and stage");
        command.Add(threshold);
        command.Add(oneIter);
        command.Add(start);
        command.Add(earlyStop);
        command.Add(resume);
        command.Add(profile);
        var ablation = new AblationOptions().AddTo(command);
        var prompts = new PromptOptions().AddTo(command);
        var model = new ModelOptions().AddTo(command);
        var folder = new FolderOptions("DIR", "Folder for circuit.json, trace.jsonl, per-prompt.jsonl and run.json (default: no files)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => new Request(
            context, parsed.GetValue(threshold), parsed.GetValue(oneIter), parsed.GetValue(start), parsed.GetValue(earlyStop), parsed.GetValue(resume), parsed.GetValue(profile), ablation.Read(parsed),
            prompts.Read(parsed), model.Read(parsed), folder.Read(parsed), output.Read(parsed)).Run());
        return command;
    }

    private sealed record Request(
        CommandContext Context, double Threshold, bool OneIteration, string? Start, double? EarlyStop, bool Resume, bool Profile, AblationConfig Ablation,
        PromptChoice Prompts, ModelChoice Model, (string? Out, bool Force) Folder, OutputChoice Output)
    {
        public int Run()
        {
            if (Resume && Folder.Out is null) throw new UsageException("--resume needs --out, the folder of the interrupted run.");
            if (Resume && Folder.Force) throw new UsageException("--resume goes on with a run and --force replaces it: give one of them.");
            var folder = Folder.Out is { } path ? RunFolder.Claim(path, Folder.Force, Resume) : null;
            try
            {
                using var experiment = Open(out var phases);
                var console = new ConsoleOutput(Context.Terminal, Output.Json, Output.Quiet);
                var config = new NodePruningConfig
                {
                    MinFaithfulness = (100 - Threshold) / 100,
                    OneIteration = OneIteration,
                    Ablation = Ablation,
                    Start = Start is null ? null : CircuitFile.Read(Start, experiment.Config),
                    Memory = Model.Memory,
                    EarlyStop = EarlyStop,
                    Seed = Prompts.Seed,
                };
                experiment.Announce(console, Ablation);
                using var journal = folder is null ? null : new SearchJournal(folder, experiment.Settings(config));
                if (journal?.Decisions.Count > 0) console.Notice($"resuming after {journal.Decisions.Count} decisions");
                var result = phases.Measure("search", () => Search(experiment, config with { Resume = journal?.Decisions ?? [] }, journal, console));
                var run = experiment.Describe(Context, phases, Ablation, result.Full, result.Final, result.Circuit, 100 * result.Faithfulness, result.Trace.Count, result.Memory.PredictedBytes)
                    with
                {
                    Threshold = Threshold,
                    OneIteration = OneIteration,
                    Start = Start,
                    EarlyStop = EarlyStop,
                    PromptShare = result.Trace.Count == 0 ? 1 : result.Trace.Average(decision => decision.Prompts) / experiment.Prompts.Clean.Count,
                };
                journal?.Begin();
                if (folder is not null) Write(folder, run, experiment);
                Print(console, run);
                return CommandLine.Done;
            }
            finally
            {
                folder?.Abandon();
            }
        }

        private Experiment Open(out Phases phases)
        {
            phases = new Phases();
            return Experiment.Open(Model, Prompts, phases, Context.CancellationToken, Profile);
        }

        private NodePruningResult Search(Experiment experiment, NodePruningConfig config, SearchJournal? journal, ConsoleOutput console)
        {
            var decided = config.Resume.Count;
            try
            {
                var steps = new SearchSteps(config.Start is null);
                return new JobView(console, Output.Verbose).Run("measuring the full model", show =>
                    NodePruning.Run(experiment.Model, experiment.Prompts.Clean, experiment.Prompts.Corrupted, config, new SynchronousProgress<SearchProgress>(progress =>
                    {
                        journal?.Append(progress.Decision);
                        decided++;
                        show(steps.Next(progress));
                    }), Context.CancellationToken));
            }
            catch (OperationCanceledException exception)
            {
                throw new CancelledException(
                    decided == 0 || journal is null ? $"after {decided} decisions; no files were written"
                        : $"after {decided} decisions, which are in {journal.Path}; --resume goes on from there", exception);
            }
        }

        private static void Write(RunFolder folder, RunRecord run, Experiment experiment)
        {
            CircuitFile.Write(folder.Place(RunFolder.CircuitName), run.Circuit, run.Score, run.Origin.Model.Name);
            AnswerFiles.WritePerPrompt(folder.Place(RunFolder.PerPromptName), run.Full, run.Final, experiment.TokenText);
            // Last: where it stands, the run is whole.
            RunFile.Write(folder.Place(RunFolder.RunName), run);
        }

        private void Print(ConsoleOutput console, RunRecord run)
        {
            if (Output.Json) JsonOutput.Write(Context.Terminal.Out, run, Folder.Out, null);
            if (Output.Json && Output.Quiet) return;
            console.Result(Summary.OfSearch(run, Folder.Out, console.IsUnicode));
        }
    }
}
