using System.Text.Json;
using System.Text.Json.Serialization;

namespace SeqCont.Circuits;

/// <summary>The word lists, templates and members that prompts are generated from (words.json).</summary>
public sealed record TaskWords
{
    /// <summary>Words for the templates about things.</summary>
    public required IReadOnlyList<string> Objects { get; init; }

    /// <summary>Words for the templates about people.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Verbs that the demo model knows.</summary>
    public required IReadOnlyList<string> Verbs { get; init; }

    /// <summary>Templates by name: done, lost, names.</summary>
    public required IReadOnlyDictionary<string, TaskTemplate> Templates { get; init; }

    /// <summary>The members of each sequence the demo model knows, in order.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Sequences { get; init; }

    /// <summary>The members that each task uses, in order.</summary>
    [JsonPropertyName("task_members")]
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Members { get; init; }

    /// <summary>One of <see cref="Members"/> as a task.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is no such task.</exception>
    /// <exception cref="InvalidDataException">A template of the study's is missing.</exception>
    public TaskDefinition Task(string name)
    {
        if (!Members.TryGetValue(name, out var members))
            throw new ArgumentException(
                $"task: expected one of {string.Join(", ", Members.Keys.Order(StringComparer.Ordinal))}, got \"{name}\".", nameof(name));
        return new TaskDefinition(
            name, members,
            [.. StudyData.Templates.Select(template => KeyValuePair.Create(template, Templates.GetValueOrDefault(template)
                ?? throw new InvalidDataException($"template {template}: is missing.")))],
            Lists())
        {
            Companions = name switch
            {
                "numerals" => ["numwords", "months"],
                "numwords" => ["months"],
                "months" => ["numwords"],
                _ => [],
            },
        };
    }

    /// <summary>The word lists by the names that templates use.</summary>
    internal Dictionary<string, IReadOnlyList<string>> Lists() => new() { ["objects"] = Objects, ["names"] = Names };

    /// <summary>Reads words.json.</summary>
    /// <param name="stream">The file; stays open.</param>
    /// <param name="source">The name that messages use.</param>
    /// <exception cref="InvalidDataException">The file is malformed; the message names it.</exception>
    public static TaskWords Read(Stream stream, string source)
    {
        try
        {
            var words = JsonSerializer.Deserialize(stream, TaskWordsContext.Default.TaskWords)
                ?? throw new InvalidDataException($"{source}: expected a JSON object, got null.");
            words.RequireWords(source);
            return words;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{source}: expected the word lists of words.json; problem at {exception.Path ?? "$"}, line {exception.LineNumber + 1}.",
                exception);
        }
    }

    private void RequireWords(string source)
    {
        var lists = new[] { ("objects", Objects), ("names", Names), ("verbs", Verbs) }
            .Concat(Sequences.Concat(Members).Select(pair => (pair.Key, pair.Value)));
        foreach (var (name, list) in lists)
            if (list is null || list.Any(string.IsNullOrEmpty))
                throw new InvalidDataException($"{source}: {name}: expected a list of words that are not empty.");
        foreach (var (name, template) in Templates)
            if (template is null) throw new InvalidDataException($"{source}: template {name}: expected an object, got null.");
    }
}

/// <summary>Reads words.json without reflection, which would cost a short command its start-up time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true, MaxDepth = 8)]
[JsonSerializable(typeof(TaskWords))]
internal sealed partial class TaskWordsContext : JsonSerializerContext;
