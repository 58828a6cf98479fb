using ILGPU;

namespace SeqCont.Kernels.Embed;

/// <summary>Token plus position embedding on a GPU: a group a row.</summary>
public static class EmbedGpu
{
    /// <summary>resid[row] = tokenTable[tokens[row]] + positionTable[positions[row]], row = ids[i]; a group i.</summary>
    /// <param name="tokens">[row].</param>
    /// <param name="positions">[row].</param>
    /// <param name="tokenTable">W_E, [dVocab, dModel].</param>
    /// <param name="positionTable">W_pos, [nCtx, dModel].</param>
    /// <param name="ids">Rows, [i].</param>
    /// <param name="dModel">Width.</param>
    /// <param name="resid">Destination, [row, dModel].</param>
    public static void Kernel(
        ArrayView<int> tokens, ArrayView<int> positions, ArrayView<float> tokenTable, ArrayView<float> positionTable, ArrayView<int> ids,
        int dModel, ArrayView<float> resid)
    {
        var row = ids[Grid.IdxX];
        var (token, position, target) = ((long)tokens[row] * dModel, (long)positions[row] * dModel, (long)row * dModel);
        for (var j = Group.IdxX; j < dModel; j += Group.DimX) resid[target + j] = tokenTable[token + j] + positionTable[position + j];
    }
}
