using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont compare: circuits beside each other, on every task, against random ones, and in what they share.</summary>
internal sealed class CompareCommand(OptionTable options)
{
    private const long MostRandom = 10_000;

    private readonly string[] _circuits = options.Argument<string[]>("CIRCUIT",
        "circuit.json or edges.json files, or runs' folders (their edges where they have some)", ArgumentArity.OneOrMore);

    private readonly long _random = options.Whole("--random",
        "Random circuits of as many heads and MLPs to score beside each, and random sets of as many edges; 0 for none", 10);

    private readonly IReadOnlyList<PromptChoice> _tasks = PromptOptions.ReadTasks(options);
    private readonly AblationConfig _ablation = AblationOptions.Read(options);
    private readonly RunChoice _run = RunChoice.Read(options, "DIR",
        "Folder for compare.json, compare-scores.svg and compare-overlap.svg; may be a run's folder (default: no files)");

    public int Run()
    {
        if (_random is < 0 or > MostRandom)
            throw new UsageException($"--random: expected a whole number from 0 to {MostRandom}, got {_random}.");
        var files = CircuitSources.Files(_circuits);
        return RunSession.Run(_run, session => Run(session, files), CompareFile.Patterns);
    }

    private int Run(RunSession session, string[] files)
    {
        PromptSource[] prompts = [];
        using var experiment = new Experiment(session, _tasks[0].Seed, source => (prompts = Open(source))[0]);
        var circuits = CircuitSources.Read(files, experiment.Config, _ablation, kind => _ablation.Of(kind, options), _run.Memory);
        ComparedTask[] tasks = [.. prompts.Select(source => new ComparedTask(source.Task!, source.Clean, source.Corrupted))];
        var predicted = CircuitComparison.PredictBytes(experiment.Config, experiment.Ops, circuits, tasks, _run.Memory);
        experiment.Announce(predicted);
        foreach (var other in prompts.Skip(1)) session.Console.Notice($"and {other.Description}");
        var result = session.Measure(
            "compare", "measuring the full model", "scores",
            (ComparisonProgress progress) => new Step(
                progress.Task, $"{progress.Circuit ?? "random"} {Lines.Percent(progress.Faithfulness)} %",
                Lines.Of(circuits.Length, "circuit"), progress.Left),
            progress => CircuitComparison.Run(experiment.Model, circuits, tasks, (int)_random, _tasks[0].Seed, _run.Memory,
                progress, session.CancellationToken));
        var record = new CompareRecord(
            Header: experiment.Header(predicted) with { Task = null, Clean = null, Corrupted = null },
            Prompts: [.. prompts.Select(source => new TaskFacts(source.CleanFacts, source.CorruptedFacts))],
            Files: files,
            RandomCircuits: (int)_random,
            Result: result);
        return session.Finish(
            folder =>
            {
                PictureFile.Write(folder.Place(CompareFile.ScoresName), ComparePictures.Scores(record));
                PictureFile.Write(folder.Place(CompareFile.OverlapName), ComparePictures.Overlap(record));
                JsonFile.Write(folder.Place(CompareFile.Name), CompareFile.Of(record));
            },
            () => CompareFile.Of(record), () => CompareTables.Of(record));
    }

    /// <summary>All tasks' prompts; the first one's stand for them where one is asked for.</summary>
    private PromptSource[] Open(ModelSource source)
    {
        PromptSource[] prompts = [.. _tasks.Select(task => PromptSource.Open(task, source))];
        return Lines.Twice(prompts.Select(prompt => prompt.Task)) is { } twice
            ? throw new InvalidDataException($"--tasks: expected tasks of different names, got {twice} twice.") : prompts;
    }
}
