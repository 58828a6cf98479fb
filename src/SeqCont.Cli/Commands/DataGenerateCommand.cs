using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data generate: a task's prompts as files that --data reads back.</summary>
internal static class DataGenerateCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("generate", "Makes a task's clean and corrupted prompts, as files that --data FOLDER reads");
        var task = PromptOptions.TaskOption();
        var samples = PromptOptions.NumSampsOption();
        var seed = PromptOptions.SeedOption();
        var model = ModelOptions.ModelOption();
        foreach (var option in (Option[])[task, samples, seed, model]) command.Add(option);
        var folder = new FolderOptions("DIR", "Folder for <task>_prompts_<template>.jsonl and randDS_<task>.jsonl (required)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed =>
        {
            var choice = new PromptChoice(parsed.GetRequiredValue(task), null, null, null, parsed.GetValue(samples), false, parsed.GetValue(seed));
            return Run(context, choice, parsed.GetRequiredValue(model), folder.Read(parsed), output.Read(parsed));
        });
        return command;
    }

    private static int Run(CommandContext context, PromptChoice choice, string modelName, (string? Out, bool Force) folder, OutputChoice output)
    {
        var path = folder.Out ?? throw new UsageException("data generate: expected --out DIR.");
        using var model = ModelSource.Open(modelName);
        var prompts = PromptSource.Rows(choice, model, model.RequireTokenizer()).Prompts;
        var perTemplate = prompts.Clean.Count / StudyData.Templates.Count;
        var files = StudyData.Templates.Select((template, i) => (Name: $"{choice.Task}_prompts_{template}.jsonl", Rows: prompts.Clean.Skip(i * perTemplate).Take(perTemplate)))
            .Append((Name: $"randDS_{choice.Task}.jsonl", Rows: prompts.Corrupt)).ToList();
        PromptFolder.Write(path, files, folder.Force);
        PromptFolder.Report(context, output, path, [.. files.Select(file => file.Name)], prompts.Clean.Count + prompts.Corrupt.Count);
        return CommandLine.Done;
    }
}
