using ILGPU;

namespace SeqCont.Kernels.Gemm;

/// <summary>Turns part of a matrix on a GPU, once a model: neighbouring threads write neighbouring numbers.</summary>
public static class TransposeGpu
{
    /// <summary>to[j * stride + firstColumn + i] = from[i * width + j]; a group (rows i, one j).</summary>
    /// <param name="from">[rows, width].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="firstColumn">Where row 0 goes.</param>
    /// <param name="stride">Length of a row of the destination.</param>
    /// <param name="to">Destination, [width, stride].</param>
    public static void Kernel(ArrayView<float> from, int rows, int width, int firstColumn, int stride, ArrayView<float> to)
    {
        var i = Grid.IdxX * Group.DimX + Group.IdxX;
        if (i < rows) to[(long)Grid.IdxY * stride + firstColumn + i] = from[(long)i * width + Grid.IdxY];
    }
}
