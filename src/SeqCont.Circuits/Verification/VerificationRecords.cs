namespace SeqCont.Circuits;

/// <summary>The parts that published figures fall into, each verified by itself.</summary>
public static class VerificationParts
{
    /// <summary>Copy and next scores of heads; the only part that needs no prompts.</summary>
    public const string Ov = "ov";

    /// <summary>Lens tables and counts.</summary>
    public const string Lens = "lens";

    /// <summary>Attention values.</summary>
    public const string Attention = "attention";

    /// <summary>Edges between MLPs.</summary>
    public const string Edges = "edges";

    /// <summary>All parts, the cheapest first. Those that are no constant are tasks: their node search and ablations.</summary>
    public static IReadOnlyList<string> All { get; } = [Ov, Lens, Attention, Edges, "numerals", "numwords"];
}

/// <summary>How one of our numbers stands to the published one.</summary>
public enum VerifyVerdict
{
    /// <summary>Within the tolerance.</summary>
    Agrees,

    /// <summary>
    /// The score is within the tolerance and falls on the other side of the threshold, to which the published score is no
    /// further: rounding decides there.
    /// </summary>
    Near,

    /// <summary>Beyond the tolerance.</summary>
    Differs,

    /// <summary>
    /// We have no number, since the full model's mean logit difference is not positive: faithfulness is undefined. Counts as differing.
    /// </summary>
    Undefined,

    /// <summary>Shown without a verdict: the published number was made in a way that cannot be repeated to the digit.</summary>
    Informational,

    /// <summary>Published without what is needed to compute it again.</summary>
    NotCovered,
}

/// <summary>One published number and ours.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Published">The published number, in the table's unit; NaN where it is no number.</param>
/// <param name="Ours">Ours; NaN where there is none.</param>
/// <param name="Verdict">How they stand.</param>
public sealed record VerifyRow(string Name, double Published, double Ours, VerifyVerdict Verdict)
{
    /// <summary>Percent points by which scores may differ: float32 on another device, rounded when published.</summary>
    public const double Tolerance = 0.02;

    /// <summary>Ours less the published number.</summary>
    public double Difference => Ours - Published;

    /// <summary>Whether this makes the table differ.</summary>
    public bool Fails => Verdict is VerifyVerdict.Differs or VerifyVerdict.Undefined;

    /// <summary>How far the published score is from the search's threshold, in percent points; null where nothing was decided.</summary>
    public double? Margin { get; init; }

    /// <summary>Whether the node or edge went, as published; null where nothing was decided.</summary>
    public bool? PublishedRemoved { get; init; }

    /// <summary>Whether it would go by our score.</summary>
    public bool? OursRemoved { get; init; }

    /// <summary>What was published, where it is no number.</summary>
    public string? PublishedText { get; init; }

    /// <summary>The same of ours.</summary>
    public string? OursText { get; init; }

    /// <summary>What there is to say; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>A number that must agree.</summary>
    internal static VerifyRow Of(string name, double published, double ours, double tolerance = Tolerance) =>
        Judged(name, published, ours, Math.Abs(ours - published) <= tolerance);

    internal static VerifyRow Judged(string name, double published, double ours, bool agrees) =>
        new(name, published, ours, agrees ? VerifyVerdict.Agrees : VerifyVerdict.Differs);

    /// <summary>A score that decided something.</summary>
    /// <param name="name">What it is of.</param>
    /// <param name="published">In percent.</param>
    /// <param name="publishedRemoved">The published verdict.</param>
    /// <param name="ours">In percent.</param>
    /// <param name="oursRemoved">The verdict by our score.</param>
    /// <param name="threshold">In percent.</param>
    internal static VerifyRow OfDecision(
        string name, double published, bool publishedRemoved, double ours, bool oursRemoved, double threshold)
    {
        var margin = Math.Abs(published - threshold);
        var (score, same) = (Of(name, published, ours), publishedRemoved == oursRemoved);
        var verdict = score.Fails
            || (!same && margin > Tolerance) ? VerifyVerdict.Differs : same ? VerifyVerdict.Agrees : VerifyVerdict.Near;
        return score with { Verdict = verdict, Margin = margin, PublishedRemoved = publishedRemoved, OursRemoved = oursRemoved };
    }
}

/// <summary>One published table beside ours.</summary>
/// <param name="Part">The part that it belongs to.</param>
/// <param name="Name">Its name.</param>
/// <param name="Unit">What its numbers are in.</param>
/// <param name="Tolerance">By how much numbers may differ; null where rows are judged otherwise, or not at all.</param>
/// <param name="IsInformational">Whether nothing here counts towards the verdict.</param>
public sealed record VerifyTable(string Part, string Name, string Unit, double? Tolerance, bool IsInformational = false)
{
    /// <summary>The numbers, in published order.</summary>
    public IReadOnlyList<VerifyRow> Rows { get; init; } = [];

    /// <summary>False where the run was cancelled in this table: rows are those measured by then.</summary>
    public bool Complete { get; init; }

    /// <summary>The full model's mean logit difference, which scores are a percentage of; null where there are none.</summary>
    public double? FullMean { get; init; }

    /// <summary>What there is to say of the whole; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Peak memory as predicted before the run, in bytes.</summary>
    public long PredictedBytes { get; init; }

    /// <summary>Rows that differ.</summary>
    public int Failing => Rows.Count(row => row.Fails);

    /// <summary>Rows with a number of ours.</summary>
    public int Compared => Rows.Count(row => row.Verdict is not (VerifyVerdict.NotCovered or VerifyVerdict.Undefined));

    /// <summary>The largest difference by size; null where no two numbers were compared, or without a tolerance.</summary>
    public double? MaxDifference =>
        Tolerance is null ? null : Rows.Select(row => Math.Abs(row.Difference)).Where(double.IsFinite).Select(size => (double?)size).Max();

    /// <summary>differs, agrees, or informational.</summary>
    public VerifyVerdict Verdict =>
        IsInformational ? VerifyVerdict.Informational : Failing > 0 ? VerifyVerdict.Differs : VerifyVerdict.Agrees;
}

/// <summary>A step of a table is done.</summary>
/// <param name="Detail">What was measured.</param>
/// <param name="Done">Steps done.</param>
/// <param name="Total">Steps of the table.</param>
/// <param name="Rows">Rows so far.</param>
/// <param name="Failing">Those of them that differ.</param>
public readonly record struct VerifyStep(string Detail, int Done, int Total, int Rows, int Failing);
