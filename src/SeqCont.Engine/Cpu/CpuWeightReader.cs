namespace SeqCont.Engine.Cpu;

/// <summary>Brings tensors into this backend's memory, a bounded chunk at a time.</summary>
internal sealed class CpuWeightReader(WorkerTeam team)
{
    // Numbers read at once: enough to keep every thread packing, little beside any model.
    private const int ChunkLength = 1 << 20;
    private const int PanelsPerItem = 4;

    private readonly float[] _chunk = new float[ChunkLength];

    /// <summary>Copies a tensor.</summary>
    public static void Read(Tensor tensor, CpuBuffer destination)
    {
        for (long start = 0; start < tensor.Length; start += ChunkLength)
            OperandChecks.ReadFinite(tensor, start, destination.Memory.Slice(start, (int)Math.Min(ChunkLength, tensor.Length - start)));
    }

    /// <summary>Packs columns [firstColumn, firstColumn + weights.N) of a [k, n] tensor.</summary>
    public void PackRows(Tensor tensor, int firstColumn, CpuWeights weights)
    {
        var stride = tensor.Shape[1];
        var rowsPerChunk = Math.Max(1, ChunkLength / weights.N);
        var chunk = ChunkOf(Math.Min(rowsPerChunk, weights.K), weights.N);
        for (var first = 0; first < weights.K; first += rowsPerChunk)
        {
            var rows = Math.Min(rowsPerChunk, weights.K - first);
            if (weights.N == stride) OperandChecks.ReadFinite(tensor, (long)first * stride, chunk.AsSpan(0, rows * weights.N));
            else
                for (var k = 0; k < rows; k++) OperandChecks.ReadFinite(tensor, (long)(first + k) * stride + firstColumn, chunk.AsSpan(k * weights.N, weights.N));
            var items = (weights.Packed.Panels + PanelsPerItem - 1) / PanelsPerItem;
            team.Run(items, new PackRowsJob(weights.Packed, chunk, rows * weights.N, first, PanelsPerItem));
        }
    }

    /// <summary>Packs rows [firstColumn, firstColumn + weights.N) of a [n, k] tensor as columns.</summary>
    public void PackColumns(Tensor tensor, int firstColumn, CpuWeights weights)
    {
        var packed = weights.Packed;
        var panelsPerChunk = Math.Max(1, (int)(ChunkLength / ((long)packed.PanelWidth * packed.K)));
        var chunk = ChunkOf(Math.Min(panelsPerChunk, packed.Panels), checked(packed.PanelWidth * packed.K));
        for (var first = 0; first < packed.Panels; first += panelsPerChunk)
        {
            var panels = Math.Min(panelsPerChunk, packed.Panels - first);
            var last = first + panels - 1;
            var column = packed.FirstColumn(first);
            var columns = packed.FirstColumn(last) + packed.Columns(last) - column;
            OperandChecks.ReadFinite(tensor, (long)(firstColumn + column) * packed.K, chunk.AsSpan(0, columns * packed.K));
            team.Run(panels, new PackColumnsJob(packed, chunk, first));
        }
    }

    private float[] ChunkOf(int rows, int width)
    {
        var length = checked(rows * width);
        return length <= _chunk.Length ? _chunk : new float[length];
    }
}
