using System.CommandLine;
using SeqCont.Circuits;
using SeqCont.Cli.Options;
using SeqCont.Cli.Running;

namespace SeqCont.Cli.Commands;

/// <summary>seqcont data import: published .pkl prompts, or .jsonl ones, as checked .jsonl files.</summary>
internal static class DataImportCommand
{
    public static Command Build(CommandContext context)
    {
        var command = new Command("import", "Reads prompt files (.pkl without executing anything, or .jsonl) and writes them as .jsonl");
        var inputs = new Argument<string[]>("FILES") { Description = "Prompt files, .pkl or .jsonl", Arity = ArgumentArity.OneOrMore };
        command.Add(inputs);
        var folder = new FolderOptions("DIR|FILE.jsonl", "Folder for files of the same names, or, for one input, a .jsonl file (required)").AddTo(command);
        var output = new OutputOptions().AddTo(command);
        command.SetAction(parsed => Run(context, parsed.GetRequiredValue(inputs), folder.Read(parsed), output.Read(parsed)));
        return command;
    }

    private static int Run(CommandContext context, string[] inputs, (string? Out, bool Force) folder, OutputChoice output)
    {
        var target = folder.Out ?? throw new UsageException("data import: expected --out DIR or --out FILE.jsonl.");
        var toFile = target.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(target);
        if (toFile && inputs.Length > 1) throw new UsageException($"--out {target}: expected a folder for {inputs.Length} files.");
        string[] names = toFile ? [Path.GetFileName(target)] : [.. inputs.Select(input => Path.GetFileNameWithoutExtension(input) + ".jsonl")];
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length) throw new UsageException("data import: two files would get the same name.");
        var place = toFile ? Path.GetDirectoryName(target) is { Length: > 0 } parent ? parent : "." : target;

        // All are read before the first is written.
        var files = inputs.Zip(names, (input, name) => (Name: name, Rows: PromptFile.Read(input))).ToList();
        PromptFolder.Write(place, [.. files.Select(file => (file.Name, (IEnumerable<PromptRow>)file.Rows))], folder.Force);
        PromptFolder.Report(context, output, place, names, files.Sum(file => file.Rows.Count));
        return CommandLine.Done;
    }
}
