namespace SeqCont.Reports;

/// <summary>The lens as pictures, SVG.</summary>
public static class LensPictures
{
    /// <summary>lens-lengths.svg: probability of the next and of the last shown member against members shown.</summary>
    /// <exception cref="ArgumentException">No length was measured.</exception>
    public static string Lengths(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Lengths is not { Count: > 0 }) throw new ArgumentException("Lengths: expected at least one, got none.");
        return Lengths(LensReadings.Of(LensFile.Of(report).ToField()),
            $"Mean probability by sequence length: {Subject(report)}", inPage: false);
    }

    /// <summary>lens-rows.svg: mean probability of the right and of the wrong answer, row by row.</summary>
    public static string Rows(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Rows(LensReadings.Of(LensFile.Of(report).ToField()),
            $"Mean probability by row: {Subject(report)}{(report.Lens.Config.AsPublished ? ", as published" : "")}", inPage: false);
    }

    internal static string Lengths(LensReadings lens, string title, bool inPage) => new CurvePicture(title, "members shown",
    [
        new Curve("next member", [.. lens.Lengths.Select(length => (length.Members, length.Correct))]),
        new Curve("last member shown", [.. lens.Lengths.Select(length => (length.Members, length.Previous))]),
    ], inPage).Draw();

    internal static string Rows(LensReadings lens, string title, bool inPage) => new CurvePicture(
        title, "row (0 = embeddings, i = after block i - 1)",
    [
        new Curve("right answer", [.. lens.Rows.Select((row, i) => (i, row.Correct))]),
        new Curve("wrong answer", [.. lens.Rows.Select((row, i) => (i, row.Incorrect))]),
    ], inPage).Draw();

    private static string Subject(LensReport report) => report.Task is { } task ? $"{task}, {report.Model}" : report.Model;
}
