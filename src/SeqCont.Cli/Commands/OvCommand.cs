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
        var byMember =
            OptionFactory.Flag("--by-member", "Show the listed heads' scores member by member too; ov.json always has them (default: off)");
        var asPublished = OptionFactory.Flag(
            "--as-published",
            "Compare as the study did: the next of a month is an ordinal, such as \"second\" after January (default: the next month)");
        foreach (var option in (Option[])[task, topK, byMember, asPublished]) command.Add(option);
        var run = new RunOptions(context, "DIR", "Folder for ov.json, ov.svg, ov-negative.svg and run.json (default: no files)").AddTo(
            command);
        command.SetAction(parsed => new Request(
            parsed.GetRequiredValue(task), parsed.GetValue(topK) ?? DefaultTopK, parsed.GetValue(byMember), parsed.GetValue(asPublished),
            run.Read(parsed)).Run());
        return command;
    }

    private sealed record Request(
        string Task, int TopK, bool ByMember, bool AsPublished,
        RunChoice Choice)
    {
        public int Run() => RunSession.Run(Choice, session =>
        {
            OvPrompts? prompts = null;
            var choice = new PromptChoice(Task, null, null, null, null, false, 0);
            using var experiment = Experiment.Open(
                session, Choice.Model, choice, (source, tokenizer) => Source(source, prompts = Sequences(source, tokenizer)));
            if (TopK > experiment.Config.DVocab)
                throw new UsageException($"--top-k: expected at most {experiment.Config.DVocab}, the model's vocabulary, got {TopK}.");
            experiment.Announce(session, OvScores.Plan(experiment.Model, prompts!, Choice.Model.Memory).PredictedBytes);
            if (prompts!.LeftOut > 0)
                session.Console.Notice($"{prompts.LeftOut} sequences are left out: a word is not one token of this model");
            var result = session.Phases.Measure("ov", () => Score(session, experiment, prompts));
            var run = new AnalysisRecord
            {
                Header = experiment.Header(session, result.Memory.PredictedBytes),
                Analysis = "ov",
                AsPublished = AsPublished,
                TopK = TopK,
            };
            return session.Finish(
                folder => Write(folder, result, run),
                json => json.WriteFields([.. run.Json, ("ov", OvFile.Of(run.Header.Origin.Model.Name, Name, AsPublished, result))]),
                () => OvTables.Of(result, run, ByMember, Choice.Out));
        });

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
                Corr = new PromptAnswer(prompts.NextTokens[prompts.MemberAt[i][^1]].FirstOrDefault(-1) is >= 0 and var next
                    && next != tokens[^1] ? next : tokens[0]),
                Incorr = new PromptAnswer(tokens[^1]),
            };
            PromptRow[] rows = [.. prompts.Tokens.Select(Row)];
            var config = source.Weights.Config;
            var set = PromptSet.Create(rows, null, config, null,
                FormattableString.Invariant($"bare sequences of {OvPrompts.Shown} members"));
            var facts = PromptSource.Facts(set, rows, TaskSource.IsFile(Task) ? [Task] : []);
            return new PromptSource(set, set, facts, facts, Name, null);
        }

        private OvScoreResult Score(RunSession session, Experiment experiment, OvPrompts prompts) =>
            session.Show("scoring heads", show => OvScores.Run(
                experiment.Model, prompts, TopK, Choice.Model.Memory,
                new SynchronousProgress<int>(
                    layer => show(new Step("ov", FormattableString.Invariant($"layer {layer}"), $"{experiment.Config.NHeads} heads each",
                        experiment.Config.NLayers - 1 - layer))),
                session.CancellationToken), "layers");

        private void Write(RunFolder folder, OvScoreResult result, AnalysisRecord run)
        {
            JsonFile.Write(folder.Place(RunFolder.OvName), OvFile.Of(run.Header.Origin.Model.Name, Name, AsPublished, result));
            PictureFile.Write(folder.Place(RunFolder.OvPictureName), OvPictures.Scores(result, Name, run.Header.Origin.Model.Name));
            PictureFile.Write(folder.Place(RunFolder.OvNegativePictureName),
                OvPictures.NegativeScores(result, Name, run.Header.Origin.Model.Name));
            JsonFile.Write(folder.Place(RunFolder.RunName), run.Json);
        }
    }
}
