using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Model;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>A download for people, on stderr: a bar a file on a terminal, else a line where something happens.</summary>
internal sealed class PullView(OutputChoice output)
{
    private readonly ConsoleOutput _console = new(output with { Json = true });
    private readonly Dictionary<string, HubStep> _lastStep = [];
    private readonly Dictionary<string, ProgressTask> _bars = [];
    private readonly Lock _lock = new();
    private long _downloaded;

    /// <summary>Bytes of the files that were downloaded.</summary>
    public long Downloaded => Interlocked.Read(ref _downloaded);

    /// <summary>Runs a download.</summary>
    public T Run<T>(Func<IProgress<HubProgress>, Task<T>> download)
    {
        if (!_console.ShowsProgress || !_console.IsTerminal) return Wait(download, ReportLine);
        return _console.Console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new DownloadedColumn(),
                new TransferSpeedColumn(), new RemainingTimeColumn())
            .Start(context => Wait(download, progress => ReportBar(context, progress)));
    }

    private T Wait<T>(Func<IProgress<HubProgress>, Task<T>> download, Action<HubProgress> report) =>
        download(new SynchronousProgress<HubProgress>(progress =>
    {
        lock (_lock)
        {
            if (progress.Step == HubStep.Done) _downloaded += progress.Total;
            report(progress);
        }
    })).GetAwaiter().GetResult();

    private void ReportLine(HubProgress progress)
    {
        var (file, total) = (progress.File, Size(progress.Total));
        var isNew = !_lastStep.TryGetValue(file, out var last) || last != progress.Step;
        _lastStep[file] = progress.Step;
        var line = progress.Step switch
        {
            HubStep.Downloading when !isNew || last == HubStep.Retrying => null,
            HubStep.Downloading => progress.Done == 0 ? $"{file}: {total}" : $"{file}: {total}, going on from {Size(progress.Done)}",
            HubStep.Waiting => $"{file}: another process downloads it; waiting for that",
            HubStep.Retrying => progress.Note,
            HubStep.Done => $"{file}: done",
            _ => null,
        };
        if (line is null) return;
        _console.Notice(line);
        _console.Release();
    }

    private void ReportBar(ProgressContext context, HubProgress progress)
    {
        if (progress.Step == HubStep.Retrying)
        {
            // Above the bars, where it stays.
            _console.Console.WriteLine(progress.Note ?? "");
            return;
        }

        if (!_bars.TryGetValue(progress.File, out var bar))
            _bars[progress.File] = bar = context.AddTask(progress.File, maxValue: Math.Max(progress.Total, 1));
        var note = progress.Step switch
        {
            HubStep.Waiting => ", another process downloads it",
            HubStep.Verifying => ", verifying",
            _ => "",
        };
        bar.Description = Markup.Escape(progress.File + note);
        bar.Value = Math.Max(progress.Done, progress.Total == 0 && progress.Step is HubStep.Done or HubStep.Cached ? 1 : 0);
    }

    private static string Size(long bytes) =>
        bytes < 1_000_000 ? $"{bytes / 1e3:0.0} kB" : ByteSize.Format(bytes);
}
