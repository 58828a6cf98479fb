using System.Text.Json;

namespace SeqCont.Reports;

/// <summary>
/// What run.json says of a run that ablates nothing and so has no circuit (lens, ov): the fields that
/// <see cref="RunRecord"/> shares with it, the analysis's name and its settings.
/// </summary>
public sealed record AnalysisRecord
{
    /// <summary>What ran, and on which model.</summary>
    public required RunOrigin Origin { get; init; }

    /// <summary>The task's name; null where prompts came from files without one.</summary>
    public string? Task { get; init; }

    /// <summary>The prompts.</summary>
    public required PromptFacts Prompts { get; init; }

    /// <summary>The token before every prompt; null for none.</summary>
    public int? Bos { get; init; }

    /// <summary>lens or ov.</summary>
    public required string Analysis { get; init; }

    /// <summary>Whether the published reading was asked for.</summary>
    public required bool AsPublished { get; init; }

    /// <summary>Tokens kept, or counted as hits.</summary>
    public required int TopK { get; init; }

    /// <summary>cpu, cuda or opencl.</summary>
    public required string Device { get; init; }

    /// <summary>The backend's own description, such as its instruction set and threads.</summary>
    public required string Backend { get; init; }

    /// <summary>fp32, tf32 or fp64.</summary>
    public required string Precision { get; init; }

    /// <summary>Seed of the generator.</summary>
    public required long Seed { get; init; }

    /// <summary>Seconds by phase, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, double>> Seconds { get; init; }

    /// <summary>Peak memory as predicted before the run, in bytes.</summary>
    public required long PredictedPeakBytes { get; init; }

    /// <summary>Peak memory of the process, in bytes.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Writes run.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path) => JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, WriteFields));

    /// <summary>Writes the fields of run.json into an open JSON object.</summary>
    public void WriteFields(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        RunFile.WriteOrigin(writer, Origin);
        writer.WriteStartObject("prompts");
        writer.WriteString("task", Task);
        RunFile.WriteSet(writer, "clean", Prompts);
        if (Bos is { } bos) writer.WriteNumber("bos", bos);
        else writer.WriteNull("bos");
        writer.WriteEndObject();
        writer.WriteString("analysis", Analysis);
        writer.WriteBoolean("asPublished", AsPublished);
        writer.WriteNumber("topK", TopK);
        writer.WriteString("device", Device);
        writer.WriteString("backend", Backend);
        writer.WriteString("precision", Precision);
        writer.WriteNumber("seed", Seed);
        RunFile.WriteCosts(writer, Seconds, PredictedPeakBytes, PeakBytes, null);
    }
}
