namespace SeqCont.Cli.Options;

/// <summary>What every command takes that runs a model: the model, a folder for results, and what is printed.</summary>
/// <param name="Model">Model, device, precision, threads, memory.</param>
/// <param name="Folder">Where results go.</param>
/// <param name="Output">What is printed.</param>
internal sealed record RunChoice(ModelChoice Model, FolderChoice Folder, OutputChoice Output)
{
    /// <summary>The program's run.</summary>
    public CommandContext Context => Output.Context;

    /// <summary>Where results go; null for nowhere.</summary>
    public string? Out => Folder.Out;

    /// <summary>Bytes to stay below; null: a share of the machine's.</summary>
    public long? Memory => Model.Memory;

    public static RunChoice Read(OptionTable options, string outHelp, string outDescription, string model = "demo") => new(
        ModelOptions.Read(options, ModelOptions.ReadName(options, model)), FolderChoice.Read(options, outHelp, outDescription),
        OutputChoice.Read(options));
}
