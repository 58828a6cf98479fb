using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont verify: published results measured again, number by number.</summary>
internal sealed class VerifyCommand(OptionTable options)
{
    private const string All = "all";

    private readonly string[]? _typed = options.Argument<string[]?>("PART",
        $"What to verify: {string.Join(", ", VerificationParts.All)}, or all; a task stands for its node search, ablations and circuits "
            + "(default: all)", ArgumentArity.ZeroOrMore);

    private readonly string? _data = options.Text("--data", "FOLDER",
        "Folder of the study's own prompt files, <task>_prompts_<template> and randDS_<task>, .jsonl or .pkl; only ov needs none");

    private readonly string? _explainer = options.Text("--explainer", "FILE",
        "Attention patterns and top logits of an interactive explainer, compared loosely with attention (default: not compared)");

    private readonly string? _figures = options.Text("--figures", "FILE", "Published figures of another model", isHidden: true);
    private readonly RunChoice _run = RunChoice.Read(options, "DIR",
        "Folder for verify.json, every number with its verdict, written anew after each table; may be a run's folder (default: no files)",
        "gpt2");

    public int Run()
    {
        var parts = Parts();
        return RunSession.Run(_run, session => Run(session, parts), [VerifyFile.Name]);
    }

    /// <summary>What was asked for; null for all that there are figures of.</summary>
    private string[]? Parts()
    {
        string[] typed = _typed ?? [];
        if (typed.FirstOrDefault(part => part != All && !VerificationParts.All.Contains(part)) is { } unknown)
            throw new UsageException(
                $"verify: expected parts out of {string.Join(", ", VerificationParts.All)}, or {All}, got '{unknown}'.");
        string[]? parts = typed.Length == 0 || typed.Contains(All) ? null : [.. typed.Distinct()];
        if (_data is null && parts is not [VerificationParts.Ov])
            throw new UsageException("verify: expected --data FOLDER, the study's own prompt files; only ov needs none.");
        if (_explainer is not null && parts?.Contains(VerificationParts.Attention) == false)
            throw new UsageException("--explainer: is compared with attention, which was not asked for.");
        return parts;
    }

    private int Run(RunSession session, string[]? asked)
    {
        var figures = _figures is { } file ? PublishedFigures.Read(file) : PublishedFigures.Gpt2Small();
        var explainer = _explainer is { } path ? ExplainerFile.Read(path) : [];
        using var source = session.OpenSource();
        var config = Config(source, figures, asked ?? figures.Parts, explainer);
        using var ops = Backend.Open(_run.Model);
        var plan = session.Phases.Measure("plan", () => VerificationPlan.Of(source.Weights, config, ops, session.CancellationToken));
        session.Console.Notice($"model {source.Name}: {(NodeSpace)source.Config}; published figures: {figures.Source}");
        session.AnnounceBackend(ops, plan.PredictedBytes);
        session.Console.Notice(VerifyTables.Estimate(plan, ops));
        session.Console.Release();
        using var model = session.Phases.Measure("weights", () => new Gpt2Model(ops, source.Weights));
        var tables = new List<VerifyTable>();
        // The plan has read all of them.
        VerifiedPrompts[] prompts = [.. (config.Prompts?.Tasks ?? []).Select(task => new VerifiedPrompts(task.Task, new TaskFacts(
            PromptSource.Facts(task.Clean, task.Rows.Clean, task.Rows.CleanFiles),
            PromptSource.Facts(task.Corrupted, task.Rows.Corrupt, task.Rows.CorruptFiles))))];
        VerifyRecord Record() => new(
            Header: session.Header(source, ops, 0, plan.PredictedBytes),
            Source: figures.Source,
            Parts: [.. VerificationParts.All.Where(config.Parts.Contains)],
            Prompts: prompts,
            Tables: [.. tables],
            Plan: plan);
        foreach (var (job, planned) in new Verification(model, config).Jobs.Zip(plan.Tables))
        {
            tables.Add(Measure(session, job, planned));
            if (session.Folder is { } folder && tables[^1].Rows.Count > 0)
                JsonFile.Write(folder.Place(VerifyFile.Name), VerifyFile.Of(Record()));
            if (!tables[^1].Complete) throw Cancelled(tables, plan);
            if (!_run.Output.Json || !_run.Output.Quiet) session.Console.Result(VerifyTables.Of(tables[^1]));
        }

        var record = Record();
        session.Finish(_ => { }, () => VerifyFile.Of(record), () => VerifyTables.Of(record));
        return record.Agrees ? CommandLine.Done : CommandLine.Failed;
    }

    private VerificationConfig Config(
        ModelSource source, PublishedFigures figures, IReadOnlyList<string> parts, IReadOnlyList<ExplainerPrompt> explainer)
    {
        Verification.RequireShape(source.Config, figures);
        var tokenizer = source.TextTokenizer
            ?? throw new InvalidDataException(
                $"--model {source.Name}: expected a model with its tokenizer, since the study's prompts are text; "
                    + $"{source.WhyNoTokenizer}.");
        return new VerificationConfig
        {
            Figures = figures,
            Parts = parts,
            Prompts = _data is { } data ? new VerificationPrompts(data, figures, tokenizer, source.Config) : null,
            Tokenizer = tokenizer,
            Words = ModelSource.ReadWords(),
            Explainer = explainer,
            Memory = _run.Memory,
        };
    }

    private static VerifyTable Measure(RunSession session, VerificationJob job, PlannedTable planned) => session.Measure(
        job.Name, job.Name, "steps", (VerifyStep step) => new Step(
            job.Name, step.Detail, step.Rows == 0 ? "measured" : $"{step.Rows} compared, {step.Failing} differ", step.Total - step.Done,
            planned.Share(step.Done)),
        progress => job.Run(progress, session.CancellationToken));

    private CancelledException Cancelled(List<VerifyTable> tables, VerificationPlan plan)
    {
        var (done, rows) = (tables.Count(table => table.Complete), tables[^1].Rows.Count);
        var where = _run.Out is { } path && done + rows > 0
            ? $"{VerifyFile.Name} in {path} holds them{(rows > 0 ? $" and {rows} rows of {tables[^1].Name}" : "")}"
            : "no files were written";
        return new CancelledException($"after {done} of {plan.Tables.Count} tables; {where}",
            new OperationCanceledException(_run.Context.CancellationToken));
    }
}
