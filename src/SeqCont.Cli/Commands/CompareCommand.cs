using System.CommandLine;
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
        var command = new Command(
            "compare", "Scores circuits on tasks, every one on every task, beside random circuits of their size, and says what they share");
        var circuits = new Argument<string[]>("CIRCUIT")
        {
            Description =
            "circuit.json or edges.json files, or runs' folders (their edges where they have some)",
            Arity = ArgumentArity.OneOrMore
        };
        var random = OptionFactory.Whole(
            "--random", "Random circuits of as many heads and MLPs to score beside each, and random sets of as many edges; 0 for none",
            DefaultRandom);
        command.Add(circuits);
        command.Add(random);
        var tasks = new TasksOptions().AddTo(command);
        var ablation = new AblationOptions().AddTo(command);
        var run = new RunOptions(
            context, "DIR",
            "Folder for compare.json, compare-scores.svg and compare-overlap.svg; may be a run's folder (default: no files)").AddTo(
                command);
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(random);
            if (count is < 0 or > MostRandom)
                throw new UsageException($"--random: expected a whole number from 0 to {MostRandom}, got {count}.");
            return new Request(
                parsed.GetRequiredValue(circuits), tasks.Read(parsed), (int)count, kind => ablation.Read(parsed, kind),
                run.Read(parsed)).Run();
        });
        return command;
    }

    private sealed record Request(
        string[] Typed, IReadOnlyList<PromptChoice> Tasks, int Random, Func<AblationKind?, AblationConfig> AblationOf,
        RunChoice Choice)
    {
        public int Run()
        {
            var files = CircuitSources.Files(Typed);
            return RunSession.Run(Choice, session =>
            {
                var prompts = new List<PromptSource>();
                using var experiment = Experiment.Open(session, Choice.Model, Tasks[0],
                    (source, tokenizer) => Open(source, tokenizer, prompts));
                var circuits = CircuitSources.Read(files, experiment.Config, AblationOf, Choice.Model.Memory);
                ComparedTask[] tasks = [.. prompts.Select(source => new ComparedTask(source.Task!, source.Clean, source.Corrupted))];
                var predicted = CircuitComparison.PredictBytes(experiment.Config, experiment.Ops, circuits, tasks, Choice.Model.Memory);
                experiment.Announce(session, predicted);
                foreach (var other in prompts.Skip(1)) session.Console.Notice($"and {other.Description}");
                var result = session.Phases.Measure("compare", () => Compare(session, experiment, circuits, tasks));
                var record = new CompareRecord
                {
                    Header = experiment.Header(session, predicted) with { Task = null, Clean = null, Corrupted = null },
                    Prompts = [.. prompts.Select(source => new TaskFacts(source.CleanFacts, source.CorruptedFacts))],
                    Files = files,
                    RandomCircuits = Random,
                    Result = result,
                };
                return session.Finish(
                    folder => Write(folder, record), json => json.WriteFields(CompareFile.Of(record)), () => CompareTables.Of(record,
                        Choice.Out));
            }, CompareFile.Patterns);
        }

        /// <summary>All tasks' prompts; the first one's stand for them where one is asked for.</summary>
        private PromptSource Open(ModelSource source, Gpt2Tokenizer? tokenizer, List<PromptSource> prompts)
        {
            foreach (var task in Tasks) prompts.Add(PromptSource.Open(task, source, tokenizer));
            if (prompts.GroupBy(prompt => prompt.Task).FirstOrDefault(group => group.Count() > 1) is { } twice)
                throw new InvalidDataException($"--tasks: expected tasks of different names, got {twice.Key} twice.");
            return prompts[0];
        }

        private CircuitComparisonResult Compare(
            RunSession session, Experiment experiment, ComparedCircuit[] circuits, ComparedTask[] tasks) =>
            session.Show("measuring the full model", show => CircuitComparison.Run(
                experiment.Model, circuits, tasks, Random, Tasks[0].Seed, Choice.Model.Memory,
                new SynchronousProgress<ComparisonProgress>(progress => show(new Step(
                    progress.Task, FormattableString.Invariant($"{progress.Circuit ?? "random"} {100 * progress.Faithfulness:0.00} %"),
                    $"{circuits.Length} {(circuits.Length == 1 ? "circuit" : "circuits")}", progress.Left))),
                session.CancellationToken), "scores");

        private static void Write(RunFolder folder, CompareRecord record)
        {
            PictureFile.Write(folder.Place(CompareFile.ScoresName), ComparePictures.Scores(record.Result));
            PictureFile.Write(folder.Place(CompareFile.OverlapName), ComparePictures.Overlap(record.Result));
            JsonFile.Write(folder.Place(CompareFile.Name), CompareFile.Of(record));
        }
    }
}
