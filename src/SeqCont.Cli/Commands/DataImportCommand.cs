using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;
using SeqCont.Reports;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data import: prompts of any form that is read, as checked .jsonl files.</summary>
internal static class DataImportCommand
{
    private const string Tensors = ".safetensors", Lines = ".jsonl", Pickle = ".pkl";

    public static Command Build(CommandContext context)
    {
        var command = new Command(
            "import",
            "Reads prompt files (.pkl without executing anything, .jsonl, or the .safetensors of data export) and writes them as .jsonl");
        var inputs = new Argument<string[]>("FILES")
        {
            Description = "Prompt files, .pkl, .jsonl or .safetensors",
            Arity = ArgumentArity.OneOrMore
        };
        command.Add(inputs);
        var folder = new FolderOptions(
            "DIR|FILE.jsonl|FILE.pkl",
            "Folder for files of the same names (corrupted prompts of a .safetensors go into NAME_corrupted.jsonl), or, for one input, a "
                + ".jsonl or .pkl file (required)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, parsed.GetRequiredValue(inputs), folder.Read(parsed), output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, string[] inputs, (string? Out, bool Force) folder, OutputChoice output)
    {
        var target = folder.Out ?? throw new UsageException("data import: expected --out DIR, --out FILE.jsonl or --out FILE.pkl.");
        var toFile = (Is(target, Lines) || Is(target, Pickle)) && !Directory.Exists(target);
        if (toFile && inputs.Length > 1) throw new UsageException($"--out {target}: expected a folder for {inputs.Length} files.");
        var place = toFile ? Path.GetDirectoryName(target) is { Length: > 0 } parent ? parent : "." : target;

        // All are read before the first is written.
        var files = inputs.SelectMany(Read).ToList();
        if (toFile && files.Count > 1)
            throw new UsageException($"--out {target}: expected a folder, as {inputs[0]} holds clean and corrupted prompts.");
        if (toFile) files[0] = (Path.GetFileName(target), files[0].Rows);
        string[] names = [.. files.Select(file => file.Name)];
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
            throw new UsageException("data import: two files would get the same name.");
        PromptFolder.Write(place, [.. files.Select(file => (file.Name, (IEnumerable<PromptRow>)file.Rows))], folder.Force);
        PromptFolder.Report(context, output, place, names, files.Sum(file => file.Rows.Count));
        return CommandLine.Done;
    }

    private static bool Is(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(string Name, IReadOnlyList<PromptRow> Rows)> Read(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (!Is(path, Tensors)) return [(name + Lines, PromptFile.Read(path))];
        var (clean, corrupted) = PromptTensors.Read(path);
        return corrupted.Count == 0 ? [(name + Lines, clean)] : [(name + Lines, clean), ($"{name}_corrupted{Lines}", corrupted)];
    }
}
