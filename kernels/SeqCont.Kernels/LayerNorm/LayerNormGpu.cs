using ILGPU;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Kernels.LayerNorm;

/// <summary>
/// LayerNorm on a GPU: a group of <see cref="GroupSum.Threads"/> threads a row, two passes over it with moments in double
/// precision. Reads a row three times (twice from the cache) and writes it once: 8 bytes a number of memory traffic.
/// </summary>
public static class LayerNormGpu
{
    /// <summary>normalized[i] = (x - mean(x)) / sqrt(var(x) + epsilon) * gain + bias, x = resid[ids[i]]; a group i.</summary>
    /// <param name="resid">[row, dModel].</param>
    /// <param name="ids">Rows, [i].</param>
    /// <param name="gain">[dModel].</param>
    /// <param name="bias">[dModel].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="dModel">Width.</param>
    /// <param name="normalized">Destination, [i, dModel].</param>
    /// <param name="scales">sqrt(var + epsilon), [i]; written when <paramref name="keepScales"/> is not 0.</param>
    /// <param name="keepScales">Whether scales are wanted.</param>
    public static void Kernel(
        ArrayView<float> resid, ArrayView<int> ids, ArrayView<float> gain, ArrayView<float> bias, double epsilon, int dModel,
        ArrayView<float> normalized, ArrayView<float> scales, int keepScales)
    {
        var scratch = SharedMemory.Allocate<double>(GroupSum.Scratch);
        var i = Grid.IdxX;
        var row = resid.SubView((long)ids[i] * dModel, dModel);
        var (mean, scale) = Moments(row, epsilon, dModel, scratch);
        var target = normalized.SubView((long)i * dModel, dModel);
        for (var j = Group.IdxX; j < dModel; j += GroupSum.Threads) target[j] = (float)((row[j] - mean) / scale) * gain[j] + bias[j];
        if (keepScales != 0 && Group.IdxX == 0) scales[i] = (float)scale;
    }

    /// <summary>mean(x) and sqrt(var(x) + epsilon), or no number as <see cref="LayerNormSimd.MostOffset"/> says, for all threads.</summary>
    internal static (double Mean, double Scale) Moments(ArrayView<float> row, double epsilon, int dModel, ArrayView<double> scratch)
    {
        var sum = 0.0;
        for (var j = Group.IdxX; j < dModel; j += GroupSum.Threads) sum += row[j];
        var mean = GroupSum.Of(sum, scratch) / dModel;
        sum = 0.0;
        for (var j = Group.IdxX; j < dModel; j += GroupSum.Threads) sum += (row[j] - mean) * (row[j] - mean);
        var scale = Math.Sqrt(GroupSum.Of(sum, scratch) / dModel + epsilon);
        return (mean, Math.Abs(mean) > LayerNormSimd.MostOffset * scale ? double.NaN : scale);
    }
}
