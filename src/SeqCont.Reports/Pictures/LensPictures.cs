using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The lens as pictures, SVG.</summary>
public static class LensPictures
{
    /// <summary>lens-lengths.svg: probability of the next and of the last shown member against members shown.</summary>
    /// <exception cref="ArgumentException">No length was measured.</exception>
    public static string Lengths(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Lengths is not { Count: > 0 } lengths) throw new ArgumentException("Lengths: expected at least one, got none.");
        Curve Line(string name, Func<LengthProbability, PromptMean> of) =>
            new(name, [.. lengths.Select(length => (length.Members, Of(of(length))))]);
        return Lengths($"Mean probability by sequence length: {Subject(report)}", Line("next member", length => length.Correct),
            Line("last member shown", length => length.Previous), inPage: false);
    }

    /// <summary>lens-rows.svg: mean probability of the right and of the wrong answer, row by row.</summary>
    public static string Rows(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        Curve Line(string name, Func<LensReading, LensAnswer> of) =>
            new(name, [.. report.Lens.Rows.Select((readings, row) =>
                (row, Of(PromptMean.Of([.. readings.Select(reading => of(reading).Probability)]))))]);
        return Rows($"Mean probability by row: {Subject(report)}{(report.Lens.Config.AsPublished ? ", as published" : "")}",
            Line("right answer", reading => reading.Correct), Line("wrong answer", reading => reading.Incorrect), inPage: false);
    }

    internal static string Lengths(string title, Curve next, Curve last, bool inPage) =>
        CurvePicture.Draw(title, "members shown", [next, last], inPage);

    internal static string Rows(string title, Curve right, Curve wrong, bool inPage) =>
        CurvePicture.Draw(title, "row (0 = embeddings, i = after block i - 1)", [right, wrong], inPage);

    private static MeanProbability Of(PromptMean mean) => new(mean.Mean, mean.StandardError);

    private static string Subject(LensReport report) => report.Task is { } task ? $"{task}, {report.Model}" : report.Model;
}
