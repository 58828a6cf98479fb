using SeqCont.Kernels.Elementwise;

namespace SeqCont.Engine;

/// <summary>What every fast backend asks of operands, wherever its memory is: what is wrong, expected, actual.</summary>
internal static class OperandChecks
{
    /// <summary>Ascending numbers below <paramref name="count"/>.</summary>
    public static void Blocks(ReadOnlySpan<int> blocks, int count, string name)
    {
        var previous = -1;
        foreach (var block in blocks)
        {
            if (block <= previous || block >= count)
                throw new ArgumentException($"{name}: expected ascending numbers below {count}, got {block} after {previous}.");
            previous = block;
        }
    }

    /// <summary>The attention that backends implement; any other is refused, never computed as if it were that one.</summary>
    public static void Supported(AttentionShape shape)
    {
        var known = AttentionShape.MultiHead(shape.NHeads, shape.DHead);
        if (shape != known) throw new NotSupportedException($"attention: only {known} is implemented, got {shape}.");
    }

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
    public static void ReadFinite(Tensor tensor, long start, Span<float> destination)
    {
        tensor.Read(start, destination);
        var bad = ElementwiseSimd.FirstNonFinite(destination);
        if (bad >= 0)
            throw new InvalidDataException(
                $"{tensor.Name}: element {start + bad} is {destination[bad]} in float32; weights must be finite.");
    }
}
