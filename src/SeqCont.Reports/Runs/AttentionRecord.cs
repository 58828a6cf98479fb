using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What attention.json says.</summary>
public sealed record AttentionRecord
{
    /// <summary>The run.</summary>
    public required RunHeader Header { get; init; }

    /// <summary>Labels of positions: the first of the longest prompts' tokens, BOS included, [position].</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>The patterns.</summary>
    public required AttentionResult Result { get; init; }
}
