using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What attention.json says.</summary>
/// <param name="Header">The run.</param>
/// <param name="Tokens">Labels of positions: the first of the longest prompts' tokens, BOS included, [position].</param>
/// <param name="Result">The patterns.</param>
public sealed record AttentionRecord(
    RunHeader Header, IReadOnlyList<string> Tokens, AttentionResult Result);
