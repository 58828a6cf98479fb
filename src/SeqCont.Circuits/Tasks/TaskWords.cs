using System.Text.Json;
using System.Text.Json.Serialization;

namespace SeqCont.Circuits;

/// <summary>A sentence with places for a word and a member.</summary>
/// <param name="Text">Such as "{word} done in {member}.".</param>
/// <param name="Words">Which list the words come from: objects or names.</param>
public sealed record TaskTemplate(string Text, string Words);

/// <summary>The word lists, templates and members that prompts are generated from (words.json).</summary>
public sealed record TaskWords
{
    private static readonly JsonSerializerOptions Options =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, MaxDepth = 8 };

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

    /// <summary>Reads words.json.</summary>
    /// <param name="stream">The file; stays open.</param>
    /// <param name="source">The name that messages use.</param>
    /// <exception cref="InvalidDataException">The file is malformed; the message names it.</exception>
    public static TaskWords Read(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return JsonSerializer.Deserialize<TaskWords>(stream, Options)
                ?? throw new InvalidDataException($"{source}: expected a JSON object, got null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{source}: expected the word lists of words.json; problem at {exception.Path ?? "$"}, line {exception.LineNumber + 1}.", exception);
        }
    }
}
