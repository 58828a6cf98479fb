namespace SeqCont.Engine;

/// <summary>Memory where a backend computes. Whoever allocates disposes; operations borrow.</summary>
public abstract class DeviceMemory : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected virtual void Dispose(bool disposing) { }
}

/// <summary>
/// Numbers that live where their backend computes: double[] for the reference, float memory for the SIMD
/// CPU.
/// </summary>
public abstract class DeviceBuffer : DeviceMemory
{
    /// <summary>Creates a buffer of <paramref name="length"/> elements.</summary>
    protected DeviceBuffer(long length) => Length = length;

    /// <summary>Number of elements.</summary>
    public long Length { get; }
}

/// <summary>Row numbers, tokens, positions, slots: 32-bit integers beside the numbers they index.</summary>
public abstract class IndexBuffer : DeviceMemory
{
    /// <summary>Creates a buffer of integers.</summary>
    protected IndexBuffer(int[] values) => Values = values;

    /// <summary>Number of integers.</summary>
    public int Length => Values.Length;

    /// <summary>The same on the host, where calls are planned and counted.</summary>
    internal int[] Values { get; }
}

/// <summary>
/// Sums in double precision, [slot, width], from which positional means are made. The order of adding is the
/// order of rows, whatever the blocks they come in.
/// </summary>
public abstract class SumBuffer : DeviceMemory
{
    /// <summary>Creates sums for <paramref name="slots"/> slots of <paramref name="width"/> numbers.</summary>
    protected SumBuffer(int slots, int width)
    {
        Slots = slots;
        Width = width;
    }

    /// <summary>Number of slots (positions).</summary>
    public int Slots { get; }

    /// <summary>Numbers per slot.</summary>
    public int Width { get; }
}

/// <summary>
/// A weight matrix W [k, n] in its backend's own layout, cut into blocks that a product may pick: blocks of
/// columns (the heads of W_Q, W_K, W_V) or blocks of rows (the heads of W_O).
/// </summary>
public abstract class WeightMatrix : DeviceMemory
{
    /// <summary>Creates a matrix of the given sizes and blocks.</summary>
    /// <param name="k">Rows: the length of the dot products.</param>
    /// <param name="n">Columns: the number of outputs.</param>
    /// <param name="kBlock">Rows in a block that a product may pick; divides k (k itself: no choice).</param>
    /// <param name="columnBlock">Columns in a block that a product may pick; divides n (n itself: no choice).</param>
    protected WeightMatrix(int k, int n, int kBlock, int columnBlock)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        if (kBlock <= 0 || k % kBlock != 0) throw new ArgumentException($"kBlock: expected a divisor of {k}, got {kBlock}.");
        if (columnBlock <= 0 || n % columnBlock != 0)
            throw new ArgumentException($"columnBlock: expected a divisor of {n}, got {columnBlock}.");
        K = k;
        N = n;
        KBlock = kBlock;
        ColumnBlock = columnBlock;
        AllColumns = [.. Enumerable.Range(0, n / columnBlock)];
    }

    /// <summary>Rows: the length of the dot products.</summary>
    public int K { get; }

    /// <summary>Columns: the number of outputs.</summary>
    public int N { get; }

    /// <summary>Rows in a block.</summary>
    public int KBlock { get; }

    /// <summary>Columns in a block.</summary>
    public int ColumnBlock { get; }

    /// <summary>All column blocks: what a product takes that picks none.</summary>
    internal int[] AllColumns { get; }
}
