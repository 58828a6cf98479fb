using ILGPU;
using SeqCont.Kernels.Gpu;

namespace SeqCont.Kernels.LogitDiff;

/// <summary>Logit differences on a GPU, in double precision: a group of <see cref="GroupSum.Threads"/> threads a prompt.</summary>
public static class LogitDiffGpu
{
    /// <summary>result[i] = LN_f(resid[ends[i]]) . directions[pairs[i]]; a group i.</summary>
    /// <param name="resid">[row, dModel].</param>
    /// <param name="ends">The row that a prompt ends in, [i].</param>
    /// <param name="gain">LN_f's, [dModel].</param>
    /// <param name="bias">LN_f's, [dModel].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="directions">W_U[correct] - W_U[incorrect], [pair, dModel].</param>
    /// <param name="pairs">A prompt's pair, [i].</param>
    /// <param name="dModel">Width.</param>
    /// <param name="result">Destination, [i].</param>
    public static void Kernel(ArrayView<float> resid, ArrayView<int> ends, ArrayView<float> gain, ArrayView<float> bias, double epsilon, ArrayView<float> directions, ArrayView<int> pairs, int dModel, ArrayView<double> result)
    {
        var scratch = SharedMemory.Allocate<double>(GroupSum.Scratch);
        var i = Grid.IdxX;
        var row = resid.SubView((long)ends[i] * dModel, dModel);
        var direction = directions.SubView((long)pairs[i] * dModel, dModel);
        var sum = 0.0;
        for (var j = Group.IdxX; j < dModel; j += GroupSum.Threads) sum += row[j];
        var mean = GroupSum.Of(sum, scratch) / dModel;
        sum = 0.0;
        for (var j = Group.IdxX; j < dModel; j += GroupSum.Threads) sum += (row[j] - mean) * (row[j] - mean);
        var scale = Math.Sqrt(GroupSum.Of(sum, scratch) / dModel + epsilon);
        sum = 0.0;
        for (var j = Group.IdxX; j < dModel; j += GroupSum.Threads) sum += ((row[j] - mean) / scale * gain[j] + bias[j]) * direction[j];
        sum = GroupSum.Of(sum, scratch);
        if (Group.IdxX == 0) result[i] = sum;
    }
}
