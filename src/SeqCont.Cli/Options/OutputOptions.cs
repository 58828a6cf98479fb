using System.CommandLine;

namespace SeqCont.Cli.Options;

/// <summary>How a command speaks.</summary>
internal sealed class OutputOptions
{
    private readonly Option<bool> _json = OptionFactory.Flag("--json",
        "Print one JSON object on stdout and nothing else there; what is for people goes to stderr (default: off)");
    private readonly Option<bool> _quiet =
        OptionFactory.Flag("--quiet", "No progress and no notices; results and errors only (default: off)");
    private readonly Option<bool> _verbose =
        OptionFactory.Flag("--verbose", "Every decision as a line, and where an error came from (default: off)");

    public OutputOptions AddTo(Command command)
    {
        command.Add(_json);
        command.Add(_quiet);
        command.Add(_verbose);
        return this;
    }

    public OutputChoice Read(ParseResult parsed) => new(parsed.GetValue(_json), parsed.GetValue(_quiet), parsed.GetValue(_verbose));
}

/// <summary>How a command speaks, as asked for.</summary>
internal sealed record OutputChoice(bool Json, bool Quiet, bool Verbose);
