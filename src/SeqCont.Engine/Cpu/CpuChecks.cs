using System.Runtime.CompilerServices;

namespace SeqCont.Engine.Cpu;

/// <summary>Whether operands are this backend's and long enough: what is wrong, expected, actual.</summary>
internal static class CpuChecks
{
    /// <summary>A buffer that holds [rows, width].</summary>
    public static CpuBuffer Buffer(
        DeviceBuffer buffer, long rows = 0, long width = 0, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        View(buffer, rows, width, name).Buffer;

    public static CpuBuffer? BufferOrNull(
        DeviceBuffer? buffer, long rows = 0, long width = 0, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        buffer is null ? null : Buffer(buffer, rows, width, name);

    /// <summary>A view that holds [rows, width].</summary>
    public static CpuView View(View view, long rows, long width, [CallerArgumentExpression(nameof(view))] string name = "")
    {
        var buffer = Own<CpuBuffer>(view.Buffer, name);
        OperandChecks.Room(view, rows, width, name);
        return new CpuView(buffer, view.Start);
    }

    public static int[] Indices(IndexBuffer buffer, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        Own<CpuIndices>(buffer, name).Values;

    public static int[]? IndicesOrNull(IndexBuffer? buffer, [CallerArgumentExpression(nameof(buffer))] string name = "") =>
        buffer is null ? null : Indices(buffer, name);

    public static CpuNorm Norm(Norm norm, int width)
    {
        var bias = OperandChecks.BiasOf(norm);
        return new(Buffer(norm.Gain, 1, width, "gain"), Buffer(bias, 1, width), norm.Epsilon);
    }

    public static CpuWeights Weights(WeightMatrix weights) => Own<CpuWeights>(weights, nameof(weights));

    public static CpuSums Sums(SumBuffer sums) => Own<CpuSums>(sums, nameof(sums));

    public static int[] Ids(Rows rows)
    {
        var ids = Indices(rows.Ids, nameof(rows));
        OperandChecks.Range(rows);
        return ids;
    }

    private static T Own<T>(object? operand, string name)
        where T : class => OperandChecks.Own<T>(operand, "CPU", name);
}
