using System.CommandLine;
using System.Diagnostics;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont compare: circuits beside each other, on every task, against random ones, and in what they share.</summary>
internal static class CompareCommand
{
    private const long DefaultRandom = 10, MostRandom = 10_000;

    public static Command Build(CommandContext context)
    {
        var command = new Command("compare", "Scores circuits on tasks, every one on every task, beside random circuits of their size, and says what they share");
        var circuits = new Argument<string[]>("CIRCUIT") { Description = "circuit.json or edges.json files, or runs' folders (their edges where they have some)", Arity = ArgumentArity.OneOrMore };
        var random = OptionFactory.Whole("--random", "Random circuits of as many heads and MLPs to score beside each, and random sets of as many edges; 0 for none", DefaultRandom);
        command.Add(circuits);
        command.Add(random);
        var tasks = new TasksOptions().AddTo(command);
        var ablation = new AblationOptions().AddTo(command);
        var model = new ModelOptions().AddTo(command);
        var folder = new FolderOptions("DIR", "Folder for compare.json, compare-scores.svg and compare-overlap.svg; may be a run's folder (default: no files)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(random);
            if (count is < 0 or > MostRandom) throw new UsageException($"--random: expected a whole number from 0 to {MostRandom}, got {count}.");
            return new Request(
                context, parsed.GetRequiredValue(circuits), tasks.Read(parsed), (int)count, kind => ablation.Read(parsed, kind),
                model.Read(parsed), folder.Read(parsed), output.Read(parsed)).Run();
        });
        return command;
    }

    private sealed record Request(
        CommandContext Context, string[] Typed, IReadOnlyList<PromptChoice> Tasks, int Random, Func<AblationKind?, AblationConfig> AblationOf,
        ModelChoice Model, (string? Out, bool Force) Folder, OutputChoice Output)
    {
        public int Run()
        {
            var files = CircuitSources.Files(Typed);
            var folder = Folder.Out is { } path ? RunFolder.ClaimBeside(path, CompareFile.Patterns, Folder.Force) : null;
            try
            {
                var phases = new Phases();
                var prompts = new List<PromptSource>();
                using var experiment = Experiment.Open(Model, Tasks[0], (source, tokenizer) => Open(source, tokenizer, prompts), phases, Context.CancellationToken);
                var console = new ConsoleOutput(Context.Terminal, Output.Json, Output.Quiet);
                var circuits = CircuitSources.Read(files, experiment.Config, AblationOf, Model.Memory);
                ComparedTask[] tasks = [.. prompts.Select(source => new ComparedTask(source.Task!, source.Clean, source.Corrupted))];
                var predicted = CircuitComparison.PredictBytes(experiment.Config, experiment.Ops, circuits, tasks, Model.Memory);
                experiment.Announce(console, predicted);
                foreach (var other in prompts.Skip(1)) console.Notice($"and {other.Description}");
                var result = phases.Measure("compare", () => Compare(experiment, circuits, tasks, console));
                var record = Record(experiment, files, prompts, result, phases, predicted);
                if (folder is not null) Write(folder, record);
                if (Output.Json) JsonOutput.Write(Context.Terminal.Out, json =>
                {
                    CompareFile.WriteFields(json, record);
                    json.WriteString("out", Folder.Out);
                });
                if (!Output.Json || !Output.Quiet) console.Result(CompareTables.Of(record, Folder.Out));
                return CommandLine.Done;
            }
            catch (OperationCanceledException exception)
            {
                throw new CancelledException("no files were written", exception);
            }
            finally
            {
                folder?.Abandon();
            }
        }

        /// <summary>All tasks' prompts; the first one's stand for them where one is asked for.</summary>
        private PromptSource Open(ModelSource source, Gpt2Tokenizer? tokenizer, List<PromptSource> prompts)
        {
            foreach (var task in Tasks) prompts.Add(PromptSource.Open(task, source, tokenizer));
            if (prompts.GroupBy(prompt => prompt.Task).FirstOrDefault(group => group.Count() > 1) is { } twice)
                throw new InvalidDataException($"--tasks: expected tasks of different names, got {twice.Key} twice.");
            return prompts[0];
        }

        private CircuitComparisonResult Compare(Experiment experiment, ComparedCircuit[] circuits, ComparedTask[] tasks, ConsoleOutput console) =>
            new JobView(console, Output.Verbose, "scores").Run("measuring the full model", show => CircuitComparison.Run(
                experiment.Model, circuits, tasks, Random, Tasks[0].Seed, Model.Memory,
                new SynchronousProgress<ComparisonProgress>(progress => show(new Step(
                    progress.Task, FormattableString.Invariant($"{progress.Circuit ?? "random"} {100 * progress.Faithfulness:0.00} %"), $"{circuits.Length} {(circuits.Length == 1 ? "circuit" : "circuits")}", progress.Left))),
                Context.CancellationToken));

        private CompareRecord Record(Experiment experiment, string[] files, List<PromptSource> prompts, CircuitComparisonResult result, Phases phases, long predicted)
        {
            using var process = Process.GetCurrentProcess();
            return new CompareRecord
            {
                Origin = experiment.Origin(Context, phases),
                Prompts = [.. prompts.Select(source => new TaskFacts(source.CleanFacts, source.CorruptedFacts))],
                Bos = prompts[0].Bos,
                Files = files,
                RandomCircuits = Random,
                Device = Backend.DeviceOf(experiment.Ops),
                Backend = experiment.Ops.Name,
                Precision = Model.Precision,
                Seed = Tasks[0].Seed,
                Result = result,
                Seconds = phases.Seconds(),
                PredictedPeakBytes = predicted,
                PeakBytes = process.PeakWorkingSet64,
            };
        }

        private static void Write(RunFolder folder, CompareRecord record)
        {
            PictureFile.Write(folder.Place(CompareFile.ScoresName), ComparePictures.Scores(record.Result));
            PictureFile.Write(folder.Place(CompareFile.OverlapName), ComparePictures.Overlap(record.Result));
            CompareFile.Write(folder.Place(CompareFile.Name), record);
        }
    }
}
