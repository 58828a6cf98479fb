using SeqCont.Kernels.Elementwise;

namespace SeqCont.Engine;

/// <summary>What every fast backend asks of operands, wherever its memory is: what is wrong, expected, actual.</summary>
internal static class OperandChecks
{
    /// <summary>Column blocks that a product picks.</summary>
    public static void ColumnBlocks(ReadOnlySpan<int> columnBlocks, WeightMatrix weights) =>
        Blocks(columnBlocks, weights.N / weights.ColumnBlock, nameof(columnBlocks));

    /// <summary>Row blocks that a product picks.</summary>
    public static void KBlocks(ReadOnlySpan<int> kBlocks, WeightMatrix weights) =>
        Blocks(kBlocks, weights.K / weights.KBlock, nameof(kBlocks));

    /// <summary>Ascending numbers below <paramref name="count"/>.</summary>
    private static void Blocks(ReadOnlySpan<int> blocks, int count, string name)
    {
        var previous = -1;
        foreach (var block in blocks)
        {
            if (block <= previous || block >= count)
                throw new ArgumentException($"{name}: expected ascending numbers below {count}, got {block} after {previous}.");
            previous = block;
        }
    }

    /// <summary>An operand, which has to be the backend's.</summary>
    public static T Own<T>(object? operand, string backend, string name)
        where T : class => operand as T
            ?? throw new ArgumentException($"{name}: expected memory of the {backend} backend, got {operand?.GetType().Name ?? "null"}.");

    /// <summary>How many elements [rows, width] are, which a view has to hold.</summary>
    public static long Room(View view, long rows, long width, string name)
    {
        var (needed, length) = (checked(rows * width), view.Buffer.Length);
        if (view.Start < 0 || needed > length - view.Start)
            throw new ArgumentException(
                $"{name}: expected [{rows}, {width}] = {needed} elements from {view.Start} on, got {length} in all.");
        return needed;
    }

    /// <summary>Rows lie inside their numbers.</summary>
    public static void Range(Rows rows)
    {
        var length = rows.Ids.Length;
        if (rows.Start < 0 || rows.Count < 0 || rows.Start > length - rows.Count)
            throw new ArgumentException($"rows: expected a range of {length} entries, got [{rows.Start}, {rows.Start} + {rows.Count}).");
    }

    /// <summary>A list that is long enough.</summary>
    public static void Length(int length, int needed, string name)
    {
        if (length < needed) throw new ArgumentException($"{name}: expected {needed}, got {length}.");
    }

    /// <summary>A head of a layer.</summary>
    /// <returns>The layer's width.</returns>
    public static int Head(int head, int nHeads, int dHead)
    {
        if (head < 0 || head >= nHeads) throw new ArgumentException($"head: expected a number below {nHeads}, got {head}.");
        return checked(nHeads * dHead);
    }

    /// <summary>Products of some rows with columns.</summary>
    /// <returns>How many.</returns>
    public static int Products(Rows ends, int perEnd, Span<double> result)
    {
        var count = checked(ends.Count * perEnd);
        Length(result.Length, count, nameof(result));
        return count;
    }

    /// <summary>Memory with something in it; given back where that fails.</summary>
    public static T Filled<T>(T memory, Action<T> fill)
        where T : DeviceMemory
    {
        try
        {
            fill(memory);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>The attention that backends implement; any other is refused, never computed as if it were that one.</summary>
    /// <returns>A row's width.</returns>
    public static int Attention(Chains chains, ReadOnlySpan<int> heads, AttentionShape shape)
    {
        ArgumentNullException.ThrowIfNull(chains);
        var known = AttentionShape.MultiHead(shape.NHeads, shape.DHead) with { Divisor = shape.Divisor };
        if (!(shape.Divisor > 0)) throw new ArgumentException($"attention: expected a positive divisor, got {shape.Divisor}.");
        if (shape != known) throw new NotSupportedException($"attention: only {known} is implemented, got {shape}.");
        Blocks(heads, shape.NHeads, nameof(heads));
        return checked(shape.NHeads * shape.DHead);
    }

    /// <summary>An activation that no backend has.</summary>
    public static ArgumentOutOfRangeException Unknown(Activation activation) =>
        new(nameof(activation), $"activation: expected one of {string.Join(", ", Enum.GetNames<Activation>())}, got {activation}.");

    /// <summary>A norm's bias; a norm without it, or without its mean, is refused.</summary>
    public static DeviceBuffer BiasOf(Norm norm)
    {
        ArgumentNullException.ThrowIfNull(norm);
        return norm is { Bias: { } bias, Centers: true } ? bias
            : throw new NotSupportedException("norm: only one that subtracts the mean and adds a bias is implemented.");
    }

    /// <summary>What is copied as a whole.</summary>
    public static void SameLength(DeviceBuffer source, DeviceBuffer destination)
    {
        if (destination.Length != source.Length)
            throw new ArgumentException($"destination: expected {source.Length} elements, got {destination.Length}.");
    }

    /// <summary>The sizes of a matrix whose columns [firstColumn, firstColumn + columns) are taken.</summary>
    /// <param name="tensor">[k, n], or, when <paramref name="transposed"/>, [n, k].</param>
    /// <param name="firstColumn">First column taken.</param>
    /// <param name="columns">How many.</param>
    /// <param name="transposed">Whether the tensor is [n, k].</param>
    /// <returns>k, the length of the dot products.</returns>
    public static int InnerDimension(Tensor tensor, int firstColumn, int columns, bool transposed)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.Shape.Count != 2)
            throw new ArgumentException($"{tensor.Name}: expected two axes, got [{string.Join(", ", tensor.Shape)}].");
        var (k, n) = transposed ? (tensor.Shape[1], tensor.Shape[0]) : (tensor.Shape[0], tensor.Shape[1]);
        if (firstColumn < 0 || columns <= 0 || firstColumn > n - columns)
            throw new ArgumentException(
                $"{tensor.Name}: expected columns inside [0, {n}), got [{firstColumn}, {firstColumn} + {columns}).");
        return k;
    }

    /// <summary>Reads elements of a tensor, all of which must be finite in float32.</summary>
    /// <returns>The destination.</returns>
    public static Span<float> ReadFinite(Tensor tensor, long start, Span<float> destination)
    {
        tensor.Read(start, destination);
        var bad = ElementwiseSimd.FirstNonFinite<float>(destination);
        return bad < 0 ? destination : throw new InvalidDataException(
            $"{tensor.Name}: element {start + bad} is {destination[bad]} in float32; weights must be finite.");
    }

    /// <summary>Reads some columns of some rows of a [k, n] tensor.</summary>
    /// <param name="tensor">[k, n].</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="firstColumn">First column.</param>
    /// <param name="columns">How many.</param>
    /// <param name="destination">[row, stride].</param>
    /// <param name="stride">Numbers from one row to the next, at least as many as columns.</param>
    public static void ReadRows(
        Tensor tensor, int first, int rows, int firstColumn, int columns, Span<float> destination, int stride)
    {
        var n = tensor.Shape[1];
        if (columns == n && stride == n) ReadFinite(tensor, (long)first * n, destination[..(rows * n)]);
        else
            for (var row = 0; row < rows; row++)
                ReadFinite(tensor, (long)(first + row) * n + firstColumn, destination.Slice(row * stride, columns));
    }
}
