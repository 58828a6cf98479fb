namespace SeqCont.Engine.Cpu;

/// <summary>Whether operands are this backend's and long enough: what is wrong, expected, actual.</summary>
internal static class CpuChecks
{
    public static CpuBuffer Buffer(DeviceBuffer buffer, string name) =>
        buffer as CpuBuffer ?? throw Foreign(name, buffer);

    public static CpuBuffer? BufferOrNull(DeviceBuffer? buffer, string name) => buffer is null ? null : Buffer(buffer, name);

    /// <summary>A buffer that holds [rows, width].</summary>
    public static CpuBuffer Buffer(DeviceBuffer buffer, long rows, long width, string name) => View(buffer, rows, width, name).Buffer;

    /// <summary>A view that holds [rows, width].</summary>
    public static CpuView View(View view, long rows, long width, string name)
    {
        var buffer = Buffer(view.Buffer, name);
        var needed = checked(rows * width);
        if (view.Start < 0 || needed > buffer.Length - view.Start)
            throw new ArgumentException(
                $"{name}: expected [{rows}, {width}] = {needed} elements from {view.Start} on, got {buffer.Length} in all.");
        return new CpuView(buffer, view.Start);
    }

    public static int[] Indices(IndexBuffer buffer, string name) =>
        (buffer as CpuIndices ?? throw Foreign(name, buffer)).Values;

    public static int[]? IndicesOrNull(IndexBuffer? buffer, string name) => buffer is null ? null : Indices(buffer, name);

    public static CpuWeights Weights(WeightMatrix weights) => weights as CpuWeights ?? throw Foreign(nameof(weights), weights);

    public static CpuSums Sums(SumBuffer sums) => sums as CpuSums ?? throw Foreign(nameof(sums), sums);

    public static int[] Ids(Rows rows)
    {
        var ids = Indices(rows.Ids, nameof(rows));
        if (rows.Start < 0 || rows.Count < 0 || rows.Start > ids.Length - rows.Count)
            throw new ArgumentException(
                $"rows: expected a range of {ids.Length} entries, got [{rows.Start}, {rows.Start} + {rows.Count}).");
        return ids;
    }

    private static ArgumentException Foreign(string name, object? operand) =>
        new($"{name}: expected memory of the CPU backend, got {operand?.GetType().Name ?? "null"}.");
}
