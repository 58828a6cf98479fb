using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>OV scores as pictures, SVG.</summary>
public static class OvPictures
{
    /// <summary>ov.svg: copy and next scores of all heads, side by side.</summary>
    /// <param name="result">The scores.</param>
    /// <param name="task">The task's name.</param>
    /// <param name="model">The model's name.</param>
    public static string Scores(OvScoreResult result, string task, string model) =>
        Draw(result, $"OV scores: {task}, {model}", head => head.Positive, "");

    /// <summary>ov-negative.svg: the same of the negative of what heads write.</summary>
    /// <param name="result">The scores.</param>
    /// <param name="task">The task's name.</param>
    /// <param name="model">The model's name.</param>
    public static string NegativeScores(OvScoreResult result, string task, string model) =>
        Draw(result, $"Negative OV scores: {task}, {model}", head => head.Negative, "negative ");

    private static string Draw(OvScoreResult result, string title, Func<OvHead, OvHits> of, string prefix)
    {
        ArgumentNullException.ThrowIfNull(result);
        IReadOnlyDictionary<NodeId, double> Grid(OvScoreKind kind) =>
            result.Heads.ToDictionary(head => head.Head, head => result.Percent(of(head), kind));
        return HeadGrid.Draw(title, [($"{prefix}copy, % in top {result.TopK}", Grid(OvScoreKind.Copy)),
            ($"{prefix}next, % in top {result.TopK}", Grid(OvScoreKind.Next))]);
    }
}
