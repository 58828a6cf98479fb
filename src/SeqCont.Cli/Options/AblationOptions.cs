using System.CommandLine;
using SeqCont.Circuits;

namespace SeqCont.Cli.Options;

/// <summary>How nodes outside a circuit are ablated.</summary>
internal sealed class AblationOptions
{
    private readonly Option<string> _ablation = OptionFactory.Choice("--ablation",
        "What a removed node is replaced by: its mean over the corrupted prompts at the same position, zero, or its value on the "
            + "corrupted partner", "mean", "zero", "resample");
    private readonly Option<string> _mlpMeans = OptionFactory.Choice("--mlp-means",
        "Where the means of removed MLPs are taken: under the candidate's own head ablation (as published) or in the full model", "circuit",
        "full");

    public AblationOptions AddTo(Command command)
    {
        command.Add(_ablation);
        command.Add(_mlpMeans);
        return this;
    }

    /// <summary>What was typed; a file's kind where none was.</summary>
    public AblationConfig Read(ParseResult parsed, AblationKind? kindInFile = null) => new()
    {
        Kind = kindInFile is { } kind && parsed.GetResult(_ablation) is not { Implicit: false } ? kind
            : parsed.GetRequiredValue(_ablation) switch
            {
                "zero" => AblationKind.Zero,
                "resample" => AblationKind.Resample,
                _ => AblationKind.Mean,
            },
        MlpMeans = parsed.GetRequiredValue(_mlpMeans) == "full" ? MlpMeans.Full : MlpMeans.Circuit,
    };
}
