using ILGPU;

namespace SeqCont.Kernels.Means;

/// <summary>
/// Weighted sums per slot on a GPU, in double precision. A thread owns one number of one slot and adds that slot's
/// rows one after another, so the order of adding is the order of rows.
/// </summary>
public static class MeansGpu
{
    /// <summary>sums[slot] += weights[ids[i]] * values[i] for the rows i of each slot; a group (columns, segment).</summary>
    /// <param name="values">[i, width].</param>
    /// <param name="ids">Rows, [i].</param>
    /// <param name="weights">How often a row counts, [row].</param>
    /// <param name="segments">Where a slot's rows start in <paramref name="order"/>, [segment + 1].</param>
    /// <param name="slotOf">A segment's slot, [segment].</param>
    /// <param name="order">Numbers i, slot after slot, ascending within a slot.</param>
    /// <param name="width">Numbers per slot.</param>
    /// <param name="sums">[slot, width].</param>
    public static void Accumulate(
        ArrayView<float> values, ArrayView<int> ids, ArrayView<int> weights, ArrayView<int> segments, ArrayView<int> slotOf,
        ArrayView<int> order, int width, ArrayView<double> sums)
    {
        var column = Grid.IdxX * Group.DimX + Group.IdxX;
        var segment = Grid.IdxY;
        if (column >= width) return;
        var target = (long)slotOf[segment] * width + column;
        var sum = sums[target];
        for (var next = segments[segment]; next < segments[segment + 1]; next++)
        {
            var i = order[next];
            sum += (double)weights[ids[i]] * values[(long)i * width + column];
        }

        sums[target] = sum;
    }

    /// <summary>means[slot] = sums[slot] / counts[slot], or 0 where the count is 0; then sums = 0. A group (columns, slot).</summary>
    /// <param name="sums">[slot, width].</param>
    /// <param name="counts">[slot].</param>
    /// <param name="width">Numbers per slot.</param>
    /// <param name="means">Destination, [slot, width].</param>
    public static void Average(ArrayView<double> sums, ArrayView<long> counts, int width, ArrayView<float> means)
    {
        var column = Grid.IdxX * Group.DimX + Group.IdxX;
        if (column >= width) return;
        var (at, count) = ((long)Grid.IdxY * width + column, counts[Grid.IdxY]);
        means[at] = count == 0 ? 0 : (float)(sums[at] / count);
        sums[at] = 0;
    }
}
