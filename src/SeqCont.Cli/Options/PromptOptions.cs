using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Running;

namespace SeqCont.Cli.Options;

/// <summary>Which prompts.</summary>
/// <param name="cleanOnly">Whether the command reads no corrupted prompts, so that --clean may stand alone.</param>
/// <param name="bos">Whether the command has --bos, off by default; <see cref="BosOptions"/> is for the others.</param>
/// <param name="samples">The default of --num-samps, for people.</param>
internal sealed class PromptOptions(bool cleanOnly = false, bool bos = true, string samples = "512; 64 for the demo model")
{
    private readonly Option<string> _task = TaskOption();
    private readonly Option<string?> _data = DataOption();
    private readonly Option<string?> _clean = OptionFactory.Text("--clean", "FILE", cleanOnly
        ? "Prompts, .jsonl or .pkl, all of them" : "Prompts that are scored, .jsonl or .pkl, all of them; goes with --corrupt");
    private readonly Option<string?> _corrupt = OptionFactory.Text("--corrupt", "FILE",
        "Prompts that ablated nodes take their values from; the i-th belongs to the i-th clean one where the ablation pairs them");
    private readonly Option<int?> _numSamps = NumSampsOption(samples, cleanOnly);
    private readonly Option<bool> _bos = BosOption();
    private readonly Option<long> _seed = SeedOption();

    public static Option<string> TaskOption() => OptionFactory.Named(
        "--task",
        $"The sequences: {string.Join(", ", BuiltInTasks.Names)}, or {TaskSource.Expected} with members, templates and words; with "
            + $"--clean only a label",
        "NAME|FILE.json", BuiltInTasks.Names, TaskSource.IsFile, TaskSource.Expected);

    public static Option<long> SeedOption() => OptionFactory.Whole("--seed", "Seed of the prompt generator", 0);

    public static Option<string?> DataOption() => OptionFactory.Text("--data", "FOLDER",
        "Folder of the study's prompt files, <task>_prompts_<template> and randDS_<task>, .jsonl or .pkl "
            + "(default: the built-in generator)");

    public static Option<int?> NumSampsOption(string samples, bool cleanOnly) =>
        OptionFactory.Count(
            "--num-samps", $"Clean prompts per template{(cleanOnly ? "" : ", with their corrupted partners")} (default: {samples})");

    public static Option<bool> BosOption() =>
        OptionFactory.Flag("--bos", "Put the model's begin-of-text token before every prompt (default: off)");

    public PromptOptions AddTo(Command command)
    {
        command.Add(_task);
        command.Add(_data);
        command.Add(_clean);
        if (!cleanOnly) command.Add(_corrupt);
        command.Add(_numSamps);
        if (bos) command.Add(_bos);
        command.Add(_seed);
        return this;
    }

    public PromptChoice Read(ParseResult parsed)
    {
        var (data, clean, corrupt) =
            (parsed.GetValue(_data), parsed.GetValue(_clean), cleanOnly ? parsed.GetValue(_clean) : parsed.GetValue(_corrupt));
        if (clean is null != corrupt is null)
            throw new UsageException($"{(clean is null ? "--corrupt" : "--clean")}: expected both --clean and --corrupt.");
        if (clean is not null && data is not null)
            throw new UsageException($"--data: expected a folder or {(cleanOnly ? "--clean" : "--clean and --corrupt")}, got both.");
        if (clean is not null && parsed.GetValue(_numSamps) is not null)
            throw new UsageException("--num-samps: counts prompts per template of a task; with --clean all rows are used.");
        var taskGiven = parsed.GetResult(_task) is { Implicit: false };
        var task = clean is not null && !taskGiven ? null : parsed.GetRequiredValue(_task);
        return new PromptChoice(task, data, clean, corrupt, parsed.GetValue(_numSamps), bos
            && parsed.GetValue(_bos), parsed.GetValue(_seed));
    }
}

/// <summary>Which prompts, as asked for.</summary>
/// <param name="Task">Null where files were given and no task.</param>
/// <param name="Data">Folder of the study's files.</param>
/// <param name="Clean">File of clean prompts.</param>
/// <param name="Corrupt">File of corrupted prompts.</param>
/// <param name="NumSamps">Per template; null: the model's default.</param>
/// <param name="Bos">Whether prompts begin with BOS.</param>
/// <param name="Seed">Of the generator.</param>
internal sealed record PromptChoice(string? Task, string? Data, string? Clean, string? Corrupt, int? NumSamps, bool Bos, long Seed);
