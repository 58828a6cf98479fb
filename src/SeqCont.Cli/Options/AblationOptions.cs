using System.CommandLine;
using SeqCont.Circuits;

namespace SeqCont.Cli.Options;

/// <summary>How nodes outside a circuit are ablated.</summary>
internal sealed class AblationOptions
{
    private readonly Option<string> _ablation = OptionFactory.Choice("--ablation", "What a removed node is replaced by: its mean over the corrupted prompts at the same position, zero, or its value on the corrupted partner", "mean", "zero", "resample");
    private readonly Option<string> _mlpMeans = OptionFactory.Choice("--mlp-means", "Where the means of removed MLPs are taken: under the candidate's own head ablation (as published) or in the full model", "circuit", "full");

    public AblationOptions AddTo(Command command)
    {
        command.Add(_ablation);
        command.Add(_mlpMeans);
        return this;
    }

    public AblationConfig Read(ParseResult parsed) => new()
    {
        Kind = Kind(parsed.GetRequiredValue(_ablation)),
        MlpMeans = parsed.GetRequiredValue(_mlpMeans) == "full" ? MlpMeans.Full : MlpMeans.Circuit,
    };

    /// <summary>The same, with a file's kind where none was typed.</summary>
    public AblationConfig Read(ParseResult parsed, string kindInFile) =>
        parsed.GetResult(_ablation) is { Implicit: false } ? Read(parsed) : Read(parsed) with { Kind = Kind(kindInFile) };

    public static AblationKind Kind(string name) => name switch
    {
        "zero" => AblationKind.Zero,
        "resample" => AblationKind.Resample,
        _ => AblationKind.Mean,
    };
}
