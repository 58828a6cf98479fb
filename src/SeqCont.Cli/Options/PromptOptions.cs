using SeqCont.Circuits;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;

namespace SeqCont.Cli.Options;

/// <summary>Which prompts.</summary>
internal static class PromptOptions
{
    private const string Samples = "512; 64 for the demo model";

    /// <summary>Reads them.</summary>
    /// <param name="options">The command's.</param>
    /// <param name="cleanOnly">Whether the command reads no corrupted prompts, so that --clean may stand alone.</param>
    /// <param name="bos">Whether the command has --bos, off by default; <see cref="BosOptions"/> is for the others.</param>
    /// <param name="samples">The default of --num-samps, for people.</param>
    public static PromptChoice Read(OptionTable options, bool cleanOnly = false, bool bos = true, string samples = Samples)
    {
        var (task, data) = (Task(options), Data(options));
        var clean = options.Text("--clean", "FILE", cleanOnly
            ? "Prompts, .jsonl or .pkl, all of them" : "Prompts that are scored, .jsonl or .pkl, all of them; goes with --corrupt");
        var corrupt = cleanOnly ? clean : options.Text("--corrupt", "FILE",
            "Prompts that ablated nodes take their values from; the i-th belongs to the i-th clean one where the ablation pairs them");
        var count = NumSamps(options, cleanOnly, samples);
        if (clean is null != corrupt is null)
            throw new UsageException($"{(clean is null ? "--corrupt" : "--clean")}: expected both --clean and --corrupt.");
        if (clean is not null && data is not null)
            throw new UsageException($"--data: expected a folder or {(cleanOnly ? "--clean" : "--clean and --corrupt")}, got both.");
        if (clean is not null && count is not null)
            throw new UsageException("--num-samps: counts prompts per template of a task; with --clean all rows are used.");
        return new PromptChoice(
            clean is not null && !options.Has("--task") ? null : task, data, clean, corrupt, count, bos && Bos(options), Seed(options));
    }

    /// <summary>Several tasks at once, and which prompts of each.</summary>
    public static IReadOnlyList<PromptChoice> ReadTasks(OptionTable options)
    {
        var typed = options.Text("--tasks", "NAMES",
            $"Tasks, separated by commas: names or task files, as --task of other commands takes them (default: "
                + $"{string.Join(',', BuiltInTasks.OfTheStudy)})");
        var (data, count, bos) = (Data(options), NumSamps(options), Bos(options));
        var seed = Seed(options, " and of random circuits and edge sets");
        string[] tasks = typed?.Split(',', StringSplitOptions.TrimEntries) ?? [.. BuiltInTasks.OfTheStudy];
        foreach (var task in tasks)
            if (!BuiltInTasks.Names.Contains(task) && !TaskSource.IsFile(task))
                throw new UsageException(
                    $"--tasks: expected names out of {string.Join(", ", BuiltInTasks.Names)}, or {TaskSource.Expected}, separated by "
                        + $"commas, got '{task}'.");
        if (Lines.Twice(tasks) is { } twice) throw new UsageException($"--tasks: {twice} is given twice.");
        return [.. tasks.Select(task => new PromptChoice(task, data, null, null, count, bos, seed))];
    }

    public static string Task(OptionTable options) => options.Take(
        "--task", "NAME|FILE.json",
        $"The sequences: {string.Join(", ", BuiltInTasks.Names)}, or {TaskSource.Expected} with members, templates and words; with "
            + "--clean only a label", $"one of {string.Join(", ", BuiltInTasks.Names)}, or {TaskSource.Expected}",
        text => BuiltInTasks.Names.Contains(text) || TaskSource.IsFile(text) ? text : null, BuiltInTasks.Names[0]);

    public static long Seed(OptionTable options, string more = "") => options.Whole("--seed", $"Seed of the prompt generator{more}", 0);

    private static string? Data(OptionTable options) => options.Text("--data", "FOLDER",
        "Folder of the study's prompt files, <task>_prompts_<template> and randDS_<task>, .jsonl or .pkl "
            + "(default: the built-in generator)");

    private static int? NumSamps(OptionTable options, bool cleanOnly = false, string samples = Samples) => options.Count(
        "--num-samps", $"Clean prompts per template{(cleanOnly ? "" : ", with their corrupted partners")} (default: {samples})");

    private static bool Bos(OptionTable options) =>
        options.Flag("--bos", "Put the model's begin-of-text token before every prompt (default: off)");
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
