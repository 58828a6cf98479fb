using SeqCont.Circuits;
using SeqCont.Cli.Rendering;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>A folder that prompt files are written to.</summary>
internal static class PromptFolder
{
    /// <summary>The study's names for a task's files: its clean ones, template by template, and the corrupted one.</summary>
    public static IEnumerable<string> Names(TaskDefinition task, string extension) =>
        task.TemplateNames.Select(task.CleanFileName).Append(task.CorruptFileName).Select(name => name + extension);

    /// <summary>The same with what they hold.</summary>
    public static List<(string Name, IEnumerable<PromptRow> Rows)> Files(TaskDefinition task, TaskPrompts prompts, string extension)
    {
        var perTemplate = prompts.Clean.Count / task.Templates.Count;
        return [.. Names(task, extension).Select((name, i) => (name, i < task.Templates.Count
            ? prompts.Clean.Skip(i * perTemplate).Take(perTemplate) : prompts.Corrupt))];
    }

    /// <summary>Writes files; none when one of them is there already and may not be replaced.</summary>
    public static void Write(string folder, IReadOnlyList<(string Name, IEnumerable<PromptRow> Rows)> files, bool force)
    {
        Require(folder, files.Select(file => file.Name), force);
        Directory.CreateDirectory(folder);
        foreach (var (name, rows) in files) PromptFile.Write(Path.Combine(folder, name), rows, force);
    }

    /// <summary>Makes sure that files may be written, before any work.</summary>
    public static void Require(string folder, IEnumerable<string> names, bool force)
    {
        if (File.Exists(folder)) throw new IOException($"{folder}: expected a folder, got a file.");
        if (!force && names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } path)
            throw new IOException($"{path}: is there already; give --force to replace it.");
    }

    /// <summary>Writes files and says so.</summary>
    public static int WriteAndReport(
        ConsoleOutput console, string folder, IReadOnlyList<(string Name, IEnumerable<PromptRow> Rows)> files, bool force)
    {
        Write(folder, files, force);
        return Report(console, folder, [.. files.Select(file => file.Name)], files.Sum(file => file.Rows.Count()));
    }

    /// <summary>Says what was written.</summary>
    /// <param name="console">How.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="files">The files.</param>
    /// <param name="rows">How many prompts.</param>
    /// <param name="before">What the JSON object begins with; null for the schema alone.</param>
    /// <param name="lines">What people read before.</param>
    /// <param name="promptFiles">The files of prompts; null for all of them.</param>
    public static int Report(
        ConsoleOutput console, string folder, string[] files, int rows, Json? before = null,
        IEnumerable<string>? lines = null, string[]? promptFiles = null) => console.Print(
        () => [.. before ?? [("schema", JsonFile.Schema)], ("out", folder), ("files", Json.List(files, file => file)), ("rows", rows)],
        () => !console.ShowsProgress ? [] : [.. lines ?? [], $"{rows} prompts in {folder}: {string.Join(", ", promptFiles ?? files)}"]);
}

/// <summary>What --out names: a folder for prompt files, or one file.</summary>
internal sealed class PromptTarget(string path, bool mayBeTensors = false)
{
    public const string Tensors = ".safetensors";

    /// <summary>As typed.</summary>
    public string Path => path;

    public bool NamesTensors { get; } = mayBeTensors && Is(path, Tensors);

    public bool IsFile => (NamesTensors || Is(path, ".jsonl") || Is(path, ".pkl")) && !Directory.Exists(path);

    /// <summary>The folder, or the one that the file lies in.</summary>
    public string Folder => !IsFile ? path : System.IO.Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";

    /// <summary>The file's name.</summary>
    public string Name => System.IO.Path.GetFileName(path);

    public static bool Is(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
}
