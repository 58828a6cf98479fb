using System.Numerics;

namespace SeqCont.Kernels.Gemm;

/// <summary>The register tile of an instruction set: how many rows and columns of sums it holds at once.</summary>
/// <param name="TileRows">Rows of a tile.</param>
/// <param name="PanelWidth">Columns of a tile, and of a panel of packed weights.</param>
public readonly record struct GemmShape(int TileRows, int PanelWidth)
{
    /// <summary>The tile of <paramref name="path"/>: as many sums as its registers hold beside their operands.</summary>
    public static GemmShape Of(InstructionSet path) => path switch
    {
        InstructionSet.Avx512 => new(12, 32),
        InstructionSet.Avx2 => new(6, 16),
        InstructionSet.Vector => new(6, 2 * Vector<float>.Count),
        InstructionSet.Scalar => new(3, 4),
        _ => throw new ArgumentOutOfRangeException(nameof(path), path, "expected a defined instruction set"),
    };
}
