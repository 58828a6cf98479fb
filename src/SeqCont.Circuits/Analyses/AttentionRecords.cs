namespace SeqCont.Circuits;

/// <summary>
/// What the study shows a head for (arXiv 2311.04131): <i>early</i> heads let each member attend to the one before
/// it, <i>mid</i> heads let the last position attend to the second up to the last member, <i>late</i> heads let it
/// attend to the last member.
/// </summary>
public enum HeadRole
{
    /// <summary>Each member to the one before it.</summary>
    Early,

    /// <summary>The last position to every member but the first.</summary>
    Mid,

    /// <summary>The last position to the last member.</summary>
    Late,
}

/// <summary>How much attention a head's mean pattern pays where each role looks.</summary>
/// <param name="Early">Mean over members but the first: attention to the member before, 0 to 1.</param>
/// <param name="Mid">Mean over members but the first: attention of the last position to it, 0 to 1.</param>
/// <param name="Late">Attention of the last position to the last member, 0 to 1.</param>
public sealed record RoleScores(double Early, double Mid, double Late);

/// <summary>One entry of a pattern.</summary>
/// <param name="Query">Position that attends.</param>
/// <param name="Key">Position attended to.</param>
/// <param name="Value">Mean attention, 0 to 1.</param>
public readonly record struct AttentionCell(int Query, int Key, double Value);

/// <summary>One head's mean attention pattern over prompts.</summary>
/// <param name="Head">The head.</param>
/// <param name="Pattern">Mean attention, [query][key]: row q has q + 1 entries, which add up to 1.</param>
/// <param name="Role">What it is shown for; null where members are not at the same places in all prompts, or the head
/// pays none of them much attention.</param>
/// <param name="Scores">Attention where each role looks; null where members are not at the same places in all prompts.</param>
/// <param name="Highlights">The role's entries; empty without a role.</param>
public sealed record HeadAttention(
    NodeId Head, double[][] Pattern, HeadRole? Role, RoleScores? Scores, IReadOnlyList<AttentionCell> Highlights);

/// <summary>Mean attention patterns over prompts.</summary>
/// <param name="Heads">The heads asked for, by layer and head.</param>
/// <param name="PromptsAt">Number of prompts that reach a position and so enter its query's mean, [position].</param>
/// <param name="Members">Positions of the shown members, the same in all prompts; empty where they are not.</param>
public sealed record AttentionResult(IReadOnlyList<HeadAttention> Heads, IReadOnlyList<long> PromptsAt, IReadOnlyList<int> Members);
