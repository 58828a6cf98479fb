using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data export: prompts as the study's files, as token ids, or as tensors.</summary>
internal static class DataExportCommand
{
    private const string Tensors = ".safetensors", Lines = ".jsonl", Pickle = ".pkl";

    public static Command Build(CommandContext context)
    {
        var command =
            new Command("export", "Writes the prompts that the options choose: as the study's files, as token ids, or as tensors");
        var tokens = OptionFactory.Flag("--tokens", "In .jsonl and .pkl, the model's token ids instead of text (default: off)");
        var format = OptionFactory.Choice(
            "--format", "Kind of the files in a folder: one JSON object a line, or a pickled list of dicts as the study has them", "jsonl",
            "pkl");
        command.Add(tokens);
        command.Add(format);
        var prompts = new PromptOptions(cleanOnly: true).AddTo(command);
        var model = ModelOptions.ModelOption();
        command.Add(model);
        var folder = new FolderOptions(
            "DIR|FILE.safetensors|FILE.jsonl|FILE.pkl",
            "A folder for the study's files (<task>_prompts_<template> and randDS_<task>; or clean and corrupted), one file of tensors, "
                + "or the clean prompts as one .jsonl or .pkl (required)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, parsed.GetValue(tokens), $".{parsed.GetRequiredValue(format)}",
            prompts.Read(parsed) with { Corrupt = null }, parsed.GetRequiredValue(model), folder.Read(parsed), output.Read(parsed)));
        return command;
    }

    private static int Run(
        CommandContext context, bool asTokens, string extension, PromptChoice choice, string modelName, (string? Out, bool Force) folder,
        OutputChoice output)
    {
        var target = folder.Out
            ?? throw new UsageException($"data export: expected --out DIR, --out FILE{Tensors}, --out FILE{Lines} or --out FILE{Pickle}.");
        var isTensors = Is(target, Tensors);
        if (choice.Bos && !isTensors && !asTokens)
            throw new UsageException("--bos: text has no begin-of-text token; expected --tokens or a .safetensors file.");
        var isFile = (isTensors || Is(target, Lines) || Is(target, Pickle)) && !Directory.Exists(target);
        var place = isFile ? Path.GetDirectoryName(target) is { Length: > 0 } parent ? parent : "." : target;
        using var model = ModelSource.Open(modelName);
        var rows = PromptSource.Rows(choice, model, null);
        if (isFile && isTensors)
        {
            PromptFolder.Require(place, [Path.GetFileName(target)], folder.Force);
            var (clean, corrupted) = (Tokenised(rows.Clean, rows.CleanSource, choice, model), rows.Corrupt.Count == 0
                ? null : Tokenised(rows.Corrupt, rows.CorruptSource, choice, model));
            Directory.CreateDirectory(place);
            PromptTensors.Write(target, clean, corrupted);
            PromptFolder.Report(context, output, place, [Path.GetFileName(target)], clean.Count + (corrupted?.Count ?? 0));
            return CommandLine.Done;
        }

        if (asTokens)
            rows = rows with
            {
                Clean = AsTokens(rows.Clean, rows.CleanSource, choice, model),
                Corrupt = AsTokens(rows.Corrupt, rows.CorruptSource, choice, model)
            };
        var files = isFile ? [(Path.GetFileName(target), rows.Clean)] : Files(choice, rows, extension);
        PromptFolder.Write(place, files, folder.Force);
        PromptFolder.Report(context, output, place, [.. files.Select(file => file.Name)], files.Sum(file => file.Rows.Count()));
        return CommandLine.Done;
    }

    private static bool Is(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The study's file names for a task, two plain ones for prompts that came as files.</summary>
    private static List<(string Name, IEnumerable<PromptRow> Rows)> Files(PromptChoice choice, TaskPrompts rows, string extension)
    {
        if (choice.Clean is not null)
        {
            List<(string Name, IEnumerable<PromptRow> Rows)> files = [("clean" + extension, rows.Clean)];
            if (rows.Corrupt.Count > 0) files.Add(("corrupted" + extension, rows.Corrupt));
            return files;
        }

        var task = TaskSource.Open(choice.Task!);
        var perTemplate = rows.Clean.Count / task.Templates.Count;
        return [.. task.TemplateNames.Select(
            (template, i) => (task.CleanFileName(template) + extension, rows.Clean.Skip(i * perTemplate).Take(perTemplate))),
            (task.CorruptFileName + extension, rows.Corrupt)];
    }

    private static PromptSet Tokenised(IReadOnlyList<PromptRow> rows, string source, PromptChoice choice, ModelSource model)
    {
        var (tokenizer, config) = (model.OpenTokenizer(), model.Weights.Config);
        int? bos = choice.Bos ? PromptSource.BosOf(model, tokenizer) : null;
        return PromptSet.Create(rows, tokenizer, config, bos, source);
    }

    private static IReadOnlyList<PromptRow> AsTokens(IReadOnlyList<PromptRow> rows, string source, PromptChoice choice, ModelSource model)
    {
        if (rows.Count == 0) return rows;
        var set = Tokenised(rows, source, choice, model);
        return [.. rows.Select((row, i) => row with { Text = null, Tokens = set.Tokens[i], Corr = new PromptAnswer(set.Correct[i]),
            Incorr = new PromptAnswer(set.Incorrect[i]) })];
    }
}
