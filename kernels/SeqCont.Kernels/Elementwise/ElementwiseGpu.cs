using ILGPU;

namespace SeqCont.Kernels.Elementwise;

/// <summary>Sums and differences of rows on a GPU: a group a row, neighbouring threads on neighbouring numbers.</summary>
public static class ElementwiseGpu
{
    /// <summary>destination[row] = source[row] + table[slots[row]], row = ids[i]; a group i.</summary>
    /// <param name="source">[row, width]; read when <paramref name="hasSource"/> is not 0. May be the destination.</param>
    /// <param name="hasSource">Whether there is a source; without one it is zero.</param>
    /// <param name="ids">Rows, [i].</param>
    /// <param name="table">[slot, width].</param>
    /// <param name="slots">[row]; read when <paramref name="hasSlots"/> is not 0, else slot 0.</param>
    /// <param name="hasSlots">Whether rows have slots.</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="destination">[row, width].</param>
    public static void AddTable(
        ArrayView<float> source, int hasSource, ArrayView<int> ids, ArrayView<float> table, ArrayView<int> slots, int hasSlots, int width,
        ArrayView<float> destination)
    {
        var row = ids[Grid.IdxX];
        var (target, slot) = ((long)row * width, 0L);
        if (hasSlots != 0) slot = (long)slots[row] * width;
        for (var j = Group.IdxX; j < width; j += Group.DimX)
        {
            var value = table[slot + j];
            destination[target + j] = hasSource != 0 ? source[target + j] + value : value;
        }
    }

    /// <summary>destination[row] = source[row] + compact[i], row = ids[i]; a group i.</summary>
    /// <param name="source">[row, width]. May be the destination.</param>
    /// <param name="ids">Rows, [i].</param>
    /// <param name="compact">[i, width].</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="destination">[row, width].</param>
    public static void Add(ArrayView<float> source, ArrayView<int> ids, ArrayView<float> compact, int width, ArrayView<float> destination)
    {
        var (target, origin) = ((long)ids[Grid.IdxX] * width, (long)Grid.IdxX * width);
        for (var j = Group.IdxX; j < width; j += Group.DimX) destination[target + j] = source[target + j] + compact[origin + j];
    }

    /// <summary>compact[i] = source[ids[i]]; a group i.</summary>
    /// <param name="source">[row, width].</param>
    /// <param name="ids">Rows, [i].</param>
    /// <param name="width">Width of a row.</param>
    /// <param name="compact">Destination, [i, width].</param>
    public static void Gather(ArrayView<float> source, ArrayView<int> ids, int width, ArrayView<float> compact)
    {
        var (origin, target) = ((long)ids[Grid.IdxX] * width, (long)Grid.IdxX * width);
        for (var j = Group.IdxX; j < width; j += Group.DimX) compact[target + j] = source[origin + j];
    }

    /// <summary>delta[i, head] = means[slots[row], head] - z[i, head], row = ids[i]; a group i.</summary>
    /// <param name="z">[i, head, dHead].</param>
    /// <param name="ids">Rows, [i].</param>
    /// <param name="means">[slot, head, dHead].</param>
    /// <param name="slots">[row].</param>
    /// <param name="head">The head that goes.</param>
    /// <param name="nHeads">Heads in a layer.</param>
    /// <param name="dHead">Width of a head.</param>
    /// <param name="delta">Destination, [i, head, dHead].</param>
    public static void HeadDelta(
        ArrayView<float> z, ArrayView<int> ids, ArrayView<float> means, ArrayView<int> slots, int head, int nHeads, int dHead,
        ArrayView<float> delta)
    {
        var i = Grid.IdxX;
        var here = ((long)i * nHeads + head) * dHead;
        var mean = ((long)slots[ids[i]] * nHeads + head) * dHead;
        for (var j = Group.IdxX; j < dHead; j += Group.DimX) delta[here + j] = means[mean + j] - z[here + j];
    }
}
