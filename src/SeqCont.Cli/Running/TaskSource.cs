using SeqCont.Circuits;

namespace SeqCont.Cli.Running;

/// <summary>A task by what was typed: a name, or a task file.</summary>
internal static class TaskSource
{
    public const string Expected = "a task file FILE.json";

    public static bool IsFile(string task) => task.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a task.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no task.</exception>
    public static TaskDefinition Open(string task)
    {
        var words = ModelSource.ReadWords();
        return IsFile(task) ? TaskFile.Read(task, words) : BuiltInTasks.Open(task, words);
    }

    /// <summary>The task's name, for records; null where none was typed.</summary>
    public static string? NameOf(string? task) => task is not null && IsFile(task) ? Open(task).Name : task;
}
