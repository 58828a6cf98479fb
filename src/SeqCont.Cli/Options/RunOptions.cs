using System.CommandLine;

namespace SeqCont.Cli.Options;

/// <summary>What every command takes that runs a model: the model, a folder for results, and what is printed.</summary>
/// <param name="context">The program's run.</param>
/// <param name="outHelp">What --out takes.</param>
/// <param name="outDescription">What lies there afterwards.</param>
/// <param name="model">The model's options; null for the usual ones.</param>
internal sealed class RunOptions(CommandContext context, string outHelp, string outDescription, ModelOptions? model = null)
{
    private readonly ModelOptions _model = model ?? new ModelOptions();
    private readonly FolderOptions _folder = new(outHelp, outDescription);
    private readonly OutputOptions _output = new();

    public RunOptions AddTo(Command command)
    {
        _model.AddTo(command);
        _folder.AddTo(command);
        _output.AddTo(command);
        return this;
    }

    public RunChoice Read(ParseResult parsed)
    {
        var model = _model.Read(parsed);
        var (path, force) = _folder.Read(parsed);
        return new RunChoice(context, model, path, force, _output.Read(parsed));
    }
}

/// <summary>What was typed for <see cref="RunOptions"/>.</summary>
/// <param name="Context">The program's run.</param>
/// <param name="Model">Model, device, precision, threads, memory.</param>
/// <param name="Out">Where results go; null for nowhere.</param>
/// <param name="Force">Whether files of an earlier run may be replaced.</param>
/// <param name="Output">What is printed.</param>
internal sealed record RunChoice(CommandContext Context, ModelChoice Model, string? Out, bool Force, OutputChoice Output)
{
    /// <summary>Refuses --resume where there is nothing to go on with.</summary>
    public void RequireResumable(bool resume)
    {
        if (resume && Out is null) throw new UsageException("--resume needs --out, the folder of the interrupted run.");
        if (resume && Force) throw new UsageException("--resume goes on with a run and --force replaces it: give one of them.");
    }
}
