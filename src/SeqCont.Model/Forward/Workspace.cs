using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Scratch of forward passes, allocated once: keys and values for all rows, everything else for one block of rows. Passes that never run at
/// the same time may share one.
/// </summary>
public sealed class Workspace : IDisposable
{
    /// <summary>Allocates scratch for forests of up to <paramref name="rows"/> rows.</summary>
    /// <param name="ops">Backend.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="rows">Rows of the largest forest.</param>
    /// <param name="blockRows">Rows worked on at a time; results do not depend on it. Null: what the backend likes best.</param>
    public Workspace(IOps ops, ModelConfig config, int rows, int? blockRows = null)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockRows ?? 1);
        BlockRows = Math.Min(blockRows ?? ops.BlockRows, rows);
        var widths = Widths(config);
        Kv = ops.Allocate(rows * widths.Kv);
        Z = ops.Allocate(BlockRows * widths.Value);
        Normalized = ops.Allocate((long)BlockRows * config.DModel);
        Q = ops.Allocate(BlockRows * widths.Value);
        Hidden = ops.Allocate((long)BlockRows * config.DMlp);
    }

    /// <summary>Elements that the constructor allocates, for predictions.</summary>
    public static long Elements(ModelConfig config, long rows, int blockRows)
    {
        ArgumentNullException.ThrowIfNull(config);
        var widths = Widths(config);
        return rows * widths.Kv + Math.Min(blockRows, rows) * (2 * widths.Value + config.DModel + config.DMlp);
    }

    internal int BlockRows { get; }

    /// <summary>[row, 2, head, dHead] by row.</summary>
    internal DeviceBuffer Kv { get; }

    /// <summary>[block row, head, dHead], or [block row, dModel].</summary>
    internal DeviceBuffer Z { get; }

    /// <summary>[block row, dModel].</summary>
    internal DeviceBuffer Normalized { get; }

    /// <summary>[block row, head, dHead]; the MLP's output where it is wanted by itself.</summary>
    internal DeviceBuffer Q { get; }

    /// <summary>[block row, dMlp].</summary>
    internal DeviceBuffer Hidden { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in (DeviceBuffer[])[Kv, Z, Normalized, Q, Hidden]) buffer.Dispose();
    }

    // A row's keys and values, and what holds a row's z at one time and a row of the residual's width at another.
    private static (long Kv, long Value) Widths(ModelConfig config) =>
        (2L * config.NKvHeads * config.DHead, Math.Max(config.DZ, config.DModel));
}
