namespace SeqCont.Circuits;

/// <summary>
/// A sequence to continue and the sentences that show it: what prompts are generated from. A prompt is four
/// sentences with four members in order, and a fifth sentence up to the place of the member that is asked for.
/// </summary>
/// <param name="Name">The task's name, which its files begin with.</param>
/// <param name="Members">The members, in order; more than <see cref="Shown"/>.</param>
/// <param name="Templates">
/// Templates by name, in the order of files and of the corrupted set. A text holds " {member}" and may hold
/// "{word}" and "{other}".
/// </param>
/// <param name="Words">Word lists by the names that templates use.</param>
public sealed record TaskDefinition(
    string Name, IReadOnlyList<string> Members, IReadOnlyList<KeyValuePair<string, TaskTemplate>> Templates,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Words)
{
    /// <summary>Members shown in a prompt.</summary>
    public const int Shown = 4;

    /// <summary>The file that it was read from; null for a task inside the program.</summary>
    public string? File { get; init; }

    /// <summary>A second sequence, shown beside the first ("{other}"); null for none.</summary>
    public IReadOnlyList<string>? Others { get; init; }

    /// <summary>Whether the second sequence is in order, or drawn so that its last two are never in sequence.</summary>
    public bool OthersInOrder { get; init; }

    /// <summary>
    /// Tasks that must be answered with the same words too before a prompt is kept. The study keeps number words
    /// and months only together, and numerals only of those.
    /// </summary>
    public IReadOnlyList<string> Companions { get; init; } = [];

    /// <summary>Start members: the members that a prompt can begin with.</summary>
    public int Starts => Members.Count - Shown;

    /// <summary>Names of the templates, in order.</summary>
    public IReadOnlyList<string> TemplateNames => [.. Templates.Select(template => template.Key)];

    /// <summary>The folder file of one template's clean prompts, without extension.</summary>
    public string CleanFileName(string template) => $"{Name}_prompts_{template}";

    /// <summary>The folder file of the corrupted prompts, without extension.</summary>
    public string CorruptFileName => $"randDS_{Name}";
}
