using System.Text.Json;
using SeqCont.Circuits;

namespace SeqCont.Reports;

/// <summary>What run.json says, as far as a page shows it.</summary>
internal sealed record RunFacts
{
    private const string Expected = "a run's facts";

    /// <summary>The model's name; empty where the file does not say.</summary>
    public string Model { get; init; } = "";

    /// <summary>Hash of the weights; empty where the file does not say.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>The model's nodes; null where the file does not say its sizes.</summary>
    public NodeSpace? Nodes { get; init; }

    /// <summary>The task; null where prompts came from files without one.</summary>
    public string? Task { get; init; }

    /// <summary>The command, as typed; empty where the file does not say.</summary>
    public string Command { get; init; } = "";

    /// <summary>Percent that might be lost; null where nothing was searched.</summary>
    public double? Threshold { get; init; }

    /// <summary>Percent of the full model's mean logit difference; null where nothing was scored.</summary>
    public double? Score { get; init; }

    /// <summary>The full model's mean logit difference; null where it was not measured.</summary>
    public double? FullLogitDiff { get; init; }

    /// <summary>Prompts scored; null where the file does not say.</summary>
    public int? Prompts { get; init; }

    /// <summary>Candidates scored; null where nothing was searched.</summary>
    public int? Candidates { get; init; }

    /// <summary>Seconds in all; null where the file does not say.</summary>
    public double? Seconds { get; init; }

    /// <summary>Everything in the file, nested names joined by a dot, in its order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> All { get; init; } = [];

    /// <summary>
    /// Reads run.json, or the same fields of attention.json or compare.json. What a command does not write is absent here too.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is no run's; the message names it.</exception>
    public static RunFacts Read(string path)
    {
        using var document = JsonFile.ReadObject(path, Expected);
        return JsonRows.Checked(path, Expected, () => Of(document.RootElement, path));
    }

    private static RunFacts Of(JsonElement root, string path)
    {
        var model = Part(root, "model");
        var all = new List<KeyValuePair<string, string>>();
        foreach (var field in root.EnumerateObject())
            if (field.Name is not ("schema" or "profile" or "tokens" or "promptsAt" or "members" or "heads" or "circuits" or "scores"
                or "overlap")) Flatten(field.Name, field.Value, all);
        return new RunFacts
        {
            Model = model?.TextOrNull("name") ?? "",
            Sha256 = model?.TextOrNull("sha256") ?? "",
            Nodes = model is { } sizes ? CircuitFile.ReadSizes(sizes, path) : null,
            Task = Part(root, "prompts")?.TextOrNull("task") ?? root.TextOrNull("task"),
            Command = root.TextOrNull("command") ?? "",
            Threshold = root.NumberOrNull("threshold"),
            Score = root.NumberOrNull("score"),
            FullLogitDiff = Part(root, "full")?.NumberOrNull("logitDiff"),
            Prompts = (int?)(Part(root, "prompts") is { } prompts ? Part(prompts, "clean")?.NumberOrNull("count")
                ?? prompts.NumberOrNull("count") : null),
            Candidates = (int?)root.NumberOrNull("candidates"),
            Seconds = Part(root, "seconds")?.NumberOrNull("total"),
            All = all,
        };
    }

    private static JsonElement? Part(JsonElement root, string name) =>
        root.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.Object ? part : null;

    private static void Flatten(string name, JsonElement value, List<KeyValuePair<string, string>> all)
    {
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
                break;
            case JsonValueKind.Array when value.GetArrayLength() == 0:
                break;
            default:
                all.Add(new(name, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()));
                break;
        }
    }
}
