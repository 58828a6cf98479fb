using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What run.json says, as far as a page shows it.</summary>
/// <param name="Model">The model's name; empty where the file does not say.</param>
/// <param name="Sha256">Hash of the weights; empty where the file does not say.</param>
/// <param name="Nodes">The model's nodes; null where the file does not say its sizes.</param>
/// <param name="Task">The task; null where prompts came from files without one.</param>
/// <param name="Command">The command, as typed; empty where the file does not say.</param>
/// <param name="Threshold">Percent that might be lost; null where nothing was searched.</param>
/// <param name="Score">Percent of the full model's mean logit difference; null where nothing was scored.</param>
/// <param name="FullMetric">The full model's mean logit difference; null where it was not measured.</param>
/// <param name="Prompts">Prompts scored; null where the file does not say.</param>
/// <param name="Candidates">Candidates scored; null where nothing was searched.</param>
/// <param name="Seconds">Seconds in all; null where the file does not say.</param>
/// <param name="All">Everything in the file, nested names joined by a dot, in its order.</param>
internal sealed record RunFacts(
    string Model, string Sha256, NodeSpace? Nodes, string? Task, string Command, double? Threshold, double? Score, double? FullMetric,
    int? Prompts, int? Candidates, double? Seconds, IReadOnlyList<KeyValuePair<string, string>> All)
{
    // Results, which have sections of their own.
    private static readonly string[] NotFacts =
        ["schema", "profile", "host.profile", "tokens", "promptsAt", "members", "heads", "circuits", "scores", "overlap"];

    /// <summary>Those of a run that has no such file.</summary>
    public static RunFacts None { get; } = Of(JsonDocument.Parse("{}").RootElement, "");

    /// <summary>
    /// Reads run.json, or the same fields of attention.json or compare.json. What a command does not write is absent here too.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is no run's; the message names it.</exception>
    public static RunFacts Read(string path) => JsonRows.ReadFile(path, "a run's facts", root => Of(root, path));

    private static RunFacts Of(JsonElement root, string path)
    {
        // What runs wrote before they had a host stands beside the rest.
        var (model, prompts, host) = (root.Part("model"), root.Part("prompts"), root.Part("host") ?? root);
        var all = new List<KeyValuePair<string, string>>();
        foreach (var field in root.EnumerateObject()) Flatten(field.Name, field.Value, all);
        return new RunFacts(
            model?.TextOrNull("name") ?? "", model?.TextOrNull("sha256") ?? "",
            model is { } sizes ? CircuitFile.ReadSizes(sizes, path) : null, prompts?.TextOrNull("task") ?? root.TextOrNull("task"),
            host.TextOrNull("command") ?? "", root.NumberOrNull("threshold"), root.NumberOrNull("score"),
            root.Part("full")?.NumberOrNull("logitDiff"),
            (int?)(prompts?.Part("clean")?.NumberOrNull("count") ?? prompts?.NumberOrNull("count")), (int?)root.NumberOrNull("candidates"),
            host.Part("seconds")?.NumberOrNull("total"), all);
    }

    private static void Flatten(string name, JsonElement value, List<KeyValuePair<string, string>> all)
    {
        if (NotFacts.Contains(name)) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var field in value.EnumerateObject()) Flatten($"{name}.{field.Name}", field.Value, all);
                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object:
                var i = 0;
                foreach (var item in value.EnumerateArray()) Flatten($"{name}.{++i}", item, all);
                break;
            case JsonValueKind.Null:
            case JsonValueKind.Array when value.GetArrayLength() == 0:
                break;
            default:
                all.Add(new(name, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()));
                break;
        }
    }
}
