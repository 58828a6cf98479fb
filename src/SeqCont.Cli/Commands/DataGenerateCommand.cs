using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data generate: prompts that a model answers, as files that --data reads back.</summary>
internal static class DataGenerateCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "generate", "Makes a task's prompts that the model answers, with corrupted partners, as files that --data FOLDER reads");
        var task = PromptOptions.TaskOption();
        var count = OptionFactory.Count(
            "--count", "Prompts to keep per template, start members taking turns (default: 512; 64 for the demo model)");
        count.Aliases.Add("--num-samps");
        var filter = OptionFactory.Choice(
            "--filter",
            "study: keep a prompt when the model's top prediction is the answer, more than twice as probable as the last member shown, "
                + "and (numerals, numwords, months) the same words do in the tasks that the study keeps together; own: in this task "
                + "alone; none: ask no model", "study", "own", "none");
        var bos = new BosOptions();
        var seed = PromptOptions.SeedOption();
        foreach (var option in (Option[])[task, count, filter, seed]) command.Add(option);
        bos.AddTo(command);
        var run = new RunOptions(
            context, "DIR", "Folder for <task>_prompts_<template>.jsonl, randDS_<task>.jsonl and <task>_generated.json (required)").AddTo(
                command);
        command.SetAction(parsed => new Request(
            parsed.GetRequiredValue(task), parsed.GetValue(count), parsed.GetRequiredValue(filter), bos.Read(parsed), parsed.GetValue(seed),
            run.Read(parsed)).Run());
        return command;
    }

    private sealed record Request(
        string Task, int? Count, string Filter, bool? Bos, long Seed, RunChoice Choice)
    {
        public int Run()
        {
            var path = Choice.Out ?? throw new UsageException("data generate: expected --out DIR.");
            var task = TaskSource.Open(Task);
            string[] names = [.. task.TemplateNames.Select(template => task.CleanFileName(template) + ".jsonl"),
                task.CorruptFileName + ".jsonl"];
            PromptFolder.Require(path, [.. names, GenerationFile.Name(task)], Choice.Force);
            return RunSession.RunWithoutFolder(Choice, session =>
            {
                using var source = session.OpenSource();
                var tokenizer = source.RequireTokenizer();
                var record = Generate(session, task, source, tokenizer);
                Write(path, record, names, tokenizer);
                return Report(session, path, record, names, tokenizer);
            });
        }

        private GenerationRecord Generate(RunSession session, TaskDefinition task, ModelSource source, Gpt2Tokenizer tokenizer)
        {
            var words = ModelSource.ReadWords();
            var generator = new TaskGenerator(words, tokenizer);
            var count = PromptSource.Samples(Count, source.IsDemo);
            int? bos = Filter != "none" ? BosOptions.TokenOf(Bos, source, tokenizer) : null;
            TaskDefinition[] companions = Filter == "study" ? [.. task.Companions.Select(words.Task)] : [];
            var result = Filter == "none"
                ? new PromptFilterResult(generator.Generate(task, count, Seed), [], [])
                : session.Phases.Measure("filter", () => Ask(session, source, generator, tokenizer, new PromptFilterConfig
                {
                    Task = task,
                    Companions = companions,
                    Count = count,
                    Seed = Seed,
                    Bos = bos,
                    Memory = Choice.Model.Memory,
                }));
            return new GenerationRecord
            {
                Origin = session.Origin(source),
                Task = task,
                Companions = [.. companions.Select(companion => companion.Name)],
                Filter = Filter,
                Bos = bos,
                Seed = Seed,
                Precision = Choice.Model.Precision,
                Result = result,
                Seconds = session.Phases.Seconds(),
            };
        }

        private PromptFilterResult Ask(
            RunSession session, ModelSource source, TaskGenerator generator, Gpt2Tokenizer tokenizer, PromptFilterConfig config)
        {
            using var ops = Backend.Open(Choice.Model);
            using var model = new Gpt2Model(ops, source.Weights);
            var forms = string.Join(" and ", config.Companions.Select(companion => companion.Name).Prepend(config.Task.Name));
            session.Console.Notice(
                $"asking {source.Name} ({Backend.Describe(ops, Choice.Model)}) for {forms}{(config.Bos is null ? "" : ", with BOS")}");
            // A file sees the table at the end: until then the search may still fail, in one line.
            if (!session.Console.IsTerminal && !Choice.Output.Verbose)
                return PromptFilter.Run(model, generator, tokenizer, config, null, session.CancellationToken);
            return session.Show("asking the model", show => PromptFilter.Run(
                model, generator, tokenizer, config, new SynchronousProgress<PromptFilterProgress>(done => show(new Step(
                    done.Template, $"{done.Kept} kept of {done.Tested} tested", $"{done.Kept} kept of {done.Tested} tested",
                    1 + done.Missing / 256))),
                session.CancellationToken));
        }

        private static void Write(string path, GenerationRecord record, string[] names, Gpt2Tokenizer tokenizer)
        {
            var prompts = record.Result.Prompts;
            var perTemplate = prompts.Clean.Count / record.Task.Templates.Count;
            var files = names.Select(
                (name, i) => (Name: name, Rows: i < record.Task.Templates.Count
                    ? prompts.Clean.Skip(i * perTemplate).Take(perTemplate) : prompts.Corrupt)).ToList();
            PromptFolder.Write(path, files, force: true);
            JsonFile.Write(Path.Combine(path, GenerationFile.Name(record.Task)), GenerationFile.Of(record, tokenizer.TextOrNumber));
        }

        private int Report(RunSession session, string path, GenerationRecord record, string[] names, Gpt2Tokenizer tokenizer)
        {
            var rows = record.Result.Prompts.Clean.Count + record.Result.Prompts.Corrupt.Count;
            return session.Print(
                json => json.WriteFields(
                [
                    .. GenerationFile.Of(record, tokenizer.TextOrNumber), ("out", path),
                    ("files", Json.List(names.Append(GenerationFile.Name(record.Task)), name => name)), ("rows", rows),
                ]),
                () => Choice.Output.Quiet ? [] : GenerationSummary.Of(record, tokenizer.TextOrNumber)
                    .Append(new Markup(Markup.Escape($"{rows} prompts in {path}: {string.Join(", ", names)}"))),
                saysWhere: false);
        }
    }
}
