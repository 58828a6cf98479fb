using System.Runtime.CompilerServices;
using ILGPU;

namespace SeqCont.Engine.Gpu;

/// <summary>Whether operands are this backend's and long enough: what is wrong, expected, actual.</summary>
internal static class GpuChecks
{
    public static ArrayView<float> Buffer(DeviceBuffer buffer, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        Own<GpuBuffer>(buffer, name).View;

    /// <summary>A view that holds [rows, width].</summary>
    public static ArrayView<float> View(View view, long rows, long width, [CallerArgumentExpression(nameof(view))] string name = "")
    {
        var all = Buffer(view.Buffer, name);
        var needed = OperandChecks.Room(view, rows, width, name);
        return all.SubView(view.Start, needed == 0 ? Math.Min(1, all.Length - view.Start) : needed);
    }

    /// <summary>A buffer by row that holds the largest of the row numbers (slots, tokens) that index it: kernels do not look.</summary>
    public static ArrayView<float> Reached(
        DeviceBuffer buffer, IndexBuffer by, int width, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        View(buffer, Own<GpuIndices>(by, name).Largest + 1, width, name);

    public static GpuIndices Indices(IndexBuffer buffer, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        Own<GpuIndices>(buffer, name);

    public static GpuWeights Weights(WeightMatrix weights) => Own<GpuWeights>(weights, nameof(weights));

    public static GpuSums Sums(SumBuffer sums) => Own<GpuSums>(sums, nameof(sums));

    /// <summary>The row numbers of a call.</summary>
    public static ArrayView<int> Ids(Rows rows)
    {
        var ids = Indices(rows.Ids, nameof(rows));
        OperandChecks.Range(rows);
        return ids.View.SubView(rows.Start, Math.Max(1, rows.Count));
    }

    private static T Own<T>(object? operand, string name)
        where T : class => OperandChecks.Own<T>(operand, "GPU", name);
}
