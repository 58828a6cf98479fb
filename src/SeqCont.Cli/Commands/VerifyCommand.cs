using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Engine;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont verify: published results measured again, number by number.</summary>
internal static class VerifyCommand
{
    private const string All = "all";

    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "verify", "Measures the published results on GPT-2 small again, and says where ours differ (exit code 1 when any does)");
        var parts = new Argument<string[]>("PART")
        {
            Description = $"What to verify: {string.Join(", ", VerificationParts.All)}, or all; a task stands for its node search, "
                + $"ablations and circuits (default: all)",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var data = OptionFactory.Text(
            "--data", "FOLDER",
            "Folder of the study's own prompt files, <task>_prompts_<template> and randDS_<task>, .jsonl or .pkl; only ov needs none");
        var explainer = OptionFactory.Text(
            "--explainer", "FILE",
            "Attention patterns and top logits of an interactive explainer, compared loosely with attention (default: not compared)");
        var figures = OptionFactory.Text("--figures", "FILE", "Published figures of another model");
        figures.Hidden = true;
        command.Add(parts);
        foreach (var option in (Option[])[data, explainer, figures]) command.Add(option);
        var name = ModelOptions.ModelOption();
        name.DefaultValueFactory = _ => "gpt2";
        var run = new RunOptions(
            context, "DIR",
            "Folder for verify.json, every number with its verdict, written anew after each table; may be a run's folder (default: no "
                + "files)", new ModelOptions(name)).AddTo(command);
        command.SetAction(parsed => new Request(
            parsed.GetValue(parts) ?? [], parsed.GetValue(data), parsed.GetValue(explainer), parsed.GetValue(figures),
            run.Read(parsed)).Run());
        return command;
    }

    private sealed record Request(
        string[] Typed, string? Data, string? Explainer, string? Figures,
        RunChoice Choice)
    {
        public int Run()
        {
            var parts = Parts();
            return RunSession.Run(Choice, session => Run(session, parts), [VerifyFile.Name]);
        }

        /// <summary>What was asked for; null for all that there are figures of.</summary>
        private string[]? Parts()
        {
            foreach (var part in Typed)
                if (part != All && !VerificationParts.All.Contains(part))
                    throw new UsageException(
                        $"verify: expected parts out of {string.Join(", ", VerificationParts.All)}, or {All}, got '{part}'.");
            var parts = Typed.Length == 0 || Typed.Contains(All) ? null : Typed.Distinct().ToArray();
            if (Data is null && parts is not [VerificationParts.Ov])
                throw new UsageException("verify: expected --data FOLDER, the study's own prompt files; only ov needs none.");
            if (Explainer is not null && parts?.Contains(VerificationParts.Attention) == false)
                throw new UsageException("--explainer: is compared with attention, which was not asked for.");
            return parts;
        }

        private int Run(RunSession session, string[]? asked)
        {
            var figures = Figures is { } file ? PublishedFigures.Read(file) : PublishedFigures.Gpt2Small();
            var explainer = Explainer is { } path ? ExplainerFile.Read(path) : [];
            using var source = session.OpenSource();
            var config = Config(source, figures, asked ?? figures.Parts, explainer);
            using var ops = Backend.Open(Choice.Model);
            var plan = session.Phases.Measure("plan", () => VerificationPlan.Of(source.Weights, config, ops, session.CancellationToken));
            Announce(session, source, config, plan, ops);
            using var model = session.Phases.Measure("weights", () => new Gpt2Model(ops, source.Weights));
            var tables = new List<VerifyTable>();
            // The plan has read all of them.
            VerifiedPrompts[] prompts = [.. (config.Prompts?.Tasks ?? []).Select(Facts)];
            VerifyRecord Record() => new()
            {
                Header = session.Header(source, ops, 0, plan.PredictedBytes),
                Source = config.Figures.Source,
                Parts = [.. VerificationParts.All.Where(config.Parts.Contains)],
                Prompts = prompts,
                Tables = [.. tables],
                Plan = plan,
            };
            foreach (var (job, planned) in new Verification(model, config).Jobs.Zip(plan.Tables))
            {
                tables.Add(session.Phases.Measure(job.Name, () => Measure(session, job, planned)));
                if (session.Folder is { } folder && tables[^1].Rows.Count > 0)
                    JsonFile.Write(folder.Place(VerifyFile.Name), VerifyFile.Of(Record()));
                if (!tables[^1].Complete) throw Cancelled(tables, plan);
                if (!Choice.Output.Json || !Choice.Output.Quiet) session.Console.Result(VerifyTables.Of(tables[^1]));
            }

            var record = Record();
            session.Print(json => json.WriteFields(VerifyFile.Of(record)), () => VerifyTables.Of(record, Choice.Out));
            return record.Agrees ? CommandLine.Done : CommandLine.Failed;
        }

        private VerificationConfig Config(
            ModelSource source, PublishedFigures figures, IReadOnlyList<string> parts, IReadOnlyList<ExplainerPrompt> explainer)
        {
            var sizes = source.Weights.Config;
            Verification.RequireShape(sizes, figures);
            var tokenizer = source.OpenTokenizer()
                ?? throw new InvalidDataException(
                    $"--model {source.Name}: expected a model with its tokenizer (vocab.json, merges.txt), since the study's prompts are "
                        + $"text.");
            return new VerificationConfig
            {
                Figures = figures,
                Parts = parts,
                Prompts = Data is { } data ? new VerificationPrompts(data, figures, tokenizer, sizes) : null,
                Tokenizer = tokenizer,
                Words = ModelSource.ReadWords(),
                Explainer = explainer,
                Memory = Choice.Model.Memory,
            };
        }

        private static void Announce(RunSession session, ModelSource source, VerificationConfig config, VerificationPlan plan, IOps ops)
        {
            var sizes = source.Weights.Config;
            session.Console.Notice(
                $"model {source.Name}: {sizes.NLayers} layers of {sizes.NHeads} heads; published figures: {config.Figures.Source}");
            session.AnnounceBackend(ops, plan.PredictedBytes);
            session.Console.Notice(VerifyTables.Estimate(plan, ops));
            session.Console.Release();
        }

        private static VerifyTable Measure(RunSession session, VerificationJob job, PlannedTable planned) =>
            session.Show(job.Name, show => job.Run(
                new SynchronousProgress<VerifyStep>(step => show(new Step(
                    job.Name, step.Detail, State(step), step.Total - step.Done, planned.Share(step.Done)))),
                session.CancellationToken), "steps");

        private static string State(VerifyStep step) =>
            step.Rows == 0 ? "measured" : FormattableString.Invariant($"{step.Rows} compared, {step.Failing} differ");

        private CancelledException Cancelled(List<VerifyTable> tables, VerificationPlan plan)
        {
            var done = tables.Count(table => table.Complete);
            var rows = tables[^1].Rows.Count;
            var where = Choice.Out is { } path && (done > 0 || rows > 0)
                ? $"{VerifyFile.Name} in {path} holds them"
                    + $"{(rows > 0 ? FormattableString.Invariant($" and {rows} rows of {tables[^1].Name}") : "")}"
                : "no files were written";
            return new CancelledException(FormattableString.Invariant($"after {done} of {plan.Tables.Count} tables; {where}"),
                new OperationCanceledException(Choice.Context.CancellationToken));
        }

        private static VerifiedPrompts Facts(VerificationTask task) => new(task.Task, new TaskFacts(
            PromptSource.Facts(task.Clean, task.Rows.Clean, task.Rows.CleanFiles),
            PromptSource.Facts(task.Corrupted, task.Rows.Corrupt, task.Rows.CorruptFiles)));
    }
}
