namespace SeqCont.Reports;

/// <summary>
/// What run.json says of a run that ablates nothing and so has no circuit (lens, ov): the fields that
/// <see cref="RunRecord"/> shares with it, the analysis's name and its settings.
/// </summary>
/// <param name="Header">The run.</param>
/// <param name="Analysis">lens or ov.</param>
/// <param name="AsPublished">Whether the published reading was asked for.</param>
/// <param name="TopK">Tokens kept, or counted as hits.</param>
public sealed record AnalysisRecord(
    RunHeader Header, string Analysis, bool AsPublished, int TopK)
{
    /// <summary>What run.json says.</summary>
    public Json Json =>
    [
        .. RunFile.Origin(Header.Origin), ("prompts", [("task", Header.Task), ("clean", RunFile.Set(Header.Clean!)), ("bos", Header.Bos)]),
        ("analysis", Analysis), ("asPublished", AsPublished), ("topK", TopK), ("precision", Header.Precision),
        ("seed", Header.Seed), .. RunFile.Host(Header),
    ];
}
