using System.Text.Json;
using SeqCont.Circuits;
using SeqCont.Model;

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
    public static RunFacts None { get; } = new("", "", null, null, "", null, null, null, null, null, null, []);

    /// <summary>
    /// Reads run.json, or the same fields of attention.json or compare.json. What a command does not write is absent here too.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is no run's; the message names it.</exception>
    public static RunFacts Read(string path)
    {
        var root = JsonFile.ReadObject(path, "a run's facts");
        // What runs wrote before they had a host stands beside the rest.
        var (model, prompts, host) = (root.Optional("model"), root.Optional("prompts"), root.Optional("host") ?? root);
        var all = new List<KeyValuePair<string, string>>();
        foreach (var (name, field) in root.Fields()) Flatten(name, field, all);
        return new RunFacts(
            model?.Optional("name")?.Text() ?? "", model?.Optional("sha256")?.Text() ?? "",
            model is null ? null : CircuitFile.ReadSizes(model),
            prompts?.Optional("task")?.Text() ?? root.Optional("task")?.Text(), host.Optional("command")?.Text() ?? "",
            root.Optional("threshold")?.Number(), root.Optional("score")?.Number(),
            root.Optional("full")?.Optional("logitDiff")?.Number(),
            (prompts?.Optional("clean") ?? prompts)?.Optional("count")?.Whole(0), root.Optional("candidates")?.Whole(0),
            host.Optional("seconds")?.Optional("total")?.Number(), all);
    }

    private static void Flatten(string name, JsonField value, List<KeyValuePair<string, string>> all)
    {
        if (NotFacts.Contains(name)) return;
        JsonField[] items = value.Kind == JsonValueKind.Array ? [.. value.Items()] : [];
        if (value.Kind == JsonValueKind.Object)
            foreach (var (field, part) in value.Fields()) Flatten($"{name}.{field}", part, all);
        else if (items is [{ Kind: JsonValueKind.Object }, ..])
            foreach (var (i, item) in items.Index()) Flatten($"{name}.{i + 1}", item, all);
        else if (value.Kind != JsonValueKind.Null && (items.Length > 0 || value.Kind != JsonValueKind.Array))
            all.Add(new(name, value.Kind == JsonValueKind.String ? value.Text() : value.ToJson()));
    }
}
