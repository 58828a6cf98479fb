using System.CommandLine;

namespace SeqCont.Cli.Options;

/// <summary>Where a command's files go.</summary>
internal sealed class FolderOptions(string outHelp, string outDescription)
{
    private readonly Option<string?> _out = OptionFactory.Text("--out", outHelp, outDescription);
    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Replace the files of an earlier run (default: refuse)");

    public FolderOptions AddTo(Command command)
    {
        command.Add(_out);
        command.Add(_force);
        return this;
    }

    public (string? Out, bool Force) Read(ParseResult parsed)
    {
        var path = parsed.GetValue(_out);
        if (path is { Length: 0 }) throw new UsageException("--out: expected a folder, got an empty name.");
        return (path, parsed.GetValue(_force));
    }
}
