using SeqCont.Kernels.Gemm;

namespace SeqCont.Engine.Cpu;

/// <summary>An item is a piece of a tensor, copied as it is.</summary>
internal readonly record struct ReadJob(Tensor Tensor, CpuBuffer Destination, int PieceLength) : ITeamJob
{
    public void Run(int item, int worker)
    {
        var start = (long)item * PieceLength;
        OperandChecks.ReadFinite(Tensor, start, Destination.Memory.Slice(start, (int)Math.Min(PieceLength, Tensor.Length - start)));
    }
}

/// <summary>An item is some rows of a [k, n] tensor, of which a range of columns is packed.</summary>
internal readonly record struct PackRowsJob(Tensor Tensor, int FirstColumn, PackedWeights Weights, int RowsPerItem, float[][] Pieces)
    : ITeamJob
{
    public void Run(int item, int worker)
    {
        var (n, first) = (Weights.N, item * RowsPerItem);
        var rows = Math.Min(RowsPerItem, Weights.K - first);
        if (Pieces[worker].Length < rows * n) Pieces[worker] = new float[RowsPerItem * n];
        var piece = Pieces[worker].AsSpan(0, rows * n);
        OperandChecks.ReadRows(Tensor, first, rows, FirstColumn, n, piece, n);
        for (var panel = 0; panel < Weights.Panels; panel++) Weights.PackRows(piece, first, panel);
    }
}

/// <summary>An item is a panel: its columns lie as whole rows in a [n, k] tensor.</summary>
internal readonly record struct PackColumnsJob(Tensor Tensor, int FirstColumn, PackedWeights Weights, float[][] Pieces) : ITeamJob
{
    public void Run(int item, int worker)
    {
        var length = checked(Weights.Columns(item) * Weights.K);
        if (Pieces[worker].Length < length) Pieces[worker] = new float[checked(Weights.PanelWidth * Weights.K)];
        var piece = Pieces[worker].AsSpan(0, length);
        OperandChecks.ReadFinite(Tensor, (long)(FirstColumn + Weights.FirstColumn(item)) * Weights.K, piece);
        Weights.PackColumns(piece, item);
    }
}
