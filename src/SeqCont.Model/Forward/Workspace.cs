using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>
/// Scratch of forward passes, allocated once: keys and values for all rows, everything else for one block of rows. Passes that never run at
/// the same time may share one.
/// </summary>
public sealed class Workspace : IDisposable
{
    private readonly DeviceBuffer[] _buffers;

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
        _buffers = [.. Sizes(config, rows, BlockRows).Select(ops.Allocate)];
    }

    /// <summary>Elements that the constructor allocates, for predictions.</summary>
    public static long Elements(ModelConfig config, long rows, int blockRows)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Sizes(config, rows, Math.Min(blockRows, rows)).Sum();
    }

    internal int BlockRows { get; }

    /// <summary>[row, 2, head, dHead] by row.</summary>
    internal DeviceBuffer Kv => _buffers[0];

    /// <summary>[block row, head, dHead], or [block row, dModel].</summary>
    internal DeviceBuffer Z => _buffers[1];

    /// <summary>[block row, dModel].</summary>
    internal DeviceBuffer Normalized => _buffers[2];

    /// <summary>[block row, head, dHead]; the MLP's output where it is wanted by itself.</summary>
    internal DeviceBuffer Q => _buffers[3];

    /// <summary>[block row, dMlp].</summary>
    internal DeviceBuffer Hidden => _buffers[4];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers) buffer.Dispose();
    }

    // In the order of the properties. Z and Q hold a row's z at one time, a row of the residual's width at another.
    private static long[] Sizes(ModelConfig config, long rows, long block)
    {
        long wider = Math.Max(config.DZ, config.DModel);
        return [2 * rows * config.NKvHeads * config.DHead, block * wider, block * config.DModel, block * wider, block * config.DMlp];
    }
}
