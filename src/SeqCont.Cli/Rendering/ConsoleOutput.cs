using Spectre.Console;

namespace SeqCont.Cli.Rendering;

/// <summary>
/// What is for people: progress, notices, tables. On stdout when a person sees it and it is not taken by JSON,
/// else on stderr. Notices for a file wait until work has succeeded, so that a failing command says one line.
/// </summary>
internal sealed class ConsoleOutput
{
    // Tables are never wrapped by the program: a terminal wraps by itself, a file keeps whole lines.
    private const int LeastWidth = 400;

    private readonly TextWriter _writer;
    private readonly bool _quiet;
    private readonly List<string> _held = [];
    private IAnsiConsole? _console;

    public ConsoleOutput(Terminal terminal, bool json, bool quiet)
    {
        var toOut = terminal.OutIsTerminal && !json;
        _writer = toOut ? terminal.Out : terminal.Error;
        IsTerminal = toOut || terminal.ErrorIsTerminal;
        _quiet = quiet;
    }

    /// <summary>Whether a person watches as it is written.</summary>
    public bool IsTerminal { get; }

    /// <summary>Whether progress is shown at all.</summary>
    public bool ShowsProgress => !_quiet;

    /// <summary>One line of information.</summary>
    public void Notice(string line)
    {
        if (_quiet) return;
        if (IsTerminal) _writer.WriteLine(line);
        else _held.Add(line);
    }

    /// <summary>Writes what was held back: the work is going well.</summary>
    public void Release()
    {
        foreach (var line in _held) _writer.WriteLine(line);
        _held.Clear();
    }

    /// <summary>Part of the result.</summary>
    public void Result(IEnumerable<Markup> lines)
    {
        Release();
        foreach (var line in lines)
        {
            Console.Write(line);
            Console.WriteLine();
        }

        _writer.Flush();
    }

    /// <summary>Whether marks beyond ASCII can be written.</summary>
    public bool IsUnicode => _writer.Encoding.CodePage is 65001 or 1200;

    /// <summary>The console that draws bars and colours.</summary>
    public IAnsiConsole Console => _console ??= CreateConsole();

    private IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(_writer),
        });
        if (!IsTerminal) console.Profile.Width = LeastWidth;
        return console;
    }
}
