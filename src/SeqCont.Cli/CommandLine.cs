using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using SeqCont.Cli.Commands;
using SeqCont.Cli.Running;
using SeqCont.Engine.Gpu;
using SeqCont.Model;

namespace SeqCont.Cli;

/// <summary>The program: arguments in, an exit code out.</summary>
internal static class CommandLine
{
    private const int LongestMessage = 4000;

    public const int Done = 0, Failed = 1, WrongUsage = 2, Cancelled = 130;

    /// <summary>Runs as a process: on its console, stopped by Ctrl-C or a request to terminate.</summary>
    public static int RunProcess(string[] args)
    {
        using var cancellation = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            // A second request is not held back: it ends the process at once.
            if (cancellation.IsCancellationRequested) return;
            context.Cancel = true;
            cancellation.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return Run(args, Terminal.OfProcess(), cancellation.Token);
    }

    /// <summary>Runs one command.</summary>
    /// <param name="args">As typed, without the program's name.</param>
    /// <param name="terminal">Where output goes.</param>
    /// <param name="cancellationToken">Ends the run after the current candidate.</param>
    public static int Run(string[] args, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var context = new CommandContext(args, terminal, cancellationToken);
        try
        {
            try
            {
                return Invoke(context);
            }
            catch (MissingModelException missing)
            {
                // Models are opened before anything is written: the command can start once more.
                Hub.PullMissing(missing, context);
                return Invoke(context);
            }
        }
        catch (Exception exception)
        {
            return Explain(exception, terminal, args.Contains("--verbose"));
        }
    }

    private static int Invoke(CommandContext context)
    {
        var root = CommandTree.Build(context);
        var parsed = root.Parse(
            context.Arguments, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is ParseErrorAction || (parsed.Errors.Count > 0 && parsed.Action is not HelpAction))
            throw new UsageException($"{parsed.Errors[0].Message} See '{HelpCommand(parsed)}'.");
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = context.Terminal.Out,
            Error = context.Terminal.Error,
            EnableDefaultExceptionHandler = false
        });
    }

    private static string HelpCommand(ParseResult parsed)
    {
        var names = new List<string> { "--help" };
        for (var result = parsed.CommandResult; result.Parent is System.CommandLine.Parsing.CommandResult parent; result = parent)
            names.Insert(0, result.Command.Name);
        return $"seqcont {string.Join(' ', names)}";
    }

    private static int Explain(Exception exception, Terminal terminal, bool verbose)
    {
        var (code, label, message) = exception switch
        {
            UsageException => (WrongUsage, "error", exception.Message),
            OperationCanceledException =>
                (Cancelled, "cancelled", exception is CancelledException ? exception.Message : "nothing was written"),
            OutOfMemoryException => (Failed, "error", "out of memory: give fewer prompts (--num-samps) or a smaller budget (--memory)"),
            ArgumentException argument => (Failed, "error", WithoutParameter(argument)),
            InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException =>
                (Failed, "error", exception.Message),
            _ when GpuErrors.Explain(exception) is { } gpu => (Failed, "error", gpu),
            _ => (Failed, "error",
                $"unexpected {exception.GetType().Name}: {exception.Message}{(verbose ? "" : " (--verbose shows where)")}"),
        };
        TryWrite(terminal.Error, $"{label}: {OneLine(message)}");
        if (verbose && code == Failed) TryWrite(terminal.Error, exception.ToString());
        return code;
    }

    private static void TryWrite(TextWriter writer, string line)
    {
        try
        {
            writer.WriteLine(line);
            writer.Flush();
        }
        catch (IOException)
        {
            // Nobody reads the errors; the exit code still says what happened.
        }
    }

    private static string WithoutParameter(ArgumentException exception) =>
        exception.ParamName is { } name
            ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : exception.Message;

    // What was typed stands in it as it was: nothing of it steers the terminal.
    private static string OneLine(string message) => BadFile.Printable(
        string.Join(' ', message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        LongestMessage);
}
