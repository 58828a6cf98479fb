using SeqCont.Model;

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
        var root = JsonText.Read(stream, source, "the word lists of words.json");
        return new TaskWords
        {
            Objects = WordList(root["objects"]),
            Names = WordList(root["names"]),
            Verbs = WordList(root["verbs"]),
            Templates = ByName(root["templates"], template => new TaskTemplate(template["text"].Text(), template["words"].Text())),
            Sequences = ByName(root["sequences"], WordList),
            Members = ByName(root["task_members"], WordList),
        };
    }

    private static IReadOnlyList<string> WordList(JsonField list) =>
        [.. list.Items("a list of words").Select(word => word.FilledText("a word that is not empty"))];

    private static Dictionary<string, T> ByName<T>(JsonField fields, Func<JsonField, T> read) =>
        fields.Fields().ToDictionary(field => field.Key, field => read(field.Value));
}
