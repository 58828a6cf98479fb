using System.Globalization;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont lens: the residual stream read as predictions, layer by layer.</summary>
internal sealed class LensCommand(OptionTable options)
{
    private const int DefaultTopK = 5, DefaultLengthSamples = 32;

    private readonly int _topK = options.Count("--top-k", $"Tokens to keep of each row (default: {DefaultTopK})") ?? DefaultTopK;
    private readonly int? _row = Row(options.Text("--row", "N",
        "Earlier row of the pair for the study's count, an earlier member, then the right one; row 0 is the embeddings, row i after "
            + "block i - 1 (default: three quarters of the layers, 9 of 12)"));

    private readonly int? _lengths = options.Count("--length-samps",
        $"Prompts per template and length for probabilities against sequence length (default: {DefaultLengthSamples})");

    private readonly bool _noLengths = options.Flag(
        "--no-lengths", "Leave out probabilities against sequence length (default: measured where the task's words are known)");

    private readonly bool _asPublished = options.Flag("--as-published",
        "Read as the study did: no final LayerNorm before the last row, and twice there (default: once in every row)");

    private readonly PromptChoice _prompts = PromptOptions.Read(options, cleanOnly: true);
    private readonly RunChoice _run = RunChoice.Read(options, "DIR",
        "Folder for lens.json, lens-per-prompt.jsonl, lens-rows.svg, lens-lengths.svg and run.json (default: no files)");

    public int Run() => _noLengths && _lengths is not null
        ? throw new UsageException("--length-samps and --no-lengths: give one of them.") : RunSession.Run(_run, Run);

    private static int? Row(string? text) => text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? row
        : throw new UsageException($"--row: expected a whole number of 0 or more, got '{text}'.");

    private int Run(RunSession session)
    {
        using var experiment = new Experiment(session, _prompts);
        var (sizes, prompts) = (experiment.Config, experiment.Clean);
        var config = new LogitLensConfig { TopK = _topK, AsPublished = _asPublished, Memory = _run.Memory };
        experiment.RequireTopK(_topK);
        if (_row >= sizes.NLayers)
            throw new UsageException(
                $"--row: expected 0 to {sizes.NLayers - 1}, since the later row is the next one and the last is {sizes.NLayers}, got "
                    + $"{_row}.");
        experiment.Announce(LogitLens.Plan(experiment.Model, prompts, config).PredictedBytes);
        var lens = session.Measure(
            "lens", "reading rows", "rows",
            (int row) => new Step("lens", LensFile.RowName(row), $"{prompts.Count} prompts", sizes.NLayers - row),
            progress => LogitLens.Run(experiment.Model, prompts, config, progress, session.CancellationToken));
        var task = TaskMembers.Of(_prompts, experiment, session.Console);
        var report = new LensReport(
            Task: experiment.Prompts.Task,
            Model: experiment.ModelName,
            Prompts: prompts,
            Lens: lens,
            Steps: task is null ? null : LogitLens.CountSteps(lens, prompts, task.Order),
            StudyRow: _row ?? LogitLens.StudyRow(sizes),
            Lengths: task is null || _noLengths ? null : session.Phases.Measure("lengths", () => Lengths(experiment, task)),
            TokenText: experiment.Source.TokenText);
        var run = new AnalysisRecord(
            Header: experiment.Header(lens.Memory.PredictedBytes),
            Analysis: "lens",
            AsPublished: _asPublished,
            TopK: _topK);
        return session.Finish(
            folder => Write(folder, report, run), () => [.. run.Json, ("lens", LensFile.Of(report))],
            () => LensTables.Of(report, run));
    }

    private IReadOnlyList<LengthProbability> Lengths(Experiment experiment, TaskMembers task)
    {
        var measured = new List<LengthProbability>();
        for (var shown = LengthProbabilities.Shortest; shown <= Math.Min(LengthProbabilities.Longest, task.Members.Count - 1); shown++)
        {
            if (task.Prompts(shown, _lengths ?? DefaultLengthSamples, _prompts.Seed, experiment) is not { } prompts) break;
            measured.Add(LengthProbabilities.Measure(experiment.Model, prompts, shown, _run.Memory, _run.Context.CancellationToken));
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
