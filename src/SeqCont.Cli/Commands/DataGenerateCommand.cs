using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data generate: prompts that a model answers, as files that --data reads back.</summary>
internal sealed class DataGenerateCommand(OptionTable options)
{
    private readonly string _task = PromptOptions.Task(options);
    private readonly int? _count = options.Count("--count",
        "Prompts to keep per template, start members taking turns (default: 512; 64 for the demo model)", "--num-samps");

    private readonly string _filter = options.Choice("--filter",
        "study: keep a prompt when the model's top prediction is the answer, more than twice as probable as the last member shown, and "
            + "(numerals, numwords, months) the same words do in the tasks that the study keeps together; own: in this task alone; none: "
            + "ask no model", "study", "own", "none");

    private readonly long _seed = PromptOptions.Seed(options);
    private readonly bool? _bos = BosOptions.Read(options);
    private readonly RunChoice _run = RunChoice.Read(options, "DIR",
        "Folder for <task>_prompts_<template>.jsonl, randDS_<task>.jsonl and <task>_generated.json (required)");

    public int Run()
    {
        var path = _run.Out ?? throw new UsageException("data generate: expected --out DIR.");
        var task = TaskSource.Open(_task);
        string[] names = [.. PromptFolder.Names(task, ".jsonl"), GenerationFile.Name(task)];
        PromptFolder.Require(path, names, _run.Folder.Force);
        return RunSession.RunWithoutFolder(_run, session =>
        {
            using var source = session.OpenSource(forPrompts: _filter == "none");
            var tokenizer = source.RequireTokenizer();
            var record = Generate(session, task, source, tokenizer);
            var (prompts, text) = (record.Result.Prompts, source.TokenText!);
            PromptFolder.Write(path, PromptFolder.Files(task, prompts, ".jsonl"), force: true);
            JsonFile.Write(Path.Combine(path, names[^1]), GenerationFile.Of(record, text));
            return PromptFolder.Report(
                session.Console, path, names, prompts.Clean.Count + prompts.Corrupt.Count,
                GenerationFile.Of(record, text), GenerationSummary.Of(record, text), names[..^1]);
        });
    }

    private GenerationRecord Generate(RunSession session, TaskDefinition task, ModelSource source, Gpt2Tokenizer tokenizer)
    {
        var words = ModelSource.ReadWords();
        var generator = new TaskGenerator(words, tokenizer);
        var config = new PromptFilterConfig
        {
            Task = task,
            Companions = _filter == "study" ? [.. task.Companions.Select(words.Task)] : [],
            Count = PromptSource.Samples(_count, source.IsDemo),
            Seed = _seed,
            Bos = _filter == "none" ? null : BosOptions.TokenOf(_bos, source),
            Memory = _run.Memory,
        };
        var result = _filter == "none"
            ? new PromptFilterResult(generator.Generate(task, config.Count, _seed), [], [])
            : session.Phases.Measure("filter", () => Ask(session, source, generator, tokenizer, config));
        return new GenerationRecord(
            Origin: session.Origin(source),
            Task: task,
            Companions: [.. config.Companions.Select(companion => companion.Name)],
            Filter: _filter,
            Bos: config.Bos,
            Seed: _seed,
            Precision: _run.Model.Precision,
            Result: result,
            Seconds: session.Phases.Seconds());
    }

    private PromptFilterResult Ask(
        RunSession session, ModelSource source, TaskGenerator generator, Gpt2Tokenizer tokenizer, PromptFilterConfig config)
    {
        using var ops = Backend.Open(_run.Model);
        using var model = new Gpt2Model(ops, source.Weights);
        var forms = string.Join(" and ", config.Companions.Select(companion => companion.Name).Prepend(config.Task.Name));
        session.Console.Notice(
            $"asking {source.Name} ({Backend.Describe(ops, _run.Model)}) for {forms}{(config.Bos is null ? "" : ", with BOS")}");
        PromptFilterResult Run(Action<Step>? show) => PromptFilter.Run(
            model, generator, tokenizer, config, show is null ? null : new SynchronousProgress<PromptFilterProgress>(done =>
            {
                var state = $"{done.Kept} kept of {done.Tested} tested";
                show(new Step(done.Template, state, state, 1 + done.Missing / 256));
            }), session.CancellationToken);
        // A file sees the table at the end: until then the search may still fail, in one line.
        return session.Console.IsTerminal || _run.Output.Verbose ? session.Show("asking the model", Run, "candidates") : Run(null);
    }
}
