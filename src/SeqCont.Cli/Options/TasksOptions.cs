using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Running;

namespace SeqCont.Cli.Options;

/// <summary>Several tasks at once, and which prompts of each.</summary>
internal sealed class TasksOptions
{
    private readonly Option<string?> _tasks = OptionFactory.Text("--tasks", "NAMES",
        $"Tasks, separated by commas: names or task files, as --task of other commands takes them (default: "
            + $"{string.Join(',', BuiltInTasks.OfTheStudy)})");
    private readonly Option<string?> _data = PromptOptions.DataOption();
    private readonly Option<int?> _numSamps = PromptOptions.NumSampsOption("512; 64 for the demo model", cleanOnly: false);
    private readonly Option<bool> _bos = PromptOptions.BosOption();
    private readonly Option<long> _seed =
        OptionFactory.Whole("--seed", "Seed of the prompt generator and of random circuits and edge sets", 0);

    public TasksOptions AddTo(Command command)
    {
        command.Add(_tasks);
        command.Add(_data);
        command.Add(_numSamps);
        command.Add(_bos);
        command.Add(_seed);
        return this;
    }

    /// <summary>One choice of prompts for every task.</summary>
    public IReadOnlyList<PromptChoice> Read(ParseResult parsed)
    {
        string[] tasks = parsed.GetValue(_tasks)?.Split(',', StringSplitOptions.TrimEntries) ?? [.. BuiltInTasks.OfTheStudy];
        foreach (var task in tasks)
            if (!BuiltInTasks.Names.Contains(task) && !TaskSource.IsFile(task))
                throw new UsageException(
                    $"--tasks: expected names out of {string.Join(", ", BuiltInTasks.Names)}, or {TaskSource.Expected}, separated by "
                        + $"commas, got '{task}'.");
        if (tasks.GroupBy(task => task).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"--tasks: {twice.Key} is given twice.");
        return [.. tasks.Select(
            task => new PromptChoice(task, parsed.GetValue(_data), null, null, parsed.GetValue(_numSamps), parsed.GetValue(_bos),
                parsed.GetValue(_seed)))];
    }
}
