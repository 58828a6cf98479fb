namespace SeqCont.Circuits;

/// <summary>A kind of OV score.</summary>
public enum OvScoreKind
{
    /// <summary>The head writes the member that it reads.</summary>
    Copy,

    /// <summary>The head writes the member after the one that it reads.</summary>
    Next,
}

/// <summary>Hits of one head and one sign, by member.</summary>
/// <param name="Copy">Hits for the member itself, [member].</param>
/// <param name="Next">Hits for its successor, [member].</param>
public sealed record OvHits(int[] Copy, int[] Next)
{
    /// <summary>Hits of one kind, [member].</summary>
    public int[] Of(OvScoreKind kind) => kind == OvScoreKind.Copy ? Copy : Next;
}

/// <summary>One head's scores.</summary>
/// <param name="Head">The head.</param>
/// <param name="Positive">Hits of what the head writes.</param>
/// <param name="Negative">Hits of the negative of what the head writes: what it suppresses.</param>
/// <param name="TopPositive">The k largest tokens, [row of the prompts' forest][k].</param>
/// <param name="TopNegative">The same of the negative.</param>
public sealed record OvHead(NodeId Head, OvHits Positive, OvHits Negative, int[][] TopPositive, int[][] TopNegative);

/// <summary>OV scores of all heads.</summary>
/// <param name="Prompts">The prompts.</param>
/// <param name="TopK">How many of the largest tokens count as a hit.</param>
/// <param name="Heads">Layer by layer, heads ascending.</param>
/// <param name="RowOf">The row of each prompt's position among a head's top tokens, [prompt][position].</param>
/// <param name="Memory">Memory prediction.</param>
public sealed record OvScoreResult(OvPrompts Prompts, int TopK, IReadOnlyList<OvHead> Heads, int[][] RowOf, AnalysisPlan Memory)
{
    /// <summary>A score in percent: hits over all prompts and members.</summary>
    public double Percent(OvHits hits, OvScoreKind kind) => 100.0 * hits.Of(kind).Sum() / Prompts.MemberCounts.Sum();

    /// <summary>A score in percent of the places where one member is shown; NaN where it is shown nowhere.</summary>
    public double Percent(OvHits hits, OvScoreKind kind, int member) =>
        Prompts.MemberCounts[member] == 0 ? double.NaN : 100.0 * hits.Of(kind)[member] / Prompts.MemberCounts[member];
}
