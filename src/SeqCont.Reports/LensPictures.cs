using System.Text;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>The lens as pictures, SVG.</summary>
public static class LensPictures
{
    private const string Correct = "#0072b2", Previous = "#d55e00";

    /// <summary>lens-lengths.svg: probability of the next and of the last shown member against members shown.</summary>
    /// <exception cref="ArgumentException">No length was measured.</exception>
    public static string Lengths(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Lengths is not { Count: > 0 } lengths) throw new ArgumentException("Lengths: expected at least one, got none.");
        ChartLine Line(string name, string colour, bool dashed, Func<LengthProbability, PromptMean> of) =>
            new(name, colour, dashed, [.. lengths.Select(length => (length.Members, of(length).Mean, of(length).StandardError))]);
        return LineChart.Draw(
            $"Prediction against sequence length: {Subject(report)}", "members shown", "probability",
            [Line("next member (correct)", Correct, false, length => length.Correct), Line("last member shown", Previous, true, length => length.Previous)]);
    }

    /// <summary>lens-rows.svg: mean probability of the right and of the wrong answer, row by row.</summary>
    public static string Rows(LensReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        ChartLine Line(string name, string colour, bool dashed, Func<LensReading, LensAnswer> of) => new(name, colour, dashed, [.. report.Lens.Rows.Select((readings, row) =>
        {
            var mean = PromptMean.Of([.. readings.Select(reading => of(reading).Probability)]);
            return (row, mean.Mean, mean.StandardError);
        })]);
        return LineChart.Draw(
            $"Logit lens at the last position: {Subject(report)}{(report.Lens.Config.AsPublished ? ", as published" : "")}", "row (0 = embeddings, i = after block i - 1)", "mean probability",
            [Line("correct", Correct, false, reading => reading.Correct), Line("incorrect (last member shown)", Previous, true, reading => reading.Incorrect)]);
    }

    /// <summary>Writes a picture.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <param name="svg">The picture.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, string svg) => JsonFile.WriteBeside(path, stream => stream.Write(Encoding.UTF8.GetBytes(svg)));

    private static string Subject(LensReport report) => report.Task is { } task ? $"{task}, {report.Model}" : report.Model;
}
