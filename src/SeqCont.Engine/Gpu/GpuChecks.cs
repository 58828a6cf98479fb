using ILGPU;

namespace SeqCont.Engine.Gpu;

/// <summary>Whether operands are this backend's and long enough: what is wrong, expected, actual.</summary>
internal static class GpuChecks
{
    public static ArrayView<float> Buffer(DeviceBuffer buffer, string name) => Own(buffer, name).View;

    /// <summary>A buffer that holds [rows, width].</summary>
    public static ArrayView<float> Buffer(DeviceBuffer buffer, long rows, long width, string name) => View(buffer, rows, width, name);

    /// <summary>A buffer by row that holds the largest of the row numbers (slots, tokens) that index it: kernels do not look.</summary>
    public static ArrayView<float> Reached(DeviceBuffer buffer, IndexBuffer by, int width, string name) =>
        Buffer(buffer, Indices(by, name).Largest + 1, width, name);

    /// <summary>A view that holds [rows, width].</summary>
    public static ArrayView<float> View(View view, long rows, long width, string name)
    {
        var buffer = Own(view.Buffer, name);
        var needed = checked(rows * width);
        if (view.Start < 0 || needed > buffer.Length - view.Start)
            throw new ArgumentException(
                $"{name}: expected [{rows}, {width}] = {needed} elements from {view.Start} on, got {buffer.Length} in all.");
        return buffer.View.SubView(view.Start, needed == 0 ? Math.Min(1, buffer.View.Length - view.Start) : needed);
    }

    public static GpuIndices Indices(IndexBuffer buffer, string name) => buffer as GpuIndices ?? throw Foreign(name, buffer);

    public static GpuWeights Weights(WeightMatrix weights) => weights as GpuWeights ?? throw Foreign(nameof(weights), weights);

    public static GpuSums Sums(SumBuffer sums) => sums as GpuSums ?? throw Foreign(nameof(sums), sums);

    /// <summary>The row numbers of a call.</summary>
    public static ArrayView<int> Ids(Rows rows)
    {
        var ids = Indices(rows.Ids, nameof(rows));
        if (rows.Start < 0 || rows.Count < 0 || rows.Start > ids.Length - rows.Count)
            throw new ArgumentException(
                $"rows: expected a range of {ids.Length} entries, got [{rows.Start}, {rows.Start} + {rows.Count}).");
        return ids.View.SubView(rows.Start, Math.Max(1, rows.Count));
    }

    private static GpuBuffer Own(DeviceBuffer buffer, string name) => buffer as GpuBuffer ?? throw Foreign(name, buffer);

    private static ArgumentException Foreign(string name, object? operand) =>
        new($"{name}: expected memory of the GPU backend, got {operand?.GetType().Name ?? "null"}.");
}
