namespace SeqCont.Engine;

/// <summary>Turns queries and keys by an angle that grows with their position (rotary positions).</summary>
/// <param name="Dimensions">Numbers of a head that are turned, from the first on.</param>
/// <param name="Base">Pair i turns by position / Base^(2 i / Dimensions).</param>
public readonly record struct Rotation(int Dimensions, double Base);

/// <summary>
/// What attention is between q, k and v. Every backend implements <see cref="MultiHead"/>, with any divisor, and refuses the rest.
/// </summary>
/// <param name="NHeads">Query heads of a layer.</param>
/// <param name="NKvHeads">Key/value heads; each serves NHeads / NKvHeads neighbouring query heads.</param>
/// <param name="DHead">Width of a head.</param>
/// <param name="Divisor">What q . k is divided by before the softmax; positive.</param>
/// <param name="Rotation">What happens to q and k before; null: nothing.</param>
public readonly record struct AttentionShape(int NHeads, int NKvHeads, int DHead, double Divisor, Rotation? Rotation = null)
{
    /// <summary>A key/value head for each query head, scores over sqrt(dHead), no rotation: GPT-2's attention.</summary>
    public static AttentionShape MultiHead(int nHeads, int dHead) => new(nHeads, nHeads, dHead, Math.Sqrt(dHead));
}
