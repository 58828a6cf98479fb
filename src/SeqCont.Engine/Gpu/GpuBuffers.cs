using ILGPU;
using ILGPU.Runtime;
using Indices = ILGPU.Runtime.MemoryBuffer1D<int, ILGPU.Stride1D.Dense>;

namespace SeqCont.Engine.Gpu;

/// <summary>An accelerator has no buffer of length 0; what is empty here holds one element that nothing reads.</summary>
internal static class GpuMemory
{
    public static MemoryBuffer1D<T, Stride1D.Dense> Put<T>(this Accelerator accelerator, T[] values)
        where T : unmanaged => accelerator.Allocate1D(values.Length == 0 ? [default] : values);
}

internal sealed class GpuBuffer(Accelerator accelerator, long length) : DeviceBuffer(length)
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _memory = accelerator.Allocate1D<float>(Math.Max(1, length));

    public ArrayView<float> View => _memory.View;

    protected override void Dispose(bool disposing) => _memory.Dispose();
}

/// <summary>Integers on the device, and on the host, where calls are planned.</summary>
internal sealed class GpuIndices(Accelerator accelerator, int[] values) : IndexBuffer(values)
{
    private readonly Indices _memory = accelerator.Put(values);
    private readonly Dictionary<(int Start, int Count, GpuIndices Slots), SlotPlan> _plans = [];

    public int Largest { get; } = values.DefaultIfEmpty(-1).Max();

    public ArrayView<int> View => _memory.View;

    /// <summary>Which of these rows, compact, belong to which slot; worked out once for each part and each slots.</summary>
    public SlotPlan PlanFor(int start, int count, GpuIndices slots)
    {
        if (_plans.TryGetValue((start, count, slots), out var known)) return known;
        return _plans[(start, count, slots)] = new SlotPlan(
            accelerator, [.. Values.Skip(start).Take(count).Select(row => slots.Values[row])]);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var plan in _plans.Values) plan.Dispose();
        _memory.Dispose();
    }
}

/// <summary>Compact rows by slot: a segment for each slot that has any, rows ascending within it.</summary>
internal sealed class SlotPlan : IDisposable
{
    private readonly Indices _segments;
    private readonly Indices _slotOf;
    private readonly Indices _order;

    public SlotPlan(Accelerator accelerator, int[] slotOfRow)
    {
        IGrouping<int, int>[] bySlot = [.. Enumerable.Range(0, slotOfRow.Length).GroupBy(i => slotOfRow[i]).OrderBy(rows => rows.Key)];
        var segments = new int[bySlot.Length + 1];
        for (var i = 0; i < bySlot.Length; i++) segments[i + 1] = segments[i] + bySlot[i].Count();
        Count = bySlot.Length;
        _segments = accelerator.Put(segments);
        _slotOf = accelerator.Put([.. bySlot.Select(rows => rows.Key)]);
        _order = accelerator.Put([.. bySlot.SelectMany(rows => rows)]);
    }

    /// <summary>Number of segments.</summary>
    public int Count { get; }

    /// <summary>Where a segment's rows start, [segment + 1].</summary>
    public ArrayView<int> Segments => _segments.View;

    /// <summary>[segment].</summary>
    public ArrayView<int> SlotOf => _slotOf.View;

    /// <summary>Compact rows, segment after segment.</summary>
    public ArrayView<int> Order => _order.View;

    public void Dispose()
    {
        _segments.Dispose();
        _slotOf.Dispose();
        _order.Dispose();
    }
}

internal sealed class GpuSums : SumBuffer
{
    private readonly MemoryBuffer1D<double, Stride1D.Dense> _memory;

    public GpuSums(Accelerator accelerator, int slots, int width)
        : base(slots, width)
    {
        _memory = accelerator.Allocate1D<double>(Math.Max(1, (long)slots * width));
        _memory.MemSetToZero();
    }

    public ArrayView<double> View => _memory.View;

    protected override void Dispose(bool disposing) => _memory.Dispose();
}

/// <summary>[k, <see cref="Stride"/>] row-major: rows padded to whole 16 bytes, so that wide loads never straddle.</summary>
internal sealed class GpuWeights : WeightMatrix
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _memory;

    public GpuWeights(Accelerator accelerator, int k, int n, int kBlock, int columnBlock)
        : base(k, n, kBlock, columnBlock) =>
        _memory = accelerator.Allocate1D<float>((long)k * Stride);

    public int Stride => (N + 3) / 4 * 4;

    public ArrayView<float> View => _memory.View;

    protected override void Dispose(bool disposing) => _memory.Dispose();
}
