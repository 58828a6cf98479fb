using ILGPU;
using SeqCont.Kernels.Gpu;
using SeqCont.Kernels.LayerNorm;

namespace SeqCont.Kernels.NormDot;

/// <summary>Dot products with normalised rows on a GPU, in double: a group of <see cref="GroupSum.Threads"/> threads a product.</summary>
public static class NormDotGpu
{
    /// <summary>result[i, j] = norm(resid[ends[i]]) . columns[which[i, j]]; a group (i, j).</summary>
    /// <param name="resid">[row, dModel].</param>
    /// <param name="ends">Rows that are read, [i].</param>
    /// <param name="gain">The norm's, [dModel].</param>
    /// <param name="bias">The norm's, [dModel].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="columns">[column, dModel].</param>
    /// <param name="which">The columns that a row is multiplied with, [i, j].</param>
    /// <param name="perEnd">Columns of a row.</param>
    /// <param name="dModel">Width.</param>
    /// <param name="result">Destination, [i, j].</param>
    public static void Kernel(
        ArrayView<float> resid, ArrayView<int> ends, ArrayView<float> gain, ArrayView<float> bias, double epsilon, ArrayView<float> columns,
        ArrayView<int> which, int perEnd, int dModel, ArrayView<double> result)
    {
        var scratch = SharedMemory.Allocate<double>(GroupSum.Scratch);
        var at = Grid.IdxX * perEnd + Grid.IdxY;
        var row = resid.SubView((long)ends[Grid.IdxX] * dModel, dModel);
        var column = columns.SubView((long)which[at] * dModel, dModel);
        var (mean, scale) = LayerNormGpu.Moments(row, epsilon, dModel, scratch);
        var sum = 0.0;
        for (var j = Group.IdxX; j < dModel; j += GroupSum.Threads) sum += ((row[j] - mean) / scale * gain[j] + bias[j]) * column[j];
        sum = GroupSum.Of(sum, scratch);
        if (Group.IdxX == 0) result[at] = sum;
    }
}
