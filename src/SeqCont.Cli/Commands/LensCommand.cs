using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont lens: the residual stream read as predictions, layer by layer.</summary>
internal static class LensCommand
{
    private const int DefaultTopK = 5, DefaultLengthSamples = 32;

    public static Command Build(CommandContext context)
    {
        var command = new Command("lens", "Logit lens: what the residual stream at the last position predicts after every layer");
        var topK = OptionFactory.Count("--top-k", $"Tokens to keep of each row (default: {DefaultTopK})");
        var row = OptionFactory.Text(
            "--row", "N",
            "Earlier row of the pair for the study's count, an earlier member, then the right one; row 0 is the embeddings, row i after "
                + "block i - 1 (default: three quarters of the layers, 9 of 12)");
        var lengths = OptionFactory.Count(
            "--length-samps",
            $"Prompts per template and length for probabilities against sequence length (default: {DefaultLengthSamples})");
        var noLengths = OptionFactory.Flag(
            "--no-lengths", "Leave out probabilities against sequence length (default: measured where the task's words are known)");
        var asPublished = OptionFactory.Flag(
            "--as-published",
            "Read as the study did: no final LayerNorm before the last row, and twice there (default: once in every row)");
        foreach (var option in (Option[])[topK, row, lengths, noLengths, asPublished]) command.Add(option);
        var prompts = new PromptOptions(cleanOnly: true).AddTo(command);
        var run = new RunOptions(
            context, "DIR",
            "Folder for lens.json, lens-per-prompt.jsonl, lens-rows.svg, lens-lengths.svg and run.json (default: no files)").AddTo(command);
        command.SetAction(parsed =>
        {
            var samples = parsed.GetValue(noLengths) ? (int?)null : parsed.GetValue(lengths) ?? DefaultLengthSamples;
            if (samples is null && parsed.GetValue(lengths) is not null)
                throw new UsageException("--length-samps and --no-lengths: give one of them.");
            return new Request(
                parsed.GetValue(topK) ?? DefaultTopK, Row(parsed.GetValue(row)), samples, parsed.GetValue(asPublished),
                prompts.Read(parsed), run.Read(parsed)).Run();
        });
        return command;
    }

    private static int? Row(string? text)
    {
        if (text is null) return null;
        return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var row)
            ? row
            : throw new UsageException($"--row: expected a whole number of 0 or more, got '{text}'.");
    }

    private sealed record Request(
        int TopK, int? Row, int? LengthSamples, bool AsPublished,
        PromptChoice Prompts, RunChoice Choice)
    {
        public int Run() => RunSession.Run(Choice, session =>
        {
            using var experiment = Experiment.Open(session, Choice.Model, Prompts);
            var config = new LogitLensConfig { TopK = TopK, AsPublished = AsPublished, Memory = Choice.Model.Memory };
            RequireFit(experiment);
            experiment.Announce(session, LogitLens.Plan(experiment.Model, experiment.Prompts.Clean, config).PredictedBytes);
            var lens = session.Phases.Measure("lens", () => ReadRows(session, experiment, config));
            var task = TaskMembers.Of(Prompts, experiment, session.Console);
            var report = new LensReport
            {
                Task = experiment.Prompts.Task,
                Model = experiment.ModelName,
                Prompts = experiment.Prompts.Clean,
                Lens = lens,
                Steps = task is null ? null : LogitLens.CountSteps(lens, experiment.Prompts.Clean, task.Order),
                StudyRow = Row ?? LogitLens.StudyRow(experiment.Config),
                Lengths = task is null || LengthSamples is not { } samples
                    ? null : session.Phases.Measure("lengths", () => Lengths(experiment, task, samples)),
                TokenText = experiment.TokenText,
            };
            var run = new AnalysisRecord
            {
                Header = experiment.Header(session, lens.Memory.PredictedBytes),
                Analysis = "lens",
                AsPublished = AsPublished,
                TopK = TopK,
            };
            return session.Finish(
                folder => Write(folder, report, run), json => json.WriteFields([.. run.Json, ("lens", LensFile.Of(report))]),
                () => LensTables.Of(report, run, Choice.Out));
        });

        private void RequireFit(Experiment experiment)
        {
            var config = experiment.Config;
            if (TopK > config.DVocab)
                throw new UsageException($"--top-k: expected at most {config.DVocab}, the model's vocabulary, got {TopK}.");
            if (Row >= config.NLayers)
                throw new UsageException(
                    $"--row: expected 0 to {config.NLayers - 1}, since the later row is the next one and the last is {config.NLayers}, "
                        + $"got {Row}.");
        }

        private LogitLensResult ReadRows(RunSession session, Experiment experiment, LogitLensConfig config) =>
            session.Show("reading rows", show => LogitLens.Run(
                experiment.Model, experiment.Prompts.Clean, config,
                new SynchronousProgress<int>(
                    row => show(new Step("lens", LensFile.RowName(row), $"{experiment.Prompts.Clean.Count} prompts",
                        experiment.Config.NLayers - row))),
                session.CancellationToken), "rows");

        private IReadOnlyList<LengthProbability> Lengths(Experiment experiment, TaskMembers task, int samples)
        {
            var measured = new List<LengthProbability>();
            for (var shown = LengthProbabilities.Shortest; shown <= Math.Min(LengthProbabilities.Longest, task.Members.Count - 1); shown++)
            {
                if (task.Prompts(shown, samples, Prompts.Seed, experiment) is not { } prompts) break;
                measured.Add(LengthProbabilities.Measure(
                    experiment.Model, prompts, shown, Choice.Model.Memory, Choice.Context.CancellationToken));
            }

            return measured;
        }

        private static void Write(RunFolder folder, LensReport report, AnalysisRecord run)
        {
            JsonFile.Write(folder.Place(RunFolder.LensName), LensFile.Of(report));
            JsonFile.WriteRows(folder.Place(RunFolder.LensPerPromptName), LensFile.PerPrompt(report));
            PictureFile.Write(folder.Place(RunFolder.LensRowsName), LensPictures.Rows(report));
            if (report.Lengths is { Count: > 0 }) PictureFile.Write(folder.Place(RunFolder.LensLengthsName), LensPictures.Lengths(report));
            JsonFile.Write(folder.Place(RunFolder.RunName), run.Json);
        }
    }
}
