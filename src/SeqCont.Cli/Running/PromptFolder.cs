using SeqCont.Circuits;
using SeqCont.Cli.Commands;
using SeqCont.Cli.Options;
using SeqCont.Cli.Rendering;
using SeqCont.Reports;

namespace SeqCont.Cli.Running;

/// <summary>A folder that prompt files are written to.</summary>
internal static class PromptFolder
{
    /// <summary>Writes files; none when one of them is there already and may not be replaced.</summary>
    public static void Write(string folder, IReadOnlyList<(string Name, IEnumerable<PromptRow> Rows)> files, bool force)
    {
        Require(folder, [.. files.Select(file => file.Name)], force);
        Directory.CreateDirectory(folder);
        foreach (var (name, rows) in files) PromptFile.Write(Path.Combine(folder, name), rows, force);
    }

    /// <summary>Makes sure that files may be written, before any work.</summary>
    public static void Require(string folder, IReadOnlyList<string> names, bool force)
    {
        if (File.Exists(folder)) throw new IOException($"{folder}: expected a folder, got a file.");
        foreach (var path in names.Select(name => Path.Combine(folder, name)))
            if (!force && File.Exists(path)) throw new IOException($"{path}: is there already; give --force to replace it.");
    }

    /// <summary>Says what was written.</summary>
    public static void Report(CommandContext context, OutputChoice output, string folder, IReadOnlyList<string> names, int rows)
    {
        if (output.Json)
        {
            JsonOutput.Write(context.Terminal.Out, json =>
            {
                json.WriteNumber("schema", JsonFile.Schema);
                json.WriteString("out", folder);
                json.WriteStartArray("files");
                foreach (var name in names) json.WriteStringValue(name);
                json.WriteEndArray();
                json.WriteNumber("rows", rows);
            });
        }

        var console = new ConsoleOutput(context.Terminal, output.Json, output.Quiet);
        console.Notice($"{rows} prompts in {folder}: {string.Join(", ", names)}");
        console.Release();
    }
}
