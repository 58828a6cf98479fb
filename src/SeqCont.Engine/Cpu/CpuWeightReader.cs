namespace SeqCont.Engine.Cpu;

/// <summary>
/// Brings tensors into this backend's memory. Every thread reads pieces of its own, widens them, looks for numbers
/// that are not finite and packs them while they lie in its cache: reading a file is most of the work, and the
/// first touch of a page belongs to the thread that fills it.
/// </summary>
internal sealed class CpuWeightReader(WorkerTeam team)
{
    // Numbers in a piece: half of a level 2 cache of 1 MB, and long enough that a read's own cost does not show.
    private const int PieceLength = 1 << 17;

    private readonly float[][] _pieces = [.. Enumerable.Repeat(Array.Empty<float>(), team.Threads)];

    /// <summary>Copies a tensor.</summary>
    public void Read(Tensor tensor, CpuBuffer destination) =>
        team.Run((int)((tensor.Length + PieceLength - 1) / PieceLength), new ReadJob(tensor, destination, PieceLength));

    /// <summary>Packs columns [firstColumn, firstColumn + weights.N) of a [k, n] tensor; of a [n, k] one, rows as columns.</summary>
    public void Pack(Tensor tensor, int firstColumn, CpuWeights weights, bool transposed)
    {
        var packed = weights.Packed;
        var rows = Math.Min(weights.K, Math.Max(1, PieceLength / weights.N));
        if (transposed) team.Run(packed.Panels, new PackColumnsJob(tensor, firstColumn, packed, _pieces));
        else team.Run((weights.K + rows - 1) / rows, new PackRowsJob(tensor, firstColumn, packed, rows, _pieces));
    }
}
