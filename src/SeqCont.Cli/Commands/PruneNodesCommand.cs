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
        var threshold = Opt.Percent("--threshold", "Percent of the full model's mean logit difference that may be lost; a node goes when less than this is lost without it", 20);
        var oneIter = Opt.Flag("--one-iter", "Stop after one backward and one forward pass (default: until a pass removes nothing)");
        var start = Opt.Text("--start", "CIRCUIT.json", "Circuit to start from (default: the whole model)");
        command.Add(threshold);
        command.Add(oneIter);
        command.Add(start);
        var ablation = new AblationOptions().AddTo(command);
        var prompts = new PromptOptions().AddTo(command);
        var model = new ModelOptions().AddTo(command);
        var folder = new FolderOptions("DIR", "Folder for circuit.json, trace.jsonl, per-prompt.jsonl and run.json (default: no files)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => new Request(
            context, parsed.GetValue(threshold), parsed.GetValue(oneIter), parsed.GetValue(start), ablation.Read(parsed),
            prompts.Read(parsed), model.Read(parsed), folder.Read(parsed), output.Read(parsed)).Run());
        return command;
    }

    private sealed record Request(
        CommandContext Context, double Threshold, bool OneIteration, string? Start, AblationConfig Ablation,
        PromptChoice Prompts, ModelChoice Model, (string? Out, bool Force) Folder, OutputChoice Output)
    {
        public int Run()
        {
            var folder = Folder.Out is { } path ? RunFolder.Claim(path, Folder.Force) : null;
            try
            {
                using var experiment = Open(out var phases);
                var people = new People(Context.Terminal, Output.Json, Output.Quiet);
                var config = new NodePruningConfig
                {
                    MinFaithfulness = (100 - Threshold) / 100,
                    OneIteration = OneIteration,
                    Ablation = Ablation,
                    Start = Start is null ? null : CircuitFile.Read(Start, experiment.Config),
                    Memory = Model.Memory,
                };
                experiment.Announce(people, Ablation);
                var result = phases.Measure("search", () => Search(experiment, config, folder, people));
                var run = experiment.Describe(Context, phases, Ablation, result.Full, result.Final, result.Circuit, 100 * result.Faithfulness, result.Trace.Count, result.Memory)
                    with
                { Threshold = Threshold, OneIteration = OneIteration, Start = Start };
                if (folder is not null) Write(folder, run, experiment);
                Print(people, run);
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
            return Experiment.Open(Model, Prompts, phases, Context.CancellationToken);
        }

        private NodePruningResult Search(Experiment experiment, NodePruningConfig config, RunFolder? folder, People people)
        {
            TraceFile? trace = null;
            var decided = 0;
            var steps = new SearchSteps(fromWholeModel: config.Start is null);
            try
            {
                var result = new JobView(people, Output.Verbose).Run("measuring the full model", show =>
                    NodePruning.Run(experiment.Model, experiment.Prompts.Clean, experiment.Prompts.Corrupted, config, new Listener(progress =>
                    {
                        if (folder is not null) (trace ??= new TraceFile(folder.Place(RunFolder.TraceName))).Append(progress.Decision);
                        decided++;
                        show(steps.Next(progress));
                    }), Context.CancellationToken));
                // A search without candidates has a trace too: an empty one.
                if (folder is not null) trace ??= new TraceFile(folder.Place(RunFolder.TraceName));
                return result;
            }
            catch (OperationCanceledException exception)
            {
                throw new CancelledException(
                    decided == 0 || folder is null ? $"after {decided} decisions; no files were written"
                        : $"after {decided} decisions, which are in {folder.Place(RunFolder.TraceName)}", exception);
            }
            finally
            {
                trace?.Dispose();
            }
        }

        private static void Write(RunFolder folder, RunRecord run, Experiment experiment)
        {
            CircuitFile.Write(folder.Place(RunFolder.CircuitName), run.Circuit, run.Score, run.Model.Name);
            AnswerFiles.WritePerPrompt(folder.Place(RunFolder.PerPromptName), run.Full, run.Final, experiment.TokenText);
            // Last: where it stands, the run is whole.
            RunFile.Write(folder.Place(RunFolder.RunName), run);
        }

        private void Print(People people, RunRecord run)
        {
            if (Output.Json) JsonOutput.Write(Context.Terminal.Out, run, Folder.Out, null);
            if (Output.Json && Output.Quiet) return;
            people.Result(Summary.OfSearch(run, Folder.Out, people.IsUnicode));
        }
    }

    private sealed class Listener(Action<SearchProgress> tell) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value) => tell(value);
    }
}
