namespace SeqCont.Cli.Options;

/// <summary>Where a command's files go.</summary>
/// <param name="Out">As typed; null for nowhere.</param>
/// <param name="Force">Whether files of an earlier run may be replaced.</param>
internal sealed record FolderChoice(string? Out, bool Force)
{
    public static FolderChoice Read(OptionTable options, string help, string description)
    {
        var path = options.Text("--out", help, description);
        if (path is { Length: 0 }) throw new UsageException("--out: expected a folder, got an empty name.");
        return new FolderChoice(path, options.Flag("--force", "Replace the files of an earlier run (default: refuse)"));
    }
}
