using System.Runtime.InteropServices;

namespace SeqCont.Engine;

/// <summary>What part of a forward pass some work belongs to.</summary>
public enum Stage
{
    /// <summary>Embedding, tables, means: everything beside the layers.</summary>
    Other,

    /// <summary>LN1, W_Q, W_K, W_V and attention.</summary>
    Attend,

    /// <summary>W_O and the ablated heads' table.</summary>
    AddHeads,

    /// <summary>LN2, W_in, GELU, W_out.</summary>
    Mlp,

    /// <summary>LN_f and the logit difference, or logits.</summary>
    Metric,
}

/// <summary>Work done in one stage of one layer.</summary>
/// <param name="Stage">Stage.</param>
/// <param name="Layer">Layer; -1 where there is none.</param>
/// <param name="Flops">Floating-point operations of matrix products and attention (a multiply-add is two).</param>
/// <param name="Seconds">Wall-clock time inside operations.</param>
public readonly record struct StageWork(Stage Stage, int Layer, long Flops, double Seconds);

/// <summary>
/// Counts executed work by stage and layer. Only matrix products and attention count as floating-point
/// operations: what the cost model counts.
/// </summary>
public sealed class WorkMeter
{
    private readonly Dictionary<(Stage Stage, int Layer), (long Flops, long Ticks)> _work = [];
    private (Stage Stage, int Layer) _at = (Stage.Other, -1);

    /// <summary>Floating-point operations so far.</summary>
    public long Flops { get; private set; }

    /// <summary>Wall-clock time inside operations so far, in stopwatch ticks.</summary>
    public long Ticks { get; private set; }

    /// <summary>Work by layer and stage.</summary>
    public IReadOnlyList<StageWork> ByStage =>
        [.. _work.OrderBy(entry => entry.Key.Layer).ThenBy(entry => entry.Key.Stage)
            .Select(entry => new StageWork(entry.Key.Stage, entry.Key.Layer, entry.Value.Flops,
                entry.Value.Ticks / (double)System.Diagnostics.Stopwatch.Frequency))];

    /// <summary>Says where the work that follows belongs.</summary>
    public void Enter(Stage stage, int layer = -1) => _at = (stage, layer);

    /// <summary>Adds work at the place last entered.</summary>
    public void Add(long flops, long ticks)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_work, _at, out _);
        entry = (entry.Flops + flops, entry.Ticks + ticks);
        Flops += flops;
        Ticks += ticks;
    }
}
