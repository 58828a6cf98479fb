using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>
/// What a run will hold in memory, worked out before it starts. Less memory means fewer stored prefixes
/// (recomputed from the nearest) and smaller blocks of rows; never other results.
/// </summary>
/// <param name="PredictedBytes">
/// Predicted peak, in bytes: the runtime, weights, scratch, tables, and stored prefixes or the unembedding.
/// </param>
/// <param name="BlockRows">Rows worked on at a time.</param>
/// <param name="CleanPrefixes">Stored residuals of the clean run.</param>
/// <param name="CorruptedPrefixes">Stored residuals of the corrupted run.</param>
public sealed record MemoryPlan(long PredictedBytes, int BlockRows, int CleanPrefixes, int CorruptedPrefixes)
{
    private const int LeastBlockRows = 64;

    /// <summary>Rows of the prompts that are scored, part by part.</summary>
    internal IReadOnlyList<RowForest> Clean { get; private init; } = [];

    /// <summary>Rows of the corrupted prompts; null where nothing is taken from them.</summary>
    internal RowForest? Corrupted { get; private init; }

    /// <summary>Checks prompts, lays out their rows, and fits a run into a budget.</summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="ops">Backend: the size of a number there, the rows of a block, and the memory there is.</param>
    /// <param name="clean">Prompts that are scored.</param>
    /// <param name="corrupted">Prompts that ablated nodes take their values from.</param>
    /// <param name="ablation">How nodes are ablated.</param>
    /// <param name="budget">Bytes; null: <see cref="IOps.MemoryBytes"/>.</param>
    /// <param name="batches">Prompt numbers of parts that are scored one by one; null for one part of all.</param>
    /// <exception cref="ArgumentException">The budget is below the least that the run needs.</exception>
    /// <exception cref="InvalidDataException">Prompts do not fit the ablation: pairs are missing or of unequal
    /// length, or a prompt is longer than every corrupted prompt.</exception>
    public static MemoryPlan For(
        ModelConfig config, IOps ops, PromptSet clean, PromptSet corrupted, AblationConfig ablation, long? budget = null,
        IReadOnlyList<int[]>? batches = null)
    {
        PromptPairs.Require(clean, corrupted, ablation.Kind);
        var partners = ablation.Kind == AblationKind.Resample ? corrupted.Tokens : null;
        RowForest[] parts = batches is null
            ? [RowForest.Build(clean.Tokens, partners)]
            : [.. batches.Select(batch => RowForest.Build(
                [.. batch.Select(prompt => clean.Tokens[prompt])],
                partners is null ? null : [.. batch.Select(prompt => partners[prompt])]))];
        return Fit(config, ops, parts, ablation.Kind == AblationKind.Zero ? null : RowForest.Build(corrupted.Tokens), ablation, budget);
    }

    private static MemoryPlan Fit(
        ModelConfig config, IOps ops, RowForest[] clean, RowForest? corrupted, AblationConfig ablation, long? budget)
    {
        var (available, elementBytes) = (budget ?? ops.MemoryBytes, ops.ElementBytes);
        var follow = ablation.MeansFollowCircuit && corrupted is not null;
        long cleanEntry = CountOf(clean) * config.DModel * elementBytes, corruptedEntry = follow
            ? (long)corrupted!.Count * config.DModel * elementBytes : 0;
        // Top predictions are read while no corrupted prefix is stored: the unembedding takes their room.
        var unembedding = ForwardPass.LogitElements(config, CountOf(clean)) * elementBytes;
        var shared = Math.Max(PrefixStore.LeastCapacity * corruptedEntry, unembedding);
        var least = PrefixStore.LeastCapacity * cleanEntry + shared;
        for (var blockRows = ops.BlockRows; ; blockRows /= 2)
        {
            var fixedBytes = FixedBytes(config, ops, clean, corrupted, ablation, blockRows);
            var left = available - fixedBytes - least;
            if (left < 0 && blockRows / 2 >= LeastBlockRows) continue;
            RunMemory.Require(fixedBytes + least, available);
            var cleanPrefixes = PrefixStore.LeastCapacity
                + (int)Math.Min(Math.Max(0, config.NLayers - PrefixStore.LeastCapacity), left / cleanEntry);
            left += shared - (cleanPrefixes - PrefixStore.LeastCapacity) * cleanEntry;
            var corruptedPrefixes = !follow
                ? 0 : (int)Math.Min(Math.Max(PrefixStore.LeastCapacity, UsefulCorrupted(config)), left / corruptedEntry);
            return new MemoryPlan(
                PredictedBytes: fixedBytes + cleanPrefixes * cleanEntry + Math.Max(corruptedPrefixes * corruptedEntry, unembedding),
                BlockRows: blockRows, CleanPrefixes: cleanPrefixes, CorruptedPrefixes: corruptedPrefixes)
            {
                Clean = clean,
                Corrupted = corrupted,
            };
        }
    }

    /// <summary>
    /// The corrupted run is resumed only below the highest ablated MLP, mostly a low one: fewer than half its layers stored
    /// cost at worst about one more corrupted pass a sweep, and more than halve the memory.
    /// </summary>
    private static int UsefulCorrupted(ModelConfig config) => config.NLayers / 2 - 1;

    private static long CountOf(RowForest[] parts) => parts.Sum(part => (long)part.Count);

    private static long FixedBytes(
        ModelConfig config, IOps ops, RowForest[] clean, RowForest? corrupted, AblationConfig ablation, int blockRows)
    {
        long corruptedRows = corrupted?.Count ?? 0, largest = Math.Max(clean.Max(part => part.Count), corruptedRows);
        var residuals = largest + 2 * CountOf(clean) + (ablation.MeansFollowCircuit ? 2 * corruptedRows : 0);
        long slots = ablation.Kind switch { AblationKind.Zero => 1, AblationKind.Mean => corrupted?.Length ?? 1, _ => corruptedRows };
        var tables = config.NLayers * slots * (ablation.MeansFollowCircuit ? 5 : 3);
        return RunMemory.Bytes(config, ops, largest, blockRows, (residuals + tables) * config.DModel);
    }
}
