namespace SeqCont.Circuits;

/// <summary>What a node outside the circuit is replaced by, at every position.</summary>
public enum AblationKind
{
    /// <summary>The mean over the corrupted prompts at the same position, each prompt once (the study's).</summary>
    Mean,

    /// <summary>Zero.</summary>
    Zero,

    /// <summary>The value in the unablated model on the corrupted partner, at the same position.</summary>
    Resample,
}

/// <summary>In which run the means of ablated MLPs are taken.</summary>
public enum MlpMeans
{
    /// <summary>
    /// In the model whose heads outside the candidate's circuit are already ablated, all MLPs computed: as the
    /// study does (Lan, Torr, Barez, arXiv 2311.04131), so these means depend on the candidate.
    /// </summary>
    Circuit,

    /// <summary>In the unablated model: the textbook definition.</summary>
    Full,
}

/// <summary>How nodes outside a circuit are ablated.</summary>
public sealed record AblationConfig
{
    /// <summary>What replaces them.</summary>
    public AblationKind Kind { get; init; } = AblationKind.Mean;

    /// <summary>Where MLP means come from; of no effect unless <see cref="Kind"/> is <see cref="AblationKind.Mean"/>.</summary>
    public MlpMeans MlpMeans { get; init; } = MlpMeans.Circuit;

    /// <summary>Both, by name.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Settings =>
        [Setting.Of("ablation", Kind), Setting.Of("mlpMeans", MlpMeans)];

    /// <summary>Whether MLP means follow the candidate.</summary>
    internal bool MeansFollowCircuit => Kind == AblationKind.Mean && MlpMeans == MlpMeans.Circuit;
}
