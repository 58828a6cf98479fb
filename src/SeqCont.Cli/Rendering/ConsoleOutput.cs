using System.Text;
using SeqCont.Cli.Options;
using SeqCont.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SeqCont.Cli.Rendering;

/// <summary>
/// What is for people: progress, notices, tables. On stdout when a person sees it and it is not taken by JSON,
/// else on stderr. Notices for a file wait until work has succeeded, so that a failing command says one line.
/// </summary>
internal sealed class ConsoleOutput
{
    // Tables are never wrapped by the program: a terminal wraps by itself, a file keeps whole lines.
    private const int LeastWidth = 400;

    private readonly OutputChoice _output;
    private readonly TextWriter _writer;
    private readonly List<string> _held = [];
    private IAnsiConsole? _console;

    public ConsoleOutput(OutputChoice output)
    {
        var terminal = output.Context.Terminal;
        var toOut = terminal.OutIsTerminal && !output.Json;
        (_output, _writer) = (output, toOut ? terminal.Out : terminal.Error);
        IsTerminal = toOut || terminal.ErrorIsTerminal;
    }

    /// <summary>Whether a person watches as it is written.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether progress is shown at all.</summary>
    public bool ShowsProgress => !_output.Quiet;

    /// <summary>One line of information.</summary>
    public void Notice(string line)
    {
        if (_output.Quiet) return;
        if (IsTerminal) _writer.WriteLine(Lines.Printable(line));
        else _held.Add(line);
    }

    /// <summary>Writes what was held back: the work is going well.</summary>
    public void Release()
    {
        foreach (var line in _held) _writer.WriteLine(Lines.Printable(line));
        _held.Clear();
    }

    /// <summary>Part of the result.</summary>
    public void Result(IEnumerable<string> lines) => Result(lines.Select(line => new Text(Lines.Printable(line))));

    /// <summary>Part of the result, with colours.</summary>
    public void Result(IEnumerable<IRenderable> lines)
    {
        Release();
        foreach (var line in lines)
        {
            Console.Write(line);
            Console.WriteLine();
        }

        _writer.Flush();
    }

    /// <summary>The result: one JSON object where that is asked for, and lines for people unless both that and quiet are.</summary>
    /// <param name="json">The object.</param>
    /// <param name="lines">Lines for people.</param>
    /// <param name="grid">What stands before them.</param>
    public int Print(Func<Json> json, Func<IEnumerable<string>> lines, Func<IEnumerable<Markup>>? grid = null)
    {
        if (_output.Json) Write(_output.Context.Terminal.Out, json());
        if (_output.Json && _output.Quiet) return CommandLine.Done;
        if (grid is not null) Result([new Text(""), .. grid(), new Text("")]);
        Result(lines());
        return CommandLine.Done;
    }

    /// <summary>A result that is for people and programs alike: on stdout whatever it is.</summary>
    public static int Print(OutputChoice output, Func<Json> json, Func<IEnumerable<string>> lines)
    {
        var writer = output.Context.Terminal.Out;
        if (output.Json) Write(writer, json());
        else foreach (var line in lines()) writer.WriteLine(Lines.Printable(line));
        writer.Flush();
        return CommandLine.Done;
    }

    /// <summary>Whether marks beyond ASCII can be written.</summary>
    public bool IsUnicode => _writer.Encoding.CodePage is 65001 or 1200;

    /// <summary>The console that draws bars and colours.</summary>
    public IAnsiConsole Console => _console ??= CreateConsole();

    private static void Write(TextWriter writer, Json json)
    {
        writer.Write(Encoding.UTF8.GetString(JsonFile.Object(json)));
        writer.Flush();
    }

    private IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            // Only where a person watches is there anything to steer.
            Out = new AnsiConsoleOutput(IsTerminal && _writer is PrintableWriter { Terminal: var terminal } ? terminal : _writer),
        });
        console.Pipeline.Attach(new PrintableSegments());
        if (!IsTerminal) console.Profile.Width = LeastWidth;
        return console;
    }
}
