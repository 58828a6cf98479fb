using System.Text;
using System.Text.Json;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>--json: one object on stdout.</summary>
internal static class JsonOutput
{
    /// <summary>Writes a named object into an open one.</summary>
    public static void WriteObject(Utf8JsonWriter json, string name, Action<Utf8JsonWriter> writeFields)
    {
        json.WriteStartObject(name);
        writeFields(json);
        json.WriteEndObject();
    }

    /// <summary>Writes run.json's fields and the circuit.</summary>
    public static void WriteRun(Utf8JsonWriter json, RunRecord run)
    {
        json.WriteFields(RunFile.Of(run));
        WriteObject(json, "circuit", circuit => circuit.WriteFields(CircuitFile.Of(run.Circuit)));
    }

    /// <summary>Writes one object.</summary>
    public static void Write(TextWriter writer, Action<Utf8JsonWriter> writeFields)
    {
        using var stream = new MemoryStream();
        JsonFile.WriteObject(stream, writeFields);
        writer.Write(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
        writer.Flush();
    }
}
