namespace SeqCont.Kernels.Embed;

/// <summary>Token plus position embedding, in double precision.</summary>
public static class EmbedReference
{
    /// <summary>resid = tokenTable[token] + positionTable[position] for one row.</summary>
    /// <param name="tokenRow">W_E's row of the token, [dModel].</param>
    /// <param name="positionRow">W_pos's row of the position, [dModel].</param>
    /// <param name="resid">Destination, [dModel].</param>
    public static void Apply(ReadOnlySpan<double> tokenRow, ReadOnlySpan<double> positionRow, Span<double> resid)
    {
        for (var i = 0; i < resid.Length; i++) resid[i] = tokenRow[i] + positionRow[i];
    }
}
