namespace SeqCont.Engine;

/// <summary>
/// The rows that an operation works on: compact row i (0 up to Count) stands for row Ids[Start + i] of the
/// buffers that are laid out by row.
/// </summary>
/// <param name="Ids">Row numbers, ascending.</param>
/// <param name="Start">First entry used.</param>
/// <param name="Count">Entries used.</param>
public readonly record struct Rows(IndexBuffer Ids, int Start, int Count)
{
    /// <summary>All entries of <paramref name="ids"/>.</summary>
    public static Rows All(IndexBuffer ids) => new(ids, 0, ids.Length);

    /// <summary>The row numbers, on the host.</summary>
    public ReadOnlySpan<int> Numbers => Ids.Values.AsSpan(Start, Count);

    /// <summary>Entries [start, start + count) of these rows.</summary>
    public Rows Slice(int start, int count) => new(Ids, Start + start, count);
}

/// <summary>A buffer from one of its elements on: how a block of a longer compact array is named.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Start">The element that the operation sees as its first.</param>
public readonly record struct View(DeviceBuffer Buffer, long Start)
{
    /// <summary>The whole buffer.</summary>
    public static implicit operator View(DeviceBuffer buffer) => new(buffer, 0);
}

/// <summary>
/// Each row's ancestors: row r at position p attends to rows Entries[First[r]] up to Entries[First[r] + p],
/// itself last.
/// </summary>
/// <param name="First">Where a row's chain starts in <paramref name="Entries"/>, [row].</param>
/// <param name="Positions">A row's position, so its chain has Positions[row] + 1 entries, [row].</param>
/// <param name="Entries">Row numbers, chain after chain; chains that share a prefix may share entries.</param>
public sealed record Chains(IndexBuffer First, IndexBuffer Positions, IndexBuffer Entries);

/// <summary>A norm's parameters. Every backend implements LayerNorm, with bias and mean, and refuses the rest.</summary>
/// <param name="Gain">[dModel].</param>
/// <param name="Bias">[dModel]; null for none.</param>
/// <param name="Epsilon">Added to the variance before the square root.</param>
/// <param name="Centers">Whether the mean is subtracted; an RMSNorm does not.</param>
public sealed record Norm(DeviceBuffer Gain, DeviceBuffer? Bias, double Epsilon, bool Centers = true);

/// <summary>What a projection does to its sums before it stores them.</summary>
public enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>GPT-2's GELU, the tanh form ("gelu_new").</summary>
    GeluNew,

    /// <summary>GELU as it is defined, by the error function ("gelu").</summary>
    Gelu,

    /// <summary>The larger of the sum and 0 ("relu").</summary>
    Relu,

    /// <summary>The sum times its sigmoid ("silu", "swish").</summary>
    Silu,
}
