using System.Diagnostics;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Engine;
using SeqCont.Reports;
using Spectre.Console;

namespace SeqCont.Cli.Running;

/// <summary>
/// One run of a command, from claiming its folder to the last line printed: a command is its options and what it does in here.
/// </summary>
internal sealed class RunSession
{
    private RunSession(RunChoice choice, RunFolder? folder) => (Choice, Folder, Console) = (choice, folder, new(choice.Output));

    /// <summary>What was typed.</summary>
    public RunChoice Choice { get; }

    /// <summary>Seconds by phase.</summary>
    public Phases Phases { get; } = new();

    /// <summary>What people see.</summary>
    public ConsoleOutput Console { get; }

    /// <summary>Where results go; null for nowhere.</summary>
    public RunFolder? Folder { get; }

    /// <summary>Cancelled by Ctrl-C.</summary>
    public CancellationToken CancellationToken => Choice.Context.CancellationToken;

    /// <summary>Runs a command that may have a folder to itself.</summary>
    /// <param name="choice">What was typed.</param>
    /// <param name="work">The command; returns the exit code.</param>
    /// <param name="beside">The files it writes, when its folder may hold another run's; null: the folder is its own.</param>
    /// <param name="resume">Whether an interrupted run in that folder goes on.</param>
    /// <exception cref="CancelledException">Cancelled.</exception>
    public static int Run(RunChoice choice, Func<RunSession, int> work, IReadOnlyList<string>? beside = null, bool resume = false)
    {
        var folder = choice.Out is not { } path ? null
            : beside is null ? RunFolder.Claim(path, choice.Folder.Force, resume)
            : RunFolder.ClaimBeside(path, beside, choice.Folder.Force);
        try
        {
            return Run(choice, folder, work, "no files were written");
        }
        finally
        {
            folder?.Abandon();
        }
    }

    /// <summary>Runs a command that has files of its own, or none, instead of a folder.</summary>
    /// <param name="choice">What was typed.</param>
    /// <param name="work">The command; returns the exit code.</param>
    /// <param name="nothing">What is said when it is cancelled.</param>
    /// <exception cref="CancelledException">Cancelled.</exception>
    public static int RunWithoutFolder(RunChoice choice, Func<RunSession, int> work, string nothing = "nothing was written") =>
        Run(choice, null, work, nothing);

    /// <summary>Opens the model, and says what is odd about its files.</summary>
    /// <param name="forPrompts">Whether its weights may be missing.</param>
    public ModelSource OpenSource(bool forPrompts = false)
    {
        var model = Choice.Model;
        var source = Phases.Measure("open", () =>
            ModelSource.Open(model.Model, model.Tokenizer, Console.Notice, model.Unembedding, forPrompts, CancellationToken));
        foreach (var notice in source.Checkpoint?.Notices ?? []) Console.Notice(notice);
        return source;
    }

    /// <summary>Says on what a model runs, and what memory that will take.</summary>
    public void AnnounceBackend(IOps ops, long predictedBytes) =>
        Console.Notice($"{Backend.DescribeChoice(ops, Choice.Model)}; predicted peak memory {ByteSize.Format(predictedBytes)}");

    /// <summary>Work that is shown as it goes.</summary>
    /// <param name="start">What it begins with.</param>
    /// <param name="work">The work; tells its steps.</param>
    /// <param name="unit">What steps are called.</param>
    public T Show<T>(string start, Func<Action<Step>, T> work, string unit) =>
        new JobView(Console, Choice.Output.Verbose, unit).Run(start, work);

    /// <summary>The same, with its time as a phase, and its progress told in the work's own terms.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="start">What it begins with.</param>
    /// <param name="unit">What steps are called.</param>
    /// <param name="step">What a step shows.</param>
    /// <param name="work">The work.</param>
    public TResult Measure<TProgress, TResult>(
        string phase, string start, string unit, Func<TProgress, Step> step, Func<IProgress<TProgress>, TResult> work) => Phases.Measure(
        phase, () => Show(start, show => work(new SynchronousProgress<TProgress>(progress => show(step(progress)))), unit));

    /// <summary>
    /// A search whose decisions go into the run's journal as they fall, and which goes on where an interrupted one stopped.
    /// </summary>
    /// <param name="row">The kind of decision.</param>
    /// <param name="settings">All that decisions depend on.</param>
    /// <param name="step">What a step shows, and the decision that it brought.</param>
    /// <param name="search">The search: takes decisions already made, and tells its steps.</param>
    /// <exception cref="CancelledException">Cancelled; says how many decisions are on disk.</exception>
    public TResult Search<TDecision, TProgress, TResult>(
        JournalRow<TDecision> row, IReadOnlyList<KeyValuePair<string, string>> settings, Func<TProgress, (TDecision, Step)> step,
        Func<IReadOnlyList<TDecision>, IProgress<TProgress>, TResult> search)
    {
        using var journal = Folder is null ? null : new Journal<TDecision>(Folder, row, settings);
        var resume = journal?.Decisions ?? [];
        if (resume.Count > 0) Console.Notice($"resuming after {resume.Count} decisions");
        var decided = resume.Count;
        Step Append(TProgress progress)
        {
            var (decision, shown) = step(progress);
            journal?.Append(decision);
            decided++;
            return shown;
        }

        try
        {
            var result = Measure<TProgress, TResult>(
                "search", "measuring the full model", "candidates", Append, progress => search(resume, progress));
            journal?.Begin();
            return result;
        }
        catch (OperationCanceledException exception)
        {
            throw new CancelledException(
                decided == 0 || journal is null ? $"after {decided} decisions; no files were written"
                    : $"after {decided} decisions, which are in {journal.Path}; --resume goes on from there", exception);
        }
    }

    /// <summary>What the run's files begin with.</summary>
    public RunOrigin Origin(ModelSource source) => new(
        ProgramVersion.Version, ProgramVersion.Commit, Choice.Context.FullCommand, Phases.StartedAt,
        new ModelFacts(source.Name, source.Snapshot?.Commit, source.Sha256, source.Config, source.Checkpoint?.Unembedding));

    /// <summary>What the run's files say whatever the run was.</summary>
    public RunHeader Header(ModelSource source, IOps ops, long seed, long predictedBytes)
    {
        using var process = Process.GetCurrentProcess();
        return new RunHeader(
            Origin: Origin(source),
            Device: Backend.DeviceOf(ops),
            Backend: ops.Name,
            Precision: Choice.Model.Precision,
            Seed: seed,
            Seconds: Phases.Seconds(),
            PredictedPeakBytes: predictedBytes,
            PeakBytes: process.PeakWorkingSet64);
    }

    /// <summary>Ends a run: its files, then one JSON object where that is asked for, and lines for people unless both.</summary>
    /// <param name="write">Writes the files.</param>
    /// <param name="json">The object; its last field is where the files are.</param>
    /// <param name="lines">Lines for people; the last says the same.</param>
    /// <param name="grid">What stands before them.</param>
    public int Finish(
        Action<RunFolder> write, Func<Json> json, Func<IEnumerable<string>> lines, Func<IEnumerable<Markup>>? grid = null)
    {
        if (Folder is not null) write(Folder);
        return Console.Print(
            () => [.. json(), ("out", Choice.Out)],
            () => [.. lines(), .. Folder is null ? (string[])[] : [$"files in {Choice.Out}"]], grid);
    }

    private static int Run(RunChoice choice, RunFolder? folder, Func<RunSession, int> work, string nothing)
    {
        try
        {
            return work(new RunSession(choice, folder));
        }
        catch (OperationCanceledException exception) when (exception is not CancelledException)
        {
            throw new CancelledException(nothing, exception);
        }
    }
}
