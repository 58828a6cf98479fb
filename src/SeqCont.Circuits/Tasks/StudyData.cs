namespace SeqCont.Circuits;

/// <summary>A task's clean prompts and, at the same index, their corrupted partners.</summary>
/// <param name="Clean">Clean rows: the first of done, then of lost, then of names.</param>
/// <param name="Corrupt">The corrupted partner of each clean row.</param>
/// <param name="CleanSource">Where the clean rows came from.</param>
/// <param name="CorruptSource">Where the corrupted rows came from.</param>
public sealed record TaskPrompts(
    IReadOnlyList<PromptRow> Clean, IReadOnlyList<PromptRow> Corrupt, string CleanSource, string CorruptSource)
{
    /// <summary>Files that the clean rows rest on.</summary>
    public IReadOnlyList<string> CleanFiles { get; init; } = [];

    /// <summary>Files that the corrupted rows rest on.</summary>
    public IReadOnlyList<string> CorruptFiles { get; init; } = [];
}

/// <summary>
/// Reads a folder of the study's files: clean prompts in &lt;task&gt;_prompts_&lt;template&gt;, corrupted partners in
/// randDS_&lt;task&gt;, each as .jsonl or, when there is none, as the published .pkl; in the folder itself, or in one of
/// the task's name inside it, as the study's repository keeps them (its folder data).
/// </summary>
public static class StudyData
{
    /// <summary>The study's templates, in the order of the corrupted set.</summary>
    public static IReadOnlyList<string> Templates { get; } = ["done", "lost", "names"];

    /// <summary>Takes the first prompts of each template and their corrupted partners.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="task">The task's name, which its files begin with.</param>
    /// <param name="templates">Its templates, in the order of the corrupted set.</param>
    /// <param name="numSamps">Clean prompts to take of each template.</param>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is malformed or too short, or a corrupted row's answers are not its clean row's.
    /// </exception>
    public static TaskPrompts Read(string folder, string task, IReadOnlyList<string> templates, int numSamps)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numSamps);
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: not found; expected a folder of prompt files.");

        // The folder itself or, when the files are not there, the one of the task's name inside it.
        var inside = Path.Combine(folder, task);
        if (Find(folder, $"randDS_{task}") is null && Directory.Exists(inside)) folder = inside;
        var corruptPath = FindFile(folder, $"randDS_{task}");
        var allCorrupt = PromptFile.Read(corruptPath);
        if (allCorrupt.Count == 0 || allCorrupt.Count % templates.Count != 0)
            throw new InvalidDataException(
                $"{corruptPath}: expected equally many rows for each of {templates.Count} templates, got {allCorrupt.Count} rows.");
        var block = allCorrupt.Count / templates.Count;
        if (numSamps > block)
            throw new InvalidDataException($"{corruptPath}: expected {numSamps} corrupted prompts per template, got {block}.");

        var (clean, corrupt, paths) = (new List<PromptRow>(), new List<PromptRow>(), new List<string>());
        for (var template = 0; template < templates.Count; template++)
        {
            var path = FindFile(folder, $"{task}_prompts_{templates[template]}");
            var rows = PromptFile.Read(path);
            if (rows.Count < numSamps) throw new InvalidDataException($"{path}: expected at least {numSamps} prompts, got {rows.Count}.");
            foreach (var (i, (own, of)) in rows.Take(numSamps).Zip(allCorrupt.Skip(template * block)).Index())
            {
                if (own.Corr != of.Corr || own.Incorr != of.Incorr)
                    throw new InvalidDataException(
                        $"{corruptPath}: row {template * block + i + 1}: expected the answers of its clean prompt, {own.Corr} and "
                            + $"{own.Incorr} ({path} row {i + 1}), got {of.Corr} and {of.Incorr}.");
                clean.Add(own);
                corrupt.Add(of);
            }
            paths.Add(path);
        }
        return new TaskPrompts(clean, corrupt, string.Join(", ", paths), corruptPath) { CleanFiles = paths, CorruptFiles = [corruptPath] };
    }

    /// <summary>The path of one of the study's files in a folder: .jsonl or, when there is none, .pkl.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Without extension, such as randDS_numerals.</param>
    /// <exception cref="FileNotFoundException">Neither is there; the message names both.</exception>
    public static string FindFile(string folder, string name)
    {
        var expected = Path.Combine(folder, name);
        return Find(folder, name)
            ?? throw new FileNotFoundException($"{expected}.jsonl: not found, nor {name}.pkl beside it.", expected + ".jsonl");
    }

    private static string? Find(string folder, string name) =>
        new[] { ".jsonl", ".pkl" }.Select(extension => Path.Combine(folder, name + extension)).FirstOrDefault(File.Exists);
}
