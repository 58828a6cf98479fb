using SeqCont.Engine;
using SeqCont.Model;

namespace SeqCont.Circuits;

/// <summary>What a run that keeps activations will hold in memory. Less memory means smaller batches, never other values.</summary>
/// <param name="PredictedBytes">Predicted peak: the runtime, weights, scratch, one layer's activations of one batch.</param>
/// <param name="PromptsAtOnce">Prompts of a batch.</param>
/// <param name="BlockRows">Rows worked on at a time.</param>
public sealed record ActivationPlan(long PredictedBytes, int PromptsAtOnce, int BlockRows)
{
    private const int MostPrompts = 64;

    // Enough for every core to be busy; more only waits in memory for its turn on the disk.
    private const long EnoughHeld = 128L << 20;

    /// <summary>Fits a run into a budget.</summary>
    /// <param name="config">Model sizes.</param>
    /// <param name="ops">Backend: the size of a number there, the rows of a block, and the memory there is.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="wanted">What is kept, and the budget.</param>
    /// <exception cref="ArgumentException">The budget is below the least that the run needs, or a prompt has no such position.</exception>
    public static ActivationPlan For(ModelConfig config, IOps ops, PromptSet prompts, ActivationConfig wanted)
    {
        var (available, isWhole) = (wanted.Memory ?? ops.MemoryBytes, ActivationRun.PositionsOf(prompts, wanted) > 1);
        long keys = prompts.Tokens.Max(tokens => tokens.Length);
        // One prompt's share of the widest hook, as it is handed over and as it is written.
        var passedOn = 2 * sizeof(double) * (isWhole ? keys : 1) * wanted.Hooks.Select(hook => Width(config, hook, keys))
            .DefaultIfEmpty().Max();
        for (var count = Math.Min(MostPrompts, prompts.Count); ; count /= 2)
        {
            var rows = prompts.Tokens.Chunk(count).Max(batch => batch.Sum(tokens => (long)tokens.Length));
            // A layer's numbers, and those of the one before until the collector comes.
            var held = 2 * (isWhole ? rows : count) * HostWidth(config, wanted.Hooks, keys) * sizeof(double);
            var bytes = RunMemory.Bytes(config, ops, rows, ops.BlockRows, Elements(config, ops, wanted.Hooks, rows, keys))
                + wanted.HeldBytes + held + passedOn;
            if (count > 1 && (bytes > available || held > EnoughHeld)) continue;
            RunMemory.Require(bytes, available);
            return new ActivationPlan(bytes, count, ops.BlockRows);
        }
    }

    /// <summary>Numbers that a hook leaves of a position.</summary>
    internal static long Width(ModelConfig config, HookPoint hook, long keys) =>
        hook.PositionShape(config, (int)keys).Aggregate(1L, (product, size) => product * size);

    /// <summary>Numbers that the widest layer leaves of a row.</summary>
    private static long HostWidth(ModelConfig config, IReadOnlyList<HookPoint> hooks, long keys) =>
        hooks.GroupBy(hook => hook.Layer).Select(layer => layer.Sum(hook => Width(config, hook, keys))).DefaultIfEmpty().Max();

    private static long Elements(ModelConfig config, IOps ops, IReadOnlyList<HookPoint> hooks, long rows, long keys)
    {
        var block = Math.Min(rows, ops.BlockRows);
        var elements = 2 * rows * config.DModel;
        if (hooks.Any(hook => hook.IsAttention)) elements += 2 * block * config.NHeads * keys;
        if (hooks.Any(hook => hook.Kind == HookKind.Result)) elements += block * config.NHeads * config.DModel;
        return hooks.Any(hook => hook.Kind == HookKind.Logits) ? elements + ForwardPass.LogitElements(config, rows) : elements;
    }
}
