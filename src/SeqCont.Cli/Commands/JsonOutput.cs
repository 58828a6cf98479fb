using System.Text;
using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>--json: one object on stdout.</summary>
internal static class JsonOutput
{
    /// <summary>Writes a run: run.json's fields, the circuit, and what else the command found.</summary>
    /// <param name="writer">Stdout.</param>
    /// <param name="run">The run.</param>
    /// <param name="folder">Where its files are; null for none.</param>
    /// <param name="effects">Single-node effects, or null.</param>
    public static void Write(TextWriter writer, RunRecord run, string? folder, IReadOnlyList<NodeEffect>? effects) => Write(writer, json =>
    {
        RunFile.WriteFields(json, run);
        json.WriteStartObject("circuit");
        CircuitFile.WriteFields(json, run.Circuit);
        json.WriteEndObject();
        if (effects is not null)
        {
            json.WriteStartArray("each");
            foreach (var effect in effects)
            {
                json.WriteStartObject();
                AnswerFiles.WriteEffect(json, effect);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (folder is null) json.WriteNull("out");
        else json.WriteString("out", folder);
    });

    /// <summary>Writes an analysis: run.json's fields, and what it found as one object beside them.</summary>
    /// <param name="writer">Stdout.</param>
    /// <param name="run">The run.</param>
    /// <param name="name">The result's name.</param>
    /// <param name="writeResult">Writes the result's fields.</param>
    /// <param name="folder">Where its files are; null for none.</param>
    public static void Write(TextWriter writer, AnalysisRecord run, string name, Action<Utf8JsonWriter> writeResult, string? folder) => Write(writer, json =>
    {
        run.WriteFields(json);
        json.WriteStartObject(name);
        writeResult(json);
        json.WriteEndObject();
        json.WriteString("out", folder);
    });

    /// <summary>Writes an edge search: run.json's fields and, as "edgeSet", those of edges.json.</summary>
    /// <param name="writer">Stdout.</param>
    /// <param name="run">The run.</param>
    /// <param name="edges">Its edges.</param>
    /// <param name="folder">Where its files are; null for none.</param>
    public static void Write(TextWriter writer, RunRecord run, EdgesRecord edges, string? folder) => Write(writer, json =>
    {
        RunFile.WriteFields(json, run);
        json.WriteStartObject("edgeSet");
        EdgesFile.WriteFields(json, edges);
        json.WriteEndObject();
        if (folder is null) json.WriteNull("out");
        else json.WriteString("out", folder);
    });

    /// <summary>Writes one object.</summary>
    public static void Write(TextWriter writer, Action<Utf8JsonWriter> writeFields)
    {
        using var stream = new MemoryStream();
        JsonFile.WriteObject(stream, writeFields);
        writer.Write(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
        writer.Flush();
    }
}
