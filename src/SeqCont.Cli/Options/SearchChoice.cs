namespace SeqCont.Cli.Options;

/// <summary>What every search takes.</summary>
/// <param name="Resume">Go on with an interrupted run.</param>
/// <param name="Profile">Show where the time went.</param>
internal sealed record SearchChoice(bool Resume, bool Profile)
{
    public static SearchChoice Read(OptionTable options) => new(
        options.Flag("--resume", "Go on with the interrupted run in --out, after checking that model, prompts and settings are the same"),
        options.Flag("--profile", "Show where the time went: work, seconds and share of the machine's peak, by layer and stage"));

    /// <summary>Refuses --resume where there is nothing to go on with.</summary>
    public void Require(FolderChoice folder)
    {
        if (Resume && folder.Out is null) throw new UsageException("--resume needs --out, the folder of the interrupted run.");
        if (Resume && folder.Force) throw new UsageException("--resume goes on with a run and --force replaces it: give one of them.");
    }
}
