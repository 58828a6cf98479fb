using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Model;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont ov: which heads copy the member they read, and which write the next one.</summary>
internal static class OvCommand
{
    private const int DefaultTopK = 5;
    private const string OrdinalTask = "months";

    public static Command Build(CommandContext context)
    {
        var command = new Command("ov", "Copy and next scores of every head through its OV circuit");
        var task = PromptOptions.TaskOption();
        var topK = OptionFactory.Count("--top-k", $"A hit is a sought token among this many (default: {DefaultTopK})");
        var byMember = OptionFactory.Flag("--by-member", "Show the listed heads' scores member by member too; ov.json always has them (default: off)");
        var asPublished = OptionFactory.Flag("--as-published", "Compare as the study did: the next of a month is an ordinal, such as \"second\" after January (default: the next month)");
        foreach (var option in (Option[])[task, topK, byMember, asPublished]) command.Add(option);
        var model = new ModelOptions().AddTo(command);
        var folder = new FolderOptions("DIR", "Folder for ov.json, ov.svg, ov-negative.svg and run.json (default: no files)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => new Request(
            context, parsed.GetRequiredValue(task), parsed.GetValue(topK) ?? DefaultTopK, parsed.GetValue(byMember), parsed.GetValue(asPublished),
            model.Read(parsed), folder.Read(parsed), output.Read(parsed)).Run());
        return command;
    }

    private sealed record Request(
        CommandContext Context, string Task, int TopK, bool ByMember, bool AsPublished,
        ModelChoice Model, (string? Out, bool Force) Folder, OutputChoice Output)
    {
        public int Run()
        {
            var folder = Folder.Out is { } path ? RunFolder.Claim(path, Folder.Force) : null;
            try
            {
                var phases = new Phases();
                OvPrompts? prompts = null;
                var choice = new PromptChoice(Task, null, null, null, null, false, 0);
                using var experiment = Experiment.Open(Model, choice, (source, tokenizer) => Source(source, prompts = Sequences(source, tokenizer)), phases, Context.CancellationToken);
                if (TopK > experiment.Config.DVocab) throw new UsageException($"--top-k: expected at most {experiment.Config.DVocab}, the model's vocabulary, got {TopK}.");
                var console = new ConsoleOutput(Context.Terminal, Output.Json, Output.Quiet);
                experiment.Announce(console, OvScores.Plan(experiment.Model, prompts!, Model.Memory).PredictedBytes);
                if (prompts!.LeftOut > 0) console.Notice($"{prompts.LeftOut} sequences are left out: a word is not one token of this model");
                var result = phases.Measure("ov", () => Score(experiment, prompts, console));
                var run = experiment.Describe(Context, phases, "ov", AsPublished, TopK, result.Memory.PredictedBytes);
                if (folder is not null) Write(folder, result, run);
                Print(console, result, run);
                return CommandLine.Done;
            }
            catch (OperationCanceledException exception)
            {
                throw new CancelledException("no files were written", exception);
            }
            finally
            {
                folder?.Abandon();
            }
        }

        private OvPrompts Sequences(ModelSource source, Gpt2Tokenizer? tokenizer)
        {
            var task = TaskSource.Open(Task);
            return OvPrompts.Create(task.Members, tokenizer ?? source.RequireTokenizer(), task.Name, AsPublished && Task == OrdinalTask);
        }

        private string Name => TaskSource.NameOf(Task)!;

        private PromptSource Source(ModelSource source, OvPrompts prompts)
        {
            PromptRow Row(int[] tokens, int i) => new()
            {
                Tokens = tokens,
                Corr = new PromptAnswer(prompts.NextTokens[prompts.MemberAt[i][^1]].FirstOrDefault(-1) is >= 0 and var next && next != tokens[^1] ? next : tokens[0]),
                Incorr = new PromptAnswer(tokens[^1]),
            };
            PromptRow[] rows = [.. prompts.Tokens.Select(Row)];
            var config = source.Weights.Config;
            var set = PromptSet.Create(rows, null, config.NCtx, config.DVocab, null, FormattableString.Invariant($"bare sequences of {OvPrompts.Shown} members"));
            var facts = PromptSource.Facts(set, rows, TaskSource.IsFile(Task) ? [Task] : []);
            return new PromptSource(set, set, facts, facts, Name, null);
        }

        private OvScoreResult Score(Experiment experiment, OvPrompts prompts, ConsoleOutput console) =>
            new JobView(console, Output.Verbose, "layers").Run("scoring heads", show => OvScores.Run(
                experiment.Model, prompts, TopK, Model.Memory,
                new SynchronousProgress<int>(layer => show(new Step("ov", FormattableString.Invariant($"layer {layer}"), $"{experiment.Config.NHeads} heads each", experiment.Config.NLayers - 1 - layer))),
                Context.CancellationToken));

        private void Write(RunFolder folder, OvScoreResult result, AnalysisRecord run)
        {
            OvFile.Write(folder.Place(RunFolder.OvName), run.Origin.Model.Name, Name, AsPublished, result);
            PictureFile.Write(folder.Place(RunFolder.OvPictureName), OvPictures.Scores(result, Name, run.Origin.Model.Name));
            PictureFile.Write(folder.Place(RunFolder.OvNegativePictureName), OvPictures.NegativeScores(result, Name, run.Origin.Model.Name));
            run.Write(folder.Place(RunFolder.RunName));
        }

        private void Print(ConsoleOutput console, OvScoreResult result, AnalysisRecord run)
        {
            if (Output.Json) JsonOutput.Write(Context.Terminal.Out, run, "ov", json => OvFile.WriteFields(json, run.Origin.Model.Name, Name, AsPublished, result), Folder.Out);
            if (Output.Json && Output.Quiet) return;
            console.Result(OvTables.Of(result, run, ByMember, Folder.Out));
        }
    }
}
