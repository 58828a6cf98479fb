using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What attention.json says.</summary>
public sealed record AttentionRecord
{
    /// <summary>What ran, and on which model.</summary>
    public required RunOrigin Origin { get; init; }

    /// <summary>The task's name; null where prompts came from files without one.</summary>
    public string? Task { get; init; }

    /// <summary>The prompts.</summary>
    public required PromptFacts Prompts { get; init; }

    /// <summary>The token before every prompt; null for none.</summary>
    public int? Bos { get; init; }

    /// <summary>The backend's own description.</summary>
    public required string Backend { get; init; }

    /// <summary>fp32, tf32 or fp64.</summary>
    public required string Precision { get; init; }

    /// <summary>Seed of the generator.</summary>
    public required long Seed { get; init; }

    /// <summary>Labels of positions: the first of the longest prompts' tokens, BOS included, [position].</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>The patterns.</summary>
    public required AttentionResult Result { get; init; }

    /// <summary>Seconds by phase, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, double>> Seconds { get; init; }
}
