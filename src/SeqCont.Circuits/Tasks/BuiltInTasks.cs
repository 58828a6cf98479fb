namespace SeqCont.Circuits;

/// <summary>
/// The tasks inside the program: the study's three (numerals, numwords, months), weekdays, letters and ordinals, and
/// months interleaved with numbers, in order and out of order, as in the study's notebooks.
/// </summary>
public static class BuiltInTasks
{
    private const string Prefix = "tasks/", Suffix = ".json";

    /// <summary>The names of the study's three.</summary>
    public static IReadOnlyList<string> OfTheStudy { get; } = ["numerals", "numwords", "months"];

    /// <summary>Their names, the study's three first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. OfTheStudy, .. typeof(BuiltInTasks).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(name => name[Prefix.Length..^Suffix.Length]).Order(StringComparer.Ordinal)];

    /// <summary>A task by its name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="words">Word lists, templates and the study's members.</param>
    /// <exception cref="ArgumentException">There is no such task.</exception>
    public static TaskDefinition Open(string name, TaskWords words)
    {
        if (words.Members.ContainsKey(name)) return words.Task(name);
        using var stream = typeof(BuiltInTasks).Assembly.GetManifestResourceStream($"{Prefix}{name}{Suffix}")
            ?? throw new ArgumentException($"task: expected one of {string.Join(", ", Names)}, got \"{name}\".", nameof(name));
        return TaskFile.Read(stream, name + Suffix, name, words);
    }
}
