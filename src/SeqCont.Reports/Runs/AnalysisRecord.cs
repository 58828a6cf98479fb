using System.Text.Json;

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

    /// <summary>Writes run.json.</summary>
    /// <param name="path">Where to; replaced in one step.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path) => JsonFile.WriteBeside(path, stream => JsonFile.WriteObject(stream, WriteFields));

    /// <summary>Writes the fields of run.json, and what was found as one object beside them.</summary>
    /// <param name="writer">The open JSON object.</param>
    /// <param name="name">The result's name.</param>
    /// <param name="writeResult">Writes the result's fields.</param>
    public void WriteFields(Utf8JsonWriter writer, string name, Action<Utf8JsonWriter> writeResult)
    {
        ArgumentNullException.ThrowIfNull(writeResult);
        WriteFields(writer);
        writer.WriteStartObject(name);
        writeResult(writer);
        writer.WriteEndObject();
    }

    /// <summary>Writes the fields of run.json into an open JSON object.</summary>
    public void WriteFields(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        RunFile.WriteOrigin(writer, Header);
        writer.WriteStartObject("prompts");
        writer.WriteString("task", Header.Task);
        RunFile.WriteSet(writer, "clean", Header.Clean!);
        RunFile.WriteBos(writer, Header);
        writer.WriteEndObject();
        writer.WriteString("analysis", Analysis);
        writer.WriteBoolean("asPublished", AsPublished);
        writer.WriteNumber("topK", TopK);
        RunFile.WriteEnvironment(writer, Header);
        RunFile.WriteCosts(writer, Header);
    }
}
