using SeqCont.Engine;

namespace SeqCont.Model;

/// <summary>Ways to read a tensor.</summary>
internal static class TensorReading
{
    private const int Piece = 1 << 14;

    /// <summary>All elements, in C order.</summary>
    internal static double[] ReadAll(this Tensor tensor)
    {
        var values = new double[tensor.Length];
        tensor.Read(0, values.AsSpan());
        return values;
    }

    /// <summary>All elements, in C order, a piece of 16,384 at a time.</summary>
    internal static void ReadPieces(this Tensor tensor, Action<ReadOnlySpan<double>> take)
    {
        var piece = new double[Math.Min(Piece, tensor.Length)];
        for (var start = 0L; start < tensor.Length; start += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, tensor.Length - start));
            tensor.Read(start, part);
            take(part);
        }
    }

    /// <summary>Bounds of a read, as an error that names the tensor.</summary>
    internal static void CheckRange(this Tensor tensor, long start, int count)
    {
        if (start < 0 || start > tensor.Length - count)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{tensor.Name}: cannot read {count} elements from {start} of {tensor.Length}.");
    }
}
