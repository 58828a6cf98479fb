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
        var row = OptionFactory.Text("--row", "N", "Earlier row of the pair for the study's count, an earlier member, then the right one; row 0 is the embeddings, row i after block i - 1 (default: three quarters of the layers, 9 of 12)");
        var lengths = OptionFactory.Count("--length-samps", $"Prompts per template and length for probabilities against sequence length (default: {DefaultLengthSamples})");
        var noLengths = OptionFactory.Flag("--no-lengths", "Leave out probabilities against sequence length (default: measured where the task's words are known)");
        var asPublished = OptionFactory.Flag("--as-published", "Read as the study did: no final LayerNorm before the last row, and twice there (default: once in every row)");
        foreach (var option in (Option[])[topK, row, lengths, noLengths, asPublished]) command.Add(option);
        var prompts = new PromptOptions(cleanOnly: true).AddTo(command);
        var model = new ModelOptions().AddTo(command);
        var folder = new FolderOptions("DIR", "Folder for lens.json, lens-per-prompt.jsonl, lens-rows.svg, lens-lengths.svg and run.json (default: no files)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed =>
        {
            var samples = parsed.GetValue(noLengths) ? (int?)null : parsed.GetValue(lengths) ?? DefaultLengthSamples;
            if (samples is null && parsed.GetValue(lengths) is not null) throw new UsageException("--length-samps and --no-lengths: give one of them.");
            return new Request(
                context, parsed.GetValue(topK) ?? DefaultTopK, Row(parsed.GetValue(row)), samples, parsed.GetValue(asPublished),
                prompts.Read(parsed), model.Read(parsed), folder.Read(parsed), output.Read(parsed)).Run();
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
        CommandContext Context, int TopK, int? Row, int? LengthSamples, bool AsPublished,
        PromptChoice Prompts, ModelChoice Model, (string? Out, bool Force) Folder, OutputChoice Output)
    {
        public int Run()
        {
            var folder = Folder.Out is { } path ? RunFolder.Claim(path, Folder.Force) : null;
            try
            {
                var phases = new Phases();
                using var experiment = Experiment.Open(Model, Prompts, phases, Context.CancellationToken);
                var console = new ConsoleOutput(Context.Terminal, Output.Json, Output.Quiet);
                var config = new LogitLensConfig { TopK = TopK, AsPublished = AsPublished, Memory = Model.Memory };
                RequireFit(experiment);
                experiment.Announce(console, LogitLens.Plan(experiment.Model, experiment.Prompts.Clean, config).PredictedBytes);
                var lens = phases.Measure("lens", () => ReadRows(experiment, config, console));
                var task = TaskMembers.Of(Prompts, experiment, console);
                var report = new LensReport
                {
                    Task = experiment.Prompts.Task,
                    Model = experiment.ModelName,
                    Prompts = experiment.Prompts.Clean,
                    Lens = lens,
                    Steps = task is null ? null : LogitLens.CountSteps(lens, experiment.Prompts.Clean, task.Order),
                    StudyRow = Row ?? LogitLens.StudyRow(experiment.Config),
                    Lengths = task is null || LengthSamples is not { } samples ? null : phases.Measure("lengths", () => Lengths(experiment, task, samples)),
                    TokenText = experiment.TokenText,
                };
                var run = experiment.Describe(Context, phases, "lens", AsPublished, TopK, lens.Memory.PredictedBytes);
                if (folder is not null) Write(folder, report, run);
                Print(console, report, run);
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

        private void RequireFit(Experiment experiment)
        {
            var config = experiment.Config;
            if (TopK > config.DVocab) throw new UsageException($"--top-k: expected at most {config.DVocab}, the model's vocabulary, got {TopK}.");
            if (Row >= config.NLayers) throw new UsageException($"--row: expected 0 to {config.NLayers - 1}, since the later row is the next one and the last is {config.NLayers}, got {Row}.");
        }

        private LogitLensResult ReadRows(Experiment experiment, LogitLensConfig config, ConsoleOutput console) =>
            new JobView(console, Output.Verbose, "rows").Run("reading rows", show => LogitLens.Run(
                experiment.Model, experiment.Prompts.Clean, config,
                new SynchronousProgress<int>(row => show(new Step("lens", LensFile.RowName(row), $"{experiment.Prompts.Clean.Count} prompts", experiment.Config.NLayers - row))),
                Context.CancellationToken));

        private IReadOnlyList<LengthProbability> Lengths(Experiment experiment, TaskMembers task, int samples)
        {
            var measured = new List<LengthProbability>();
            for (var shown = LengthProbabilities.Shortest; shown <= Math.Min(LengthProbabilities.Longest, task.Members.Count - 1); shown++)
            {
                if (task.Prompts(shown, samples, Prompts.Seed, experiment) is not { } prompts) break;
                measured.Add(LengthProbabilities.Measure(experiment.Model, prompts, shown, Model.Memory, Context.CancellationToken));
            }

            return measured;
        }

        private static void Write(RunFolder folder, LensReport report, AnalysisRecord run)
        {
            LensFile.Write(folder.Place(RunFolder.LensName), report);
            LensFile.WritePerPrompt(folder.Place(RunFolder.LensPerPromptName), report);
            PictureFile.Write(folder.Place(RunFolder.LensRowsName), LensPictures.Rows(report));
            if (report.Lengths is { Count: > 0 }) PictureFile.Write(folder.Place(RunFolder.LensLengthsName), LensPictures.Lengths(report));
            run.Write(folder.Place(RunFolder.RunName));
        }

        private void Print(ConsoleOutput console, LensReport report, AnalysisRecord run)
        {
            if (Output.Json) JsonOutput.Write(Context.Terminal.Out, run, "lens", json => LensFile.WriteFields(json, report), Folder.Out);
            if (Output.Json && Output.Quiet) return;
            console.Result(LensTables.Of(report, run, Folder.Out));
        }
    }
}
