namespace SeqCont.Reports;

/// <summary>
/// What run.json says of a run that ablates nothing and so has no circuit (lens, ov): the fields that
/// <see cref="RunRecord"/> shares with it, the analysis's name and its settings.
/// </summary>
public sealed record AnalysisRecord
{
    /// <summary>The run.</summary>
    public required RunHeader Header { get; init; }

    /// <summary>lens or ov.</summary>
    public required string Analysis { get; init; }

    /// <summary>Whether the published reading was asked for.</summary>
    public required bool AsPublished { get; init; }

    /// <summary>Tokens kept, or counted as hits.</summary>
    public required int TopK { get; init; }

    /// <summary>What run.json says.</summary>
    public Json Json =>
    [
        .. RunFile.Origin(Header.Origin), ("prompts", [("task", Header.Task), ("clean", RunFile.Set(Header.Clean!)), ("bos", Header.Bos)]),
        ("analysis", Analysis), ("asPublished", AsPublished), ("topK", TopK), .. RunFile.Environment(Header), .. RunFile.Costs(Header),
    ];
}
