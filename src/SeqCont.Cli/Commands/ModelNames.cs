using System.CommandLine;
using System.Text.Json;
using SeqCont.Model;

namespace SeqCont.Cli.Commands;

/// <summary>What the commands on a hub's models have in common.</summary>
internal static class ModelNames
{
    public static Argument<string> Argument(string description) => new("NAME") { Description = description };

    /// <exception cref="UsageException">The text names no model of a hub.</exception>
    public static HubName Parse(string command, string text) =>
        text == DemoModel.Name ? throw new UsageException($"{command}: demo is inside the program.")
        : HubName.TryParse(text, out var name) ? name
        : throw new UsageException(
            $"{command}: expected gpt2, gpt2-medium, gpt2-large, gpt2-xl, distilgpt2 or OWNER/NAME, perhaps with @REVISION, got '{text}'.");

    /// <summary>A revision in the cache as JSON fields.</summary>
    public static void WriteSnapshot(Utf8JsonWriter json, HubSnapshot snapshot)
    {
        json.WriteString("repository", snapshot.Repository);
        json.WriteString("revision", snapshot.Commit);
        json.WriteStartArray("references");
        foreach (var reference in snapshot.References) json.WriteStringValue(reference);
        json.WriteEndArray();
        json.WriteString("folder", snapshot.Folder);
        json.WriteNumber("bytes", snapshot.Bytes);
        json.WriteBoolean("complete", snapshot.IsComplete);
    }
}
