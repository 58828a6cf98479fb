namespace SeqCont.Kernels.Gemm;

/// <summary>One row of a matrix product, in double precision, over a choice of k blocks and a range of columns.</summary>
public static class GemmReference
{
    /// <summary>sums[j] = sum over the chosen k, ascending, of a[k] weights[k, firstColumn + j].</summary>
    /// <param name="a">One row, [k] in full; what lies outside the chosen blocks is not read.</param>
    /// <param name="weights">[k, n] row-major.</param>
    /// <param name="n">Columns of weights.</param>
    /// <param name="kBlocks">Ascending numbers of the blocks of k to sum over.</param>
    /// <param name="kBlock">Size of a block of k.</param>
    /// <param name="firstColumn">First column.</param>
    /// <param name="sums">Destination, [columns].</param>
    public static void Row(
        ReadOnlySpan<double> a, ReadOnlySpan<double> weights, int n, ReadOnlySpan<int> kBlocks, int kBlock, int firstColumn,
        Span<double> sums)
    {
        sums.Clear();
        foreach (var block in kBlocks)
        {
            for (var k = block * kBlock; k < (block + 1) * kBlock; k++)
            {
                var factor = a[k];
                var row = weights.Slice(k * n + firstColumn, sums.Length);
                for (var j = 0; j < sums.Length; j++) sums[j] += factor * row[j];
            }
        }
    }
}
