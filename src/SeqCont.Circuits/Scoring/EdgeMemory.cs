using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What an edge search holds in memory, worked out before it starts.</summary>
public sealed class EdgeMemory
{
    // Whole residuals: two of the circuit's run, z four times (own, and with q, k or v patched), keys and values three
    // times, scratch; the corrupted run's residual and values.
    private const int OwnResiduals = 2 + 4 + 6 + 1;
    private const int CorruptedResiduals = 2;

    private EdgeMemory(long predictedBytes, RowForest clean, RowForest? corrupted) =>
        (PredictedBytes, Clean, Corrupted) = (predictedBytes, clean, corrupted);

    /// <summary>Predicted peak, in bytes.</summary>
    public long PredictedBytes { get; }

    /// <summary>Rows of the prompts that are scored.</summary>
    internal RowForest Clean { get; }

    /// <summary>Rows of the corrupted prompts; null where nothing is taken from them.</summary>
    internal RowForest? Corrupted { get; }

    /// <summary>Checks prompts, lays out their rows, and compares what they need with the budget.</summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="ops">Backend: the size of a number there, the rows of a block, and the memory there is.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that patches and ablated nodes take their values from.</param>
    /// <param name="search">Settings.</param>
    /// <exception cref="ArgumentException">The budget is below what the run needs.</exception>
    /// <exception cref="InvalidDataException">Prompts do not fit patch or ablation: pairs are missing or of unequal
    /// length, or a prompt is longer than every corrupted prompt.</exception>
    public static EdgeMemory For(ModelConfig config, IOps ops, PromptSet clean, PromptSet corrupted, EdgePruningConfig search)
    {
        var ablates = !search.Circuit.Equals(Circuit.Full(config));
        PromptPairs.Require(clean, corrupted, search.Patch, "patching");
        if (ablates) PromptPairs.Require(clean, corrupted, search.Ablation.Kind);
        var isPaired = search.Patch == AblationKind.Resample || (ablates && search.Ablation.Kind == AblationKind.Resample);
        var readsCorrupted = search.Patch != AblationKind.Zero || (ablates && search.Ablation.Kind != AblationKind.Zero);
        var forest = RowForest.Build(clean.Tokens, isPaired ? corrupted.Tokens : null);
        var corruptedForest = readsCorrupted ? RowForest.Build(corrupted.Tokens) : null;
        var needed = Needed(config, ops, forest.Count, corruptedForest?.Count ?? 0, corruptedForest?.Length ?? 1, ablates, search);
        RunMemory.Require(needed, search.Memory ?? ops.MemoryBytes, "these edges need", "; fewer prompts (--num-samps) need less.");
        return new EdgeMemory(needed, forest, corruptedForest);
    }

    private static long Needed(
        ModelConfig config, IOps ops, long rows, long corruptedRows, long positions, bool ablates, EdgePruningConfig search)
    {
        long dModel = config.DModel;
        var senders = search.Paths switch
        {
            // A residual for every sender and kind of receiver, and two of the forced run.
            not EdgePaths.Strict when search.Only is { } only =>
                only.Select(edge => (edge.Sender, edge.Receiver.Kind)).Distinct().Count() + 2,
            // Per layer one array for its heads and one for its MLP; else a residual for every run that is recorded.
            EdgePaths.Strict => search.Circuit.Heads.Select(head => head.Layer).Distinct().Count() + search.Circuit.Mlps.Count(),
            EdgePaths.ThroughMlps => search.Circuit.Count,
            _ => search.Circuit.Count + 2 * search.Circuit.Mlps.Count() + 2,
        } + (search.InputSends ? 1 : 0);
        var slots = search.Ablation.Kind switch { AblationKind.Mean => positions, AblationKind.Zero => 1, _ => corruptedRows };
        var tables = ablates ? 5 * config.NLayers * slots + (search.Ablation.MeansFollowCircuit ? 5 * corruptedRows : corruptedRows) : 0;
        var others = ForwardPass.LogitElements(config, rows)
            + ((OwnResiduals + senders) * rows + CorruptedResiduals * corruptedRows + tables) * dModel;
        return RunMemory.Bytes(config, ops, Math.Max(rows, corruptedRows), ops.BlockRows, others)
            + (search.Patch == AblationKind.Mean || ablates ? sizeof(double) * positions * dModel : 0);
    }
}
