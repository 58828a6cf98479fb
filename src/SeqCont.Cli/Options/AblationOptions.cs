using SeqCont.Circuits;

namespace SeqCont.Cli.Options;

/// <summary>How nodes outside a circuit are ablated.</summary>
internal static class AblationOptions
{
    private const string Name = "--ablation";

    public static AblationConfig Read(OptionTable options) => new()
    {
        Kind = options.Choice(Name,
            "What a removed node is replaced by: its mean over the corrupted prompts at the same position, zero, or its value on the "
                + "corrupted partner", "mean", "zero", "resample") switch
        {
            "zero" => AblationKind.Zero,
            "resample" => AblationKind.Resample,
            _ => AblationKind.Mean,
        },
        MlpMeans = options.Choice("--mlp-means",
            "Where the means of removed MLPs are taken: under the candidate's own head ablation (as published) or in the full model",
            "circuit", "full") == "full" ? MlpMeans.Full : MlpMeans.Circuit,
    };

    /// <summary>The kind that was typed; a file's where none was.</summary>
    public static AblationConfig Of(this AblationConfig typed, AblationKind inFile, OptionTable options) =>
        options.Has(Name) ? typed : typed with { Kind = inFile };
}
