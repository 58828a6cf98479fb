namespace SeqCont.Cli.Options;

/// <summary>How a command speaks.</summary>
/// <param name="Context">The program's run.</param>
/// <param name="Json">One JSON object on stdout.</param>
/// <param name="Quiet">Results and errors only.</param>
/// <param name="Verbose">Every decision, and where an error came from.</param>
internal sealed record OutputChoice(CommandContext Context, bool Json, bool Quiet, bool Verbose)
{
    public static OutputChoice Read(OptionTable options) => new(
        options.Context,
        options.Flag("--json", "Print one JSON object on stdout and nothing else there; what is for people goes to stderr (default: off)"),
        options.Flag("--quiet", "No progress and no notices; results and errors only (default: off)"),
        options.Flag("--verbose", "Every decision as a line, and where an error came from (default: off)"));
}
