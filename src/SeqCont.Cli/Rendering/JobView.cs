using System.Diagnostics;
using System.Globalization;
using SeqCont.Circuits;
using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>One step of a long job.</summary>
/// <param name="Pass">The pass it belongs to, such as "backward 1".</param>
/// <param name="Detail">What happened.</param>
/// <param name="State">What stands now.</param>
/// <param name="Left">Steps of this pass still to come.</param>
/// <param name="WorkDone">Share of the pass's work that lies behind, where steps differ; null where they are alike.</param>
internal readonly record struct Step(string Pass, string Detail, string State, int Left, double? WorkDone = null);

/// <summary>Turns a search's decisions into steps; knows the current circuit's score.</summary>
internal sealed class SearchSteps(bool fromWholeModel)
{
    private double? _score = fromWholeModel ? 100 : null;

    public Step Next(SearchProgress progress)
    {
        var decision = progress.Decision;
        if (decision.Removed) _score = decision.Score;
        var pass = $"{(decision.Direction == SweepDirection.Backward ? "backward" : "forward")} {decision.Iteration}";
        var detail = $"{decision.Node} {(decision.Removed ? "removed" : "kept")}: {decision.Score:0.00} % without it";
        var score = _score is { } current ? $"score {current:0.00} %, " : "";
        return new Step(pass, detail, $"{score}{progress.Circuit.Count} nodes", progress.CandidatesLeftInPass);
    }
}

/// <summary>Shows a long job: a live bar for a person, a line a pass for a file.</summary>
internal sealed class JobView(ConsoleOutput console, bool verbose, string steps)
{
    private readonly Stopwatch _inPass = new();
    private string _pass = "";
    private int _done;
    private double _firstWork;
    private ProgressTask? _task;

    /// <summary>Runs a job that reports steps.</summary>
    public T Run<T>(string title, Func<Action<Step>, T> job)
    {
        if (!console.ShowsProgress) return job(_ => { });
        if (!console.IsTerminal || verbose) return job(ReportLine);
        return console.Console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new ProgressBarColumn { Width = 16 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                _task = context.AddTask(title);
                _task.IsIndeterminate = true;
                return job(ReportBar);
            });
    }

    private void Count(Step step)
    {
        if (step.Pass != _pass)
        {
            (_pass, _done, _firstWork) = (step.Pass, 0, step.WorkDone ?? 0);
            _inPass.Restart();
        }

        _done++;
    }

    private void ReportLine(Step step)
    {
        Count(step);
        console.Release();
        if (verbose) console.Notice($"{step.Pass}: {step.Detail}");
        if (step.Left == 0) console.Notice($"{step.Pass}: {_done} {steps}, {step.State}");
        console.Release();
    }

    private void ReportBar(Step step)
    {
        Count(step);
        if (_task is null) return;
        _task.IsIndeterminate = false;
        _task.MaxValue = _done + step.Left;
        _task.Value = _done;
        _task.Description = Markup.Escape($"{step.Pass}: {step.State}; {_done} done, {step.Left} to go{TimeLeft(step)}");
    }

    private string TimeLeft(Step step)
    {
        // The first step of a pass carries no time yet.
        if (_done < 2 || step.Left == 0) return "";
        var perStep = _inPass.Elapsed.TotalSeconds / (_done - 1);
        var seconds = step.WorkDone is { } work
            && work > _firstWork ? _inPass.Elapsed.TotalSeconds * (1 - work) / (work - _firstWork) : perStep * step.Left;
        var time = TimeSpan.FromSeconds(seconds);
        return seconds < 1
            ? ", < 1 s"
            : $", about {time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture)} left";
    }
}
