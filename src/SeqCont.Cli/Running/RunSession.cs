using System.Diagnostics;
using System.Text.Json;
using SeqCont.Cli.Commands;
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
    private readonly RunChoice _choice;

    private RunSession(RunChoice choice, RunFolder? folder)
    {
        (_choice, Folder) = (choice, folder);
        Console = new ConsoleOutput(choice.Context.Terminal, choice.Output.Json, choice.Output.Quiet);
    }

    /// <summary>Seconds by phase.</summary>
    public Phases Phases { get; } = new();

    /// <summary>What people see.</summary>
    public ConsoleOutput Console { get; }

    /// <summary>Where results go; null for nowhere.</summary>
    public RunFolder? Folder { get; }

    /// <summary>Cancelled by Ctrl-C.</summary>
    public CancellationToken CancellationToken => _choice.Context.CancellationToken;

    /// <summary>Runs a command that may have a folder to itself.</summary>
    /// <param name="choice">What was typed.</param>
    /// <param name="work">The command; returns the exit code.</param>
    /// <param name="beside">The files it writes, when its folder may hold another run's; null: the folder is its own.</param>
    /// <param name="resume">Whether an interrupted run in that folder goes on.</param>
    /// <exception cref="CancelledException">Cancelled.</exception>
    public static int Run(RunChoice choice, Func<RunSession, int> work, IReadOnlyList<string>? beside = null, bool resume = false)
    {
        var folder = choice.Out is not { } path ? null
            : beside is null ? RunFolder.Claim(path, choice.Force, resume) : RunFolder.ClaimBeside(path, beside, choice.Force);
        try
        {
            return work(new RunSession(choice, folder));
        }
        catch (OperationCanceledException exception) when (exception is not CancelledException)
        {
            throw new CancelledException("no files were written", exception);
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
    public static int RunWithoutFolder(RunChoice choice, Func<RunSession, int> work, string nothing = "nothing was written")
    {
        try
        {
            return work(new RunSession(choice, null));
        }
        catch (OperationCanceledException exception) when (exception is not CancelledException)
        {
            throw new CancelledException(nothing, exception);
        }
    }

    /// <summary>Opens the model.</summary>
    public ModelSource OpenSource() => Phases.Measure("open", () => ModelSource.Open(_choice.Model.Model));

    /// <summary>Says on what a model runs, and what memory that will take where it is known.</summary>
    public void AnnounceBackend(IOps ops, long? predictedBytes)
    {
        var memory = predictedBytes is { } bytes ? $"; predicted peak memory {ByteSize.Format(bytes)}" : "";
        Console.Notice($"{Backend.DescribeChoice(ops, _choice.Model)}{memory}");
    }

    /// <summary>Work that is shown as it goes.</summary>
    /// <param name="start">What it begins with.</param>
    /// <param name="work">The work; tells its steps.</param>
    /// <param name="unit">What steps are called.</param>
    public T Show<T>(string start, Func<Action<Step>, T> work, string unit = "candidates") =>
        new JobView(Console, _choice.Output.Verbose, unit).Run(start, work);

    /// <summary>
    /// A search whose decisions go into the run's journal as they fall, and which goes on where an interrupted one stopped.
    /// </summary>
    /// <param name="row">The kind of decision.</param>
    /// <param name="settings">All that decisions depend on.</param>
    /// <param name="search">The search: takes decisions already made, tells each new one, and shows its steps.</param>
    /// <exception cref="CancelledException">Cancelled; says how many decisions are on disk.</exception>
    public TResult Search<TDecision, TResult>(
        JournalRow<TDecision> row, IReadOnlyList<KeyValuePair<string, string>> settings,
        Func<IReadOnlyList<TDecision>, Action<TDecision>, Action<Step>, TResult> search)
    {
        using var journal = Folder is null ? null : new Journal<TDecision>(Folder, row, settings);
        var resume = journal?.Decisions ?? [];
        if (resume.Count > 0) Console.Notice($"resuming after {resume.Count} decisions");
        var decided = resume.Count;
        void Append(TDecision decision)
        {
            journal?.Append(decision);
            decided++;
        }

        try
        {
            var result = Phases.Measure("search", () => Show("measuring the full model", show => search(resume, Append, show)));
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
        ProgramVersion.Version, ProgramVersion.Commit, _choice.Context.FullCommand, Phases.StartedAt,
        new ModelFacts(source.Name, source.Snapshot?.Commit, source.Weights.Sha256, source.Weights.Config));

    /// <summary>What the run's files say whatever the run was.</summary>
    public RunHeader Header(ModelSource source, IOps ops, long seed, long predictedBytes)
    {
        using var process = Process.GetCurrentProcess();
        return new RunHeader
        {
            Origin = Origin(source),
            Device = Backend.DeviceOf(ops),
            Backend = ops.Name,
            Precision = _choice.Model.Precision,
            Seed = seed,
            Seconds = Phases.Seconds(),
            PredictedPeakBytes = predictedBytes,
            PeakBytes = process.PeakWorkingSet64,
        };
    }

    /// <summary>Ends a run: its files, then one JSON object where that is asked for, and lines for people unless both.</summary>
    /// <param name="write">Writes the files.</param>
    /// <param name="writeJson">Writes the object's fields; its last is where the files are.</param>
    /// <param name="lines">Lines for people.</param>
    public int Finish(Action<RunFolder> write, Action<Utf8JsonWriter> writeJson, Func<IEnumerable<Markup>> lines)
    {
        if (Folder is not null) write(Folder);
        return Print(writeJson, lines);
    }

    /// <summary>Prints the result.</summary>
    /// <param name="writeJson">Writes the object's fields.</param>
    /// <param name="lines">Lines for people.</param>
    /// <param name="saysWhere">Whether the object ends with where files are.</param>
    public int Print(Action<Utf8JsonWriter> writeJson, Func<IEnumerable<Markup>> lines, bool saysWhere = true)
    {
        if (_choice.Output.Json)
        {
            JsonOutput.Write(_choice.Context.Terminal.Out, json =>
            {
                writeJson(json);
                if (saysWhere) json.WriteString("out", _choice.Out);
            });
        }

        if (!_choice.Output.Json || !_choice.Output.Quiet) Console.Result(lines());
        return CommandLine.Done;
    }
}
